"""Small tables, and rules held against them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import duckdb

from deftunes_dqdl import Composites, Relation, Result, evaluate, parse

NOW = dt.datetime(2026, 1, 31, 12, tzinfo=dt.timezone.utc)


def query(columns: Mapping[str, tuple[str, list[Any]]]) -> str:
    """A query for rows made of columns: type and values, by name."""
    types = {name: kind for name, (kind, _) in columns.items()}
    rows: list[tuple[Any, ...]] = list(zip(*(each for _, each in columns.values()), strict=True))
    casts = ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in types.items())
    names = ", ".join(f'"{name}"' for name in types)
    values = rows or [(None,) * len(types)]
    written = ", ".join(f"({', '.join(map(_written, row))})" for row in values)
    return f"select {casts} from (values {written}) as t({names}) limit {len(rows)}"


def results(
    rules: str,
    rows: str,
    *,
    references: Mapping[str, Relation | str] | None = None,
    composites: Composites = "dataset",
) -> tuple[Result, ...]:
    """What comes of rules, written without `Rules = [...]`."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'America/New_York'")
        found = evaluate(
            connection,
            rows,
            parse(f"Rules = [{rules}]"),
            references=references,
            composites=composites,
            now=NOW,
        )
        return found.results


def result(rule: str, rows: str, **options: Any) -> Result:
    """What comes of one rule."""
    (found,) = results(rule, rows, **options)
    return found


def _written(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, (bool, int, float)):
        return str(value).lower()
    return "'" + str(value).replace("'", "''") + "'"
