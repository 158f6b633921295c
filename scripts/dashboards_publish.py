"""Bring what the dashboards show into a file of its own: `meltano invoke dashboards:publish`.

A build keeps the warehouse's file to itself while it writes. The dashboards read a copy, which
is replaced in one step: a reader sees the old or the new one. In it are the relations that the
dashboards' datasets name, as tables, and no other: nobody's name is among them.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import duckdb
import yaml

_DATASETS = Path(__file__).resolve().parent.parent / "analyze/dashboards/assets/datasets"
_PATIENCE = 60.0
"""Seconds to wait while a build has the warehouse open."""
_POLL = 0.2
_LOCKED = "Could not set lock"
"""What DuckDB says of a file that another process has open."""


class PublishError(Exception):
    """The warehouse cannot be published; the text says why, and what to do."""


def main() -> int:
    """Publish; a warehouse that is no file is none that could be.

    Returns:
        The exit status: 0 published, or nothing to do; 1 not.
    """
    try:
        count = publish(os.environ)
    except PublishError as fault:
        print(f"dashboards: {fault}", file=sys.stderr)
        return 1
    if count is None:
        print("dashboards: the warehouse is no file here: they read it themselves.")
    else:
        print(f"dashboards: {count} relations published to {os.environ['DASHBOARDS_WAREHOUSE']}")
    return 0


def publish(environment: Mapping[str, str]) -> int | None:
    """Copy what the datasets name from the warehouse that dbt built.

    Args:
        environment: `DEFTUNES_WAREHOUSE`, and where to: `DASHBOARDS_WAREHOUSE`.

    Returns:
        How many relations; None where the dashboards read another warehouse.

    Raises:
        PublishError: The warehouse is missing, is not built, stays in use, or would be replaced.
    """
    if environment.get("DASHBOARDS_DATABASE_URL") or environment["DASHBOARDS_WAREHOUSE"] == (
        "redshift"
    ):
        return None
    source = Path(environment["DEFTUNES_WAREHOUSE"])
    goal = Path(environment["DASHBOARDS_WAREHOUSE"])
    if not source.is_file():
        raise PublishError(f"there is no warehouse at {source}: run `meltano invoke dbt:build`.")
    if goal.exists() and goal.samefile(source):
        raise PublishError(
            f"DASHBOARDS_WAREHOUSE names the warehouse itself, {source}, which would be replaced "
            "by a part of it: name another file."
        )
    goal.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(goal)
    unfinished = goal.with_name(f".{goal.name}.{os.getpid()}")
    try:
        relations = _copy(source, unfinished)
        unfinished.replace(goal)
    finally:
        for file in (unfinished, unfinished.with_name(f"{unfinished.name}.wal")):
            file.unlink(missing_ok=True)
    return relations


def _remove_leftovers(goal: Path) -> None:
    """Remove what publishers left that were killed: unfinished files, and DuckDB's logs of them."""
    prefix = f".{goal.name}."
    for file in goal.parent.glob(f"{prefix}*"):
        process = file.name.removeprefix(prefix).partition(".")[0]
        # one that had our own number before us has ended, too
        ended = process == f"{os.getpid()}" or not Path("/proc", process).exists()
        if process.isdecimal() and ended:
            file.unlink(missing_ok=True)


def relations() -> list[tuple[str, str]]:
    """Schema and name of what the datasets read, each once."""
    described = [yaml.safe_load(file.read_text("utf-8")) for file in _DATASETS.rglob("*.yaml")]
    return sorted({(each["schema"], each["table_name"]) for each in described})


def _copy(source: Path, goal: Path) -> int:
    wanted = relations()
    with duckdb.connect() as connection:
        _attach_when_free(connection, source)
        _run(connection, f"attach {_quoted(goal)} as published")
        # the views within name each other from there
        _run(connection, f'use "{source.stem}"')
        for schema, name in wanted:
            _run(connection, f'create schema if not exists published."{schema}"')
            relation = f'"{schema}"."{name}"'
            _run(connection, f"create table published.{relation} as from {relation}")
    return len(wanted)


def _attach_when_free(connection: duckdb.DuckDBPyConnection, source: Path) -> None:
    """Open the warehouse to read it, once no build has it open."""
    statement = f'attach {_quoted(source)} as "{source.stem}" (read_only)'
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute(statement)
        except duckdb.IOException as fault:
            reason = str(fault).partition("\n")[0]
            if _LOCKED not in reason:
                raise PublishError(
                    f"the warehouse {source} cannot be read ({reason}): move it away, and run "
                    "`meltano invoke dbt:build`."
                ) from fault
            if time.monotonic() > deadline:
                raise PublishError(
                    f"the warehouse {source} is open in another program: wait for its end."
                ) from fault
            time.sleep(_POLL)
        else:
            return


def _run(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    try:
        connection.execute(statement)
    except duckdb.CatalogException as fault:
        reason = str(fault).partition("\n")[0]
        raise PublishError(
            f"the warehouse is not built ({reason}): run `meltano invoke dbt:build`."
        ) from fault


def _quoted(file: Path) -> str:
    text = f"{file}".replace("'", "''")
    return f"'{text}'"


if __name__ == "__main__":
    sys.exit(main())
