"""The case `songs`: a table of PostgreSQL into Iceberg, whole."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deftunes_sandbox.songs_address import SongsAddress
from paired import ours
from paired.content import fingerprint, iceberg
from paired.contest import Contest, Contestant, Goal, Work
from paired.places import our_program, peer, stock
from paired.songs_source import songs_database, songs_read

SIZES = (100_000, 1_000_000, 5_000_000)
SLOW = 1_000_000
"""From so many rows on, rows of JSON run but once; beyond it, not at all."""

GOALS = {
    1_000_000: (
        Goal(1.6, "floor"),
        Goal(0.65, "dlt connectorx"),
        Goal(1 / 30, "stock"),
        Goal(400, None, "memory"),
    ),
    5_000_000: (Goal(1.5, "floor"), Goal(0.65, "dlt connectorx"), Goal(400, None, "memory")),
}
EXCLUDES = (
    "Imports and start-up are in; PostgreSQL's own CPU is not, nor the discovery of the catalog, "
    "nor Meltano. Ours keeps a landing file as well, which nobody else does. Rules are off where "
    "it is not said; the floor's Parquet is snappy's, the others' zstd's."
)


@contextmanager
def songs(size: int, folder: Path) -> Iterator[Contest]:
    """Start a database of so many songs and say who reads it.

    Args:
        size: How many songs.
        folder: For files of the contest's own.
    """
    with songs_database(size) as address:
        with songs_read(address) as rows:
            expected = {"songs": fingerprint(rows, "songs")}
        yield Contest(
            "songs",
            size,
            f"{size:,} songs, PostgreSQL to Iceberg",
            expected,
            [*_ours(address, folder, size), *_peers(address, folder, size)],
            GOALS.get(size, ()),
            EXCLUDES,
        )


def tap_config(address: SongsAddress) -> dict[str, Any]:
    """The settings of either tap, as the project ships them."""
    return {
        "host": address.host,
        "port": address.port,
        "user": address.user,
        "password": address.password,
        "database": address.database,
        "filter_schemas": ["deftunes"],
        "default_replication_method": "FULL_TABLE",
    }


def tap(address: SongsAddress, folder: Path, place: Path, *, batch: bool) -> list[str]:
    """The command of our tap.

    Args:
        address: The database.
        folder: Where its catalog is, or will be.
        place: For its settings and its files.
        batch: Whether it hands over columns.
    """
    command = [our_program("deftunes-tap-postgres")]
    config = {**tap_config(address), "emit_activate_version_messages": True}
    selected = folder / "catalog.json"
    if not selected.exists():
        ours.catalog(command, config, folder, {"deftunes-songs": ()})
    if batch:
        config["batch_config"] = ours.batches(place)
    given = ours.write(place / "tap.json", config)
    return [*command, "--config", str(given), "--catalog", str(selected)]


def tap_schema(address: SongsAddress, folder: Path) -> dict[str, Any]:
    """The SCHEMA message that our tap writes of the songs.

    Args:
        address: The database.
        folder: For the tap's files.
    """
    command = [our_program("deftunes-tap-postgres")]
    selected = ours.catalog(command, tap_config(address), folder, {"deftunes-songs": ()})
    config = ours.write(folder / "tap.json", {**tap_config(address), "max_record_count": 1})
    read = subprocess.run(
        [*command, "--config", str(config), "--catalog", str(selected)],
        capture_output=True,
        check=True,
    )
    messages = (json.loads(line) for line in read.stdout.splitlines())
    return next(message for message in messages if message["type"] == "SCHEMA")


def _ours(address: SongsAddress, folder: Path, size: int) -> list[Contestant]:
    def load(*, batch: bool, rules: bool = False) -> Callable[[Path, str], Work]:
        return lambda place, _: Work(
            [tap(address, folder, place, batch=batch), ours.target(place, rules=rules)]
        )

    def tables(place: Path) -> Mapping[str, str]:
        return {"songs": ours.table(place, "songs")}

    found = [
        Contestant("ours", "tap-postgres BATCH, target-s3", load(batch=True), tables),
        Contestant("ours with rules", "the same, audited", load(batch=True, rules=True), tables),
    ]
    if size <= SLOW:
        words = "the same taps and targets, plain Singer"
        record = load(batch=False)
        found.append(Contestant("ours RECORD", words, record, tables, once=size == SLOW))
    return found


def _peers(address: SongsAddress, folder: Path, size: int) -> list[Contestant]:
    url = address.url()

    def lake(place: Path) -> Mapping[str, str]:
        return {"songs": iceberg(place / "lake", "default", "songs")}

    def parquet(place: Path) -> Mapping[str, str]:
        return {"songs": f"read_parquet('{place}/*.parquet')"}

    found = [
        Contestant(
            "floor",
            "DuckDB's postgres_scanner, its Parquet added to Iceberg",
            lambda place, _: Work([peer("floor_songs", url, place, "iceberg")]),
            lake,
        ),
        Contestant(
            "floor Parquet",
            "the same without Iceberg",
            lambda place, _: Work([peer("floor_songs", url, place, "parquet")]),
            parquet,
        ),
        Contestant(
            "floor ADBC",
            "ADBC into pyiceberg's append",
            lambda place, _: Work([peer("adbc_songs", url, place)]),
            lake,
        ),
        Contestant(
            "dlt connectorx",
            "dlt 1.31, sql_database, connectorx",
            lambda place, _: Work([peer("dlt_songs", url, place, "connectorx")]),
            lake,
        ),
        Contestant(
            "dlt pyarrow",
            "dlt 1.31, sql_database, pyarrow",
            lambda place, _: Work([peer("dlt_songs", url, place, "pyarrow")]),
            lake,
        ),
    ]

    def singer(place: Path, _: str) -> Work:
        command = [our_program("tap-postgres")]
        selected = folder / "stock" / "catalog.json"
        if not selected.exists():
            ours.catalog(command, tap_config(address), folder / "stock", {"deftunes-songs": ()})
        given = ours.write(place / "tap.json", tap_config(address))
        reading = [*command, "--config", str(given), "--catalog", str(selected)]
        writing = stock("stock_target", ours.write(place / "target.json", {"folder": str(place)}))
        return Work([reading, writing])

    if size <= SLOW:
        words = "meltanolabs-tap-postgres into a target of the SDK's defaults, to Parquet"
        found.append(Contestant("stock", words, singer, parquet, once=size == SLOW))
    return found
