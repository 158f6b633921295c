"""The case `changes`: what it costs to bring changed songs into the table, and to bring them again.

Here only the loading is measured: what a tap has read lies in Arrow files.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from paired import ours
from paired.content import fingerprint, iceberg
from paired.contest import Contest, Contestant, Goal, Work, place_of
from paired.places import peer
from paired.processes import run
from paired.songs import tap_schema
from paired.songs_source import songs_database, songs_read

SIZES = (1_000_000,)
BASE, LOAD, AGAIN = "base", "load", "again"
EXCLUDES = (
    "Reading the source is not in: the rows lie in Arrow files, the table is there already. The "
    "floor compares with DuckDB, writes the table anew in one file where anything differs, and "
    "commits once; it has no landing zone."
)


ROWS_OF_A_FILE = 100_000


@contextmanager
def snapshot(size: int, folder: Path) -> Iterator[Contest]:
    """A whole read of the table, in which one row in a hundred has changed."""
    goals = (Goal(4.0, step=LOAD), Goal(2.0, step=AGAIN))
    title = f"{size // 100:,} of {size:,} songs changed, a whole read as input"
    yield _contest("snapshot", size, title, Inputs(size, folder, share=100, whole=True), goals)


@contextmanager
def few(size: int, folder: Path) -> Iterator[Contest]:
    """The changed rows alone: one in a hundred."""
    goals = (Goal(3.0, step=LOAD), Goal(1.2, step=AGAIN))
    title = f"{size // 100:,} changes into {size:,} songs, the changes as input"
    yield _contest("few", size, title, Inputs(size, folder, share=100, whole=False), goals)


@contextmanager
def many(size: int, folder: Path) -> Iterator[Contest]:
    """The changed rows alone: one in ten."""
    goals = (Goal(3.3, step=LOAD),)
    title = f"{size // 10:,} changes into {size:,} songs, the changes as input"
    yield _contest("many", size, title, Inputs(size, folder, share=10, whole=False), goals)


class Inputs:
    """The songs before and after, in Arrow files.

    Attributes:
        before: A folder with the songs as they are in the table.
        arriving: A folder with the rows that come.
        after: What the table must hold then.
        schema: The SCHEMA message that our tap writes of them.
    """

    def __init__(self, size: int, folder: Path, *, share: int, whole: bool) -> None:
        self.folder, self.is_whole = folder, whole
        with songs_database(size) as address:
            self.schema = tap_schema(address, folder)
            with songs_read(address) as rows:
                songs = rows.read_all()
        hit = pa.array(np.arange(songs.num_rows) % share == 0)
        changed = _changed(songs, hit)
        self.before = _written(songs, folder / "before")
        self.arriving = _written(changed if whole else changed.filter(hit), folder / "arriving")
        self.after = {"songs": fingerprint(changed.to_reader(), "songs")}


def _changed(songs: pa.Table, hit: pa.Array) -> pa.Table:
    """The songs, some of them with another title and year."""
    for name, other in (
        ("title", pc.binary_join_element_wise(songs["title"], "new", " ")),
        ("year", pc.add(songs["year"], pa.scalar(1, pa.int32()))),
    ):
        place = songs.schema.get_field_index(name)
        column = pc.if_else(hit, other, songs[name])
        songs = songs.set_column(place, songs.schema.field(name), column)
    return songs


def _written(rows: pa.Table, folder: Path) -> Path:
    folder.mkdir()
    for number, first in enumerate(range(0, rows.num_rows, ROWS_OF_A_FILE)):
        with pa.ipc.new_file(str(folder / f"{number:04}.arrow"), rows.schema) as file:
            file.write_table(rows.slice(first, ROWS_OF_A_FILE))
    return folder


def _contest(case: str, size: int, title: str, inputs: Inputs, goals: tuple[Goal, ...]) -> Contest:
    steps = {LOAD: "the changes", AGAIN: "the same input again"}
    upserts = [] if inputs.is_whole else _upserts(inputs)
    contestants = [
        _contestant("ours", "target-s3", inputs, functools.partial(_ours, inputs), _our_tables),
        _contestant(
            "floor",
            "DuckDB compares and writes, pyiceberg commits",
            inputs,
            lambda place, step: Work([peer("floor_changes", place / "lake", _files(inputs, step))]),
            _tables,
        ),
        *upserts,
    ]
    return Contest(
        case, size, title, inputs.after, contestants, goals, EXCLUDES, steps, idle=(AGAIN,)
    )


def _upserts(inputs: Inputs) -> list[Contestant]:
    """Those that compare row by row; a whole snapshot would take them half an hour."""
    return [
        _contestant(
            "pyiceberg",
            "pyiceberg 0.12, Table.upsert",
            inputs,
            lambda place, step: Work(
                [peer("pyiceberg_changes", place / "lake", _files(inputs, step))]
            ),
            _tables,
            is_slow=True,
        ),
        _contestant(
            "dlt",
            "dlt 1.31, merge by upsert",
            inputs,
            lambda place, step: Work(
                [
                    peer(
                        "dlt_changes",
                        place,
                        _files(inputs, step),
                        "replace" if step == BASE else "merge",
                    )
                ]
            ),
            _tables,
            is_slow=True,
        ),
    ]


def _contestant(
    name: str,
    words: str,
    inputs: Inputs,
    work: Callable[[Path, str], Work],
    tables: Callable[[Path], Mapping[str, str]],
    *,
    is_slow: bool = False,
) -> Contestant:
    """A contestant that begins with a table of the songs as they were, which it made itself."""

    @functools.cache
    def base() -> Path:
        place, kept = place_of(inputs.folder, name), inputs.folder / f"base-{name}"
        place.mkdir()
        first = work(place, BASE)
        run(first.commands, inputs.folder, first.messages)
        return place.rename(kept)

    return Contestant(name, words, work, tables, base, once=is_slow, on_request=is_slow)


def _files(inputs: Inputs, step: str) -> Path:
    return inputs.before if step == BASE else inputs.arriving


def _ours(inputs: Inputs, place: Path, step: str) -> Work:
    """Our target with the messages that our tap would have written."""
    batches = place / "batches"
    batches.mkdir(exist_ok=True)
    urls = []
    for file in sorted(_files(inputs, step).iterdir()):
        # it goes when it is loaded
        (batches / file.name).hardlink_to(file)
        urls.append((batches / file.name).as_uri())
    stream = inputs.schema["stream"]
    rows = {
        "type": "BATCH",
        "stream": stream,
        "encoding": {"format": "arrow", "compression": "none"},
        "manifest": urls,
    }
    version = {
        "type": "ACTIVATE_VERSION",
        "stream": stream,
        "version": (BASE, LOAD, AGAIN).index(step) + 1,
    }
    is_whole = inputs.is_whole or step == BASE
    reading = [version, rows, version] if is_whole else [rows]
    messages = [inputs.schema, *reading, {"type": "STATE", "value": {}}]
    written = place / "messages.singer"
    written.write_text("".join(json.dumps(each) + "\n" for each in messages), encoding="utf-8")
    return Work([ours.target(place)], written)


def _our_tables(place: Path) -> Mapping[str, str]:
    return {"songs": ours.table(place, "songs")}


def _tables(place: Path) -> Mapping[str, str]:
    return {"songs": iceberg(place / "lake", "default", "songs")}
