"""Hold every compiled model and test against the SQL that both engines have.

    python scripts/dialect.py FOLDER …    # each with dbt's run_results.json, one for each engine

What is taken is listed in transform/dialect.yml, with its page in Redshift's manual. A list of what
is refused could never be whole: parsers take much that an engine does not.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from dialect_rules import Finding, findings

ALLOWED = Path(__file__).parent.parent / "transform" / "dialect.yml"
KINDS = ("model", "test")
"""What is held against it. Unit tests are the models' SQL around dbt's own fixtures."""


def main(arguments: Sequence[str]) -> int:
    """Print what is not in the shared dialect.

    Returns:
        The exit status: 0 if there is nothing, 1 if there is, 2 if nothing could be looked at.
    """
    allowed = yaml.safe_load(ALLOWED.read_text(encoding="utf-8"))
    found = 0
    for folder in map(Path, arguments):
        results = folder / "run_results.json"
        compiled = _compiled(results, allowed["exempt"]) if results.is_file() else {}
        if not compiled:
            print(
                f"dialect: there is no compiled model in {results}: run `dbt compile` with "
                f"--target-path {folder} first",
                file=sys.stderr,
            )
            return 2
        for node, sql in compiled.items():
            is_model = node.startswith("model ")
            for finding in findings(sql, allowed, star=not is_model or "stg_" in node):
                print(_told(folder, node, finding))
                found += 1
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    return 1 if found else 0


def _compiled(results: Path, exempt: dict[str, str]) -> dict[str, str]:
    """Give the SQL of each model and test of a run, by kind and name."""
    ran: list[dict[str, Any]] = json.loads(results.read_text(encoding="utf-8"))["results"]
    named = [(result["unique_id"].split("."), result.get("compiled_code")) for result in ran]
    return {
        f"{kind} {name}": sql
        for (kind, _, name, *_), sql in named
        if kind in KINDS and sql and name not in exempt
    }


def _told(folder: Path, node: str, finding: Finding) -> str:
    return f"{folder}: {node}, line {finding.line}: {finding.what}: {finding.instead}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
