"""Writes the tables of the README from the lists of the dialect and from the cases.

Run it by its path: `.venv/bin/python sandbox/redshift/tests/conformance/readme.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

if __package__:
    from .cases import DOCS, Case, cases
else:  # run by its path
    sys.path.insert(0, str(Path(__file__).parent))
    from cases import DOCS, Case, cases  # type: ignore[import-not-found,no-redef]

from deftunes_redshift.dialect.functions import FUNCTIONS
from deftunes_redshift.dialect.settings import PASSED_ON, REDSHIFTS_OWN
from deftunes_redshift.dialect.syntax import OPERATORS, REFUSED_PARTS, STATEMENTS

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- made by tests/conformance/readme.py -->", "<!-- end -->"


def page(name: str) -> str:
    """Link a page of the AWS documentation."""
    return f"[{name}]({DOCS}{name}.html)"


def grouped(listed: Iterable[tuple[str, str]]) -> list[str]:
    """Give a row a page, with all that rests on it."""
    by_page: dict[str, list[str]] = {}
    for what, where in listed:
        by_page.setdefault(where, []).append(f"`{what}`")
    return [f"| {', '.join(names)} | {page(where)} |" for where, names in sorted(by_page.items())]


def shown(case: Case) -> str:
    """Give a case's row."""
    answer = "taken" if case.refused is None else f"refused: {case.refused or 'in some words'}"
    statement = " ".join(case.run.split()).replace("|", "\\|")
    return f"| {case.name} | `{statement}` | {answer} | {page(case.page)} |"


def tables() -> str:
    """Write all tables."""
    every = [case for _, case in cases()]
    lines = [BEGIN, "", "### Statements", "", "| statement | AWS page |", "|---|---|"]
    lines += [f"| {name} | {page(where)} |" for name, where in sorted(STATEMENTS.values())]
    lines += ["", "### Functions", "", "| function | AWS page |", "|---|---|"]
    lines += grouped(sorted(FUNCTIONS.items()))
    lines += ["", "### Operators", "", "| operator | AWS page |", "|---|---|"]
    lines += grouped((name.replace("|", "\\|"), where) for name, where in OPERATORS.items())
    lines += ["", "### Settings", "", "| setting | AWS page |", "|---|---|"]
    lines += grouped(sorted({**PASSED_ON, **REDSHIFTS_OWN}.items()))
    lines += ["", "### Refused for what they are", "", "| what | AWS page |", "|---|---|"]
    lines += [f"| {name} | {page(where)} |" for name, where in sorted(REFUSED_PARTS.values())]
    lines += ["", "### Cases", "", "| what it shows | statement | answer | AWS page |"]
    lines += ["|---|---|---|---|", *(shown(case) for case in every), "", END]
    return "\n".join(lines)


def with_tables(text: str) -> str:
    """Put the tables where the README has them."""
    before, _, rest = text.partition(BEGIN)
    return before + tables() + rest.partition(END)[2]


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text("utf-8")), "utf-8")
