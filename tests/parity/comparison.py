"""Two warehouses held against each other: every table, every type, every row."""

from __future__ import annotations

import json
import re
import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psycopg

LAYERS = ("deftunes_serving", "deftunes_bi_views")
SHOWN = 5
"""Rows of a table that are printed, of those that only one side has."""

_CLASSES = (
    ("boolean", r"bool(ean)?"),
    ("integer", r"(tiny|small|big|huge|u\w*)?int(eger)?|int[248]"),
    ("single", r"float|real|float4"),
    ("double", r"double( precision)?|float8"),
    ("text", r"varchar|text|bpchar|character varying"),
    ("date", r"date"),
    ("timestamp", r"timestamp( without time zone)?"),
    ("timestamp with zone", r"timestamptz|timestamp with time zone"),
)

Row = tuple[Any, ...]

OF_THE_LAKE = {"deftunes_serving.fact_quality_check", "deftunes_bi_views.quality_history_vw"}
"""What target-s3 alone writes down: the results of rules, load by load."""

OF_THE_LOAD = {"first_set_aside_at", "last_set_aside_at"}
"""Columns that say when a load was: two targets load one after the other."""


@dataclass(frozen=True)
class Contents:
    """What a table holds.

    Attributes:
        columns: Name and class of type of each column, in their order.
        rows: How often each row is there.
    """

    columns: list[tuple[str, str]]
    rows: Counter[Row]


def gold(manifest: Path) -> list[str]:
    """The tables and views that dbt makes for people, `<schema>.<name>`.

    Args:
        manifest: dbt's manifest.json.
    """
    nodes = json.loads(manifest.read_text("utf-8"))["nodes"].values()
    models = [node for node in nodes if node["resource_type"] == "model"]
    return sorted(f"{m['schema']}.{m['name']}" for m in models if m["schema"] in LAYERS)


def in_duckdb(warehouse: Path, tables: Iterable[str]) -> dict[str, Contents]:
    """What tables of a DuckDB file hold."""
    with duckdb.connect(warehouse, read_only=True) as connection:
        return {table: _of_duckdb(connection, table) for table in tables}


def in_redshift(url: str, tables: Iterable[str]) -> dict[str, Contents]:
    """What tables of Redshift, or of its stand-in, hold."""
    with psycopg.connect(url, autocommit=True) as connection:
        return {table: _of_redshift(connection, table) for table in tables}


def without_the_load(tables: dict[str, Contents]) -> dict[str, Contents]:
    """Tables without what differs from one load of the same rows to another."""
    return {
        name: _without(contents) for name, contents in tables.items() if name not in OF_THE_LAKE
    }


def _without(contents: Contents) -> Contents:
    kept = [at for at, (name, _) in enumerate(contents.columns) if name not in OF_THE_LOAD]
    rows: Counter[Row] = Counter()
    for row, times in contents.rows.items():
        rows[tuple(row[at] for at in kept)] += times
    return Contents([contents.columns[at] for at in kept], rows)


def differences(
    here: dict[str, Contents], there: dict[str, Contents], sides: Sequence[str]
) -> Iterator[str]:
    """Tell what is not the same, in lines for a person; a row is told by its values.

    Args:
        here: One side's tables.
        there: The other's.
        sides: What the two are called.
    """
    for table in sorted(here.keys() | there.keys()):
        one, other = here.get(table), there.get(table)
        if one is None or other is None:
            yield f"{table} is only in {sides[other is not None]}"
            continue
        if one.columns != other.columns:
            yield f"{table}: columns {one.columns} in {sides[0]}, {other.columns} in {sides[1]}"
            continue
        names = [name for name, _ in one.columns]
        for side, rows in zip(sides, (one.rows - other.rows, other.rows - one.rows), strict=True):
            for row in sorted(rows.elements(), key=repr)[:SHOWN]:
                told = ", ".join(f"{n}={v!r}" for n, v in zip(names, row, strict=True))
                yield f"{table}: only in {side} ({rows.total()} rows): {told}"


def _of_duckdb(connection: duckdb.DuckDBPyConnection, table: str) -> Contents:
    described = connection.execute(f"describe select * from {table}").fetchall()
    columns = [(name, class_of(kind)) for name, kind, *_ in described]
    return _contents(columns, connection.execute(f"select * from {table}").fetchall())


def _of_redshift(connection: psycopg.Connection[Any], table: str) -> Contents:
    cursor = connection.execute(f"select * from {table}".encode())
    columns = []
    for column in cursor.description or ():
        known = connection.adapters.types.get(column.type_code)
        kind = known.name if known else str(column.type_code)
        if kind == "numeric":
            kind = f"decimal({column.precision},{column.scale})"
        columns.append((column.name, class_of(kind)))
    return _contents(columns, cursor.fetchall())


def _contents(columns: list[tuple[str, str]], rows: Iterable[Row]) -> Contents:
    singles = [place for place, (_, kind) in enumerate(columns) if kind == "single"]
    return Contents(columns, Counter(_exact(row, singles) for row in rows))


def _exact(row: Row, singles: Sequence[int]) -> Row:
    """A row in which numbers of single precision are what they are, however they were spelled."""
    if not singles:
        return tuple(row)
    values = list(row)
    for place in singles:
        if values[place] is not None:
            values[place] = struct.unpack("f", struct.pack("f", values[place]))[0]
    return tuple(values)


def class_of(kind: str) -> str:
    """What a type means to whoever reads it: both engines have names of their own for it."""
    spelled = kind.lower()
    found = re.fullmatch(r"(?:decimal|numeric)\(\d+,\s*(\d+)\)", spelled)
    if found:
        return f"decimal, {found[1]} digits"
    bare = re.sub(r"\(\d+\)", "", spelled)
    return next((name for name, names in _CLASSES if re.fullmatch(names, bare)), kind)
