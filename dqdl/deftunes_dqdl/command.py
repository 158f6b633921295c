"""The command line: `dqdl check RULES.dqdl DATA.parquet`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click
import duckdb

from deftunes_dqdl.errors import DataError, DqdlError, RulesError
from deftunes_dqdl.evaluation import Composites, evaluate
from deftunes_dqdl.reports import as_json, as_junit, as_text
from deftunes_dqdl.results import Results
from deftunes_dqdl.ruleset import Ruleset, parse
from deftunes_dqdl.sources import open_source

_REPORTS = {"text": as_text, "json": as_json, "junit": as_junit}
_FAILED = 1
_UNUSABLE = 2


@click.group()
@click.version_option(package_name="deftunes-dqdl")
def main() -> None:
    """Hold data against rules in AWS Glue's Data Quality Definition Language."""


@main.command()
@click.argument("rules")
@click.argument("data")
@click.option(
    "--format", "report", type=click.Choice(list(_REPORTS)), default="text", show_default=True
)
@click.option(
    "--reference",
    "references",
    multiple=True,
    metavar="NAME=DATA",
    help="Other data, by the name that rules give them; may be given several times.",
)
@click.option(
    "--composites",
    type=click.Choice(["dataset", "row"]),
    default="dataset",
    show_default=True,
    help="What `and` and `or` join: outcomes of all the data, as Glue does by default, or rows.",
)
def check(
    rules: str, data: str, report: str, references: tuple[str, ...], composites: Composites
) -> None:
    """Check DATA against the rules in the file RULES.

    DATA is a .parquet or .csv file, a glob of them in quotes, or an Iceberg table's .metadata.json.

    Exit status: 0 all rules passed, or only those failed whose label policy is warn; 1 a rule
    failed; 2 the rules or the data cannot be used, or a rule cannot be answered.
    """
    try:
        results = _check(_read(rules), data, references, composites)
    except RulesError as fault:
        _give_up(f"{rules}:{fault}")
    except DqdlError as fault:
        _give_up(str(fault))
    click.echo(_REPORTS[report](results, data), nl=False)
    errors = [result for result in results.results if result.outcome == "error"]
    for result in errors:
        click.echo(f"dqdl: {rules}:{result.message}", err=True)
    if errors:
        sys.exit(_UNUSABLE)
    sys.exit(0 if results.passed else _FAILED)


def _read(path: str) -> Ruleset:
    try:
        source = Path(path).read_text(encoding="utf-8")
    except OSError as fault:
        raise DataError(f"{path} cannot be read: {fault.strerror}.") from fault
    except UnicodeDecodeError as fault:
        raise DataError(f"{path} is no text in UTF-8.") from fault
    return parse(source)


def _check(
    ruleset: Ruleset, data: str, references: tuple[str, ...], composites: Composites
) -> Results:
    with duckdb.connect() as connection:
        others = {}
        for reference in references:
            name, is_pair, source = reference.partition("=")
            if not (name and is_pair and source):
                raise DataError(f"Option --reference is {reference!r}: write NAME=DATA.")
            others[name] = open_source(connection, name, source)
        relation = open_source(connection, "", data)
        try:
            return evaluate(connection, relation, ruleset, references=others, composites=composites)
        except duckdb.Error as fault:
            # DuckDB's own words may quote values
            raise DataError(
                f"{data} cannot be read to its end ({type(fault).__name__})."
            ) from fault


def _give_up(sentence: str) -> NoReturn:
    click.echo(f"dqdl: {sentence}", err=True)
    sys.exit(_UNUSABLE)
