"""Writes a lake as target-s3 leaves it: Iceberg tables, landing files, run records."""

from __future__ import annotations

import gzip
import json
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog.sql import SqlCatalog

if TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, Any]

NAMESPACE = "deftunes_transform"
TEXT, MOMENT = pa.string(), pa.timestamp("us")
LOADED = [("ingest_on", pa.date32()), ("processing_timestamp", MOMENT), ("source_from", TEXT)]
COLUMNS: dict[str, list[tuple[str, pa.DataType]]] = {
    "users": [
        ("user_id", TEXT),
        ("user_name", TEXT),
        ("user_lastname", TEXT),
        ("user_since", MOMENT),
        ("latitude", pa.float64()),
        ("longitude", pa.float64()),
        ("place_name", TEXT),
        ("country_code", TEXT),
        ("timezone", TEXT),
    ],
    "sessions": [
        ("session_id", TEXT),
        ("user_id", TEXT),
        ("session_start_time", MOMENT),
        ("user_agent", TEXT),
        ("item_count", pa.int32()),
    ],
    "session_items": [
        ("session_id", TEXT),
        ("item_index", pa.int32()),
        ("user_id", TEXT),
        ("session_start_time", MOMENT),
        ("song_id", TEXT),
        ("song_name", TEXT),
        ("artist_id", TEXT),
        ("artist_name", TEXT),
        ("price", pa.decimal128(10, 2)),
        ("currency", TEXT),
        ("liked", pa.bool_()),
        ("liked_since", MOMENT),
    ],
    "songs": [
        ("track_id", TEXT),
        ("title", TEXT),
        ("song_id", TEXT),
        ("release", TEXT),
        ("artist_id", TEXT),
        ("artist_mbid", TEXT),
        ("artist_name", TEXT),
        ("duration", pa.float32()),
        ("artist_familiarity", pa.float32()),
        ("artist_hotttnesss", pa.float32()),
        ("year", pa.int32()),
        ("track_7digitalid", pa.int32()),
        ("shs_perf", pa.int32()),
        ("shs_work", pa.int32()),
    ],
}
STREAMS = {
    "users": ("users", "api/users"),
    "sessions": ("sessions", "api/sessions"),
    "session_items": ("session_items", "api/session_items"),
    "songs": ("deftunes-songs", "rds/songs"),
}
"""Stream and landing path by table."""


@dataclass(frozen=True)
class Load:
    """One run of the target.

    Attributes:
        run_id: The run.
        ended: When, UTC.
        rows: What arrived and was merged, by table.
        held_back: What arrived after it, behind the last state of a tap that died: it was
            landed, not merged.
        status: Whether the run was published.
        archived: Whether its landing files have been moved away since.
    """

    run_id: str
    ended: datetime
    rows: dict[str, list[Row]]
    held_back: dict[str, list[Row]] = field(default_factory=dict)
    status: str = "published"
    archived: bool = False


def write_table(lake: Path, table: str, rows: list[Row], loaded: datetime) -> int | None:
    """Write an Iceberg table of the transform zone; without rows it has no snapshot.

    Args:
        lake: Folder of the lake.
        table: Name of the table.
        rows: Its rows.
        loaded: When the load began that wrote them, of each row that does not say.

    Returns:
        The snapshot id, or None.
    """
    stamp = {"ingest_on": loaded.date(), "processing_timestamp": loaded, "source_from": "test"}
    columns = COLUMNS[table] + LOADED
    return write_iceberg(
        lake, f"{NAMESPACE}.{table}", "transform_zone", columns, [stamp | row for row in rows]
    )


def write_iceberg(
    lake: Path, name: str, zone: str, columns: list[tuple[str, pa.DataType]], rows: list[Row]
) -> int | None:
    """Write any Iceberg table anew, `<namespace>.<table>` in a folder of the lake."""
    lake.mkdir(parents=True, exist_ok=True)
    with closing(catalog_of(lake)) as catalog:
        namespace, table = name.split(".")
        catalog.create_namespace_if_not_exists(namespace)
        schema = pa.schema(columns)
        if catalog.table_exists(name):
            catalog.drop_table(name)
        made = catalog.create_table(name, schema=schema, location=f"file://{lake}/{zone}/{table}")
        if rows:
            made.append(pa.Table.from_pylist(rows, schema=schema))
        snapshot = made.current_snapshot()
        return snapshot.snapshot_id if snapshot else None


def read_iceberg(lake: Path, name: str) -> list[Row]:
    """Read `<namespace>.<table>` as pyiceberg does."""
    with closing(catalog_of(lake)) as catalog:
        rows: list[Row] = catalog.load_table(name).scan().to_arrow().to_pylist()
    return rows


def catalog_of(lake: Path) -> SqlCatalog:
    """Open the lake's own catalog."""
    return SqlCatalog("default", uri=f"sqlite:///{lake / 'catalog.db'}", warehouse=f"file://{lake}")


def write_landing(lake: Path, load: Load, landing_format: str = "parquet") -> None:
    """Write what one load landed, and its record."""
    streams = {}
    for table, merged in load.rows.items():
        rows = merged + load.held_back.get(table, [])
        stream, path = STREAMS[table]
        day = f"ingest_on={load.ended:%Y-%m-%d}"
        file = f"landing_zone/{path}/{day}/{stream}-{load.run_id}-0001.{landing_format}"
        if not load.archived:
            (lake / file).parent.mkdir(parents=True, exist_ok=True)
            WRITERS[landing_format](lake / file, table, rows)
        streams[stream] = {
            "table": table,
            "files": [file],
            "rows_landed": len(rows),
            "rows_merged": len(merged),
            "inserted": len(merged),
            "updated": 0,
            "deleted": 0,
            "unchanged": 0,
            "snapshot_id": None,
            "published": load.status == "published",
        }
    moment = f"{load.ended.isoformat(timespec='microseconds')}Z"
    record = {"started": moment, "ended": moment, "status": load.status, "streams": streams}
    folder = lake / "landing_zone" / "_runs"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{load.run_id}.json").write_text(
        json.dumps({"run_id": load.run_id, "loads": [record]}), encoding="utf-8"
    )


def _write_parquet(file: Path, table: str, rows: list[Row]) -> None:
    pq.write_table(pa.Table.from_pylist(rows, schema=pa.schema(COLUMNS[table])), str(file))


def _write_json_lines(file: Path, table: str, rows: list[Row]) -> None:
    del table
    lines = [json.dumps(row, default=_as_json) + "\n" for row in rows]
    file.write_bytes(gzip.compress("".join(lines).encode()))


def _as_json(value: datetime | Decimal) -> str | float:
    return float(value) if isinstance(value, Decimal) else value.isoformat()


WRITERS = {"parquet": _write_parquet, "jsonl.gz": _write_json_lines}
