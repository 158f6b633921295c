"""The same messages in another mode: runs of RECORDs as BATCHes of files.

`DEFTUNES_MODE=batch` sends all that every test sends like this, as far as columns can say it
(`make heavy` does so), and `mixed` a part of it.
"""

from __future__ import annotations

import json
import os
import random
import uuid
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from .column_types import NoColumnError, column_of

Mode = Literal["records", "batch", "mixed"]
MODE: Mode = os.environ.get("DEFTUNES_MODE", "records")  # type: ignore[assignment]  # told below
if MODE not in {"records", "batch", "mixed"}:
    raise ValueError(f"DEFTUNES_MODE is {MODE!r}: choose records, batch or mixed")

SENT: Counter[str] = Counter()
"""How many records went in a BATCH, and how many did not and why, in this process."""

IN_BATCHES = "in BATCHes"


@dataclass
class Batches:
    """Turns the messages of one load into another mode's.

    Attributes:
        folder: Where files of BATCHes go.
        mode: `batch`: all that columns can say; `mixed`: some of it, chosen by what it says.
        files: The files that were written.
    """

    folder: Path
    mode: Mode
    files: list[Path] = field(default_factory=list)
    _schemas: dict[str, dict[str, Any]] = field(default_factory=dict)
    _versions: dict[str, Any] = field(default_factory=dict)

    def of(self, lines: bytes) -> bytes:
        """The messages in this mode, in their order."""
        if self.mode == "records":
            return lines
        read = ((line, _decoded(line)) for line in lines.splitlines(keepends=True))
        # RECORDs of one stream, of the same columns, one after the other
        runs = groupby(read, key=lambda each: _run_of(each[1]))
        return b"".join(
            part
            for key, run in runs
            for part in (self._run(list(run)) if key else self._others(list(run)))
        )

    def _others(self, run: list[tuple[bytes, Any]]) -> Iterator[bytes]:
        for line, message in run:
            if isinstance(message, dict) and message.get("type") == "SCHEMA":
                self._schemas[message["stream"]] = message["schema"]
            if isinstance(message, dict) and message.get("type") == "ACTIVATE_VERSION":
                self._versions[message["stream"]] = message["version"]
            yield line

    def _run(self, run: list[tuple[bytes, dict[str, Any]]]) -> Iterator[bytes]:
        if self.mode == "batch":
            yield from self._sent(run)
            return
        digest = zlib.crc32(b"".join(line for line, _ in run))
        chosen = random.Random(digest)  # noqa: S311 - the same choice each time, no secret
        while run:
            count = chosen.randint(1, len(run))
            part, run = run[:count], run[count:]
            if chosen.randrange(2):
                yield from self._sent(part)
            else:
                for line, message in part:
                    yield self._as_record(line, message, "left by chance")

    def _sent(self, run: list[tuple[bytes, dict[str, Any]]]) -> Iterator[bytes]:
        line, message = run[0]
        stream, version = message["stream"], message.get("version")
        # BATCH carries none: what nobody has announced needs a RECORD that does
        if version is not None and self._versions.get(stream) != version:
            yield self._as_record(line, message, "the first of a version")
            run = run[1:]
        if not run:
            return
        try:
            yield self._batch(stream, [each["record"] for _, each in run])
            SENT[IN_BATCHES] += len(run)
        except NoColumnError as fault:
            if len(run) > 1:
                for each in run:
                    yield from self._sent([each])
            else:
                yield self._as_record(*run[0], str(fault))

    def _as_record(self, line: bytes, message: dict[str, Any], why: str) -> bytes:
        SENT[why] += 1
        self._versions[message["stream"]] = message.get(
            "version", self._versions.get(message["stream"])
        )
        return line

    def _batch(self, stream: str, records: Sequence[dict[str, Any]]) -> bytes:
        schema = self._schemas.get(stream, {})
        properties = schema.get("properties", {})
        odd = zlib.crc32(repr(records).encode(errors="replace"))
        arrays = [
            column_of([record[name] for record in records], properties.get(name), odd + number)
            for number, name in enumerate(records[0])
        ]
        if not arrays:
            raise NoColumnError("no columns")
        table = pa.Table.from_arrays(arrays, names=list(records[0]))
        self.folder.mkdir(parents=True, exist_ok=True)
        kind = ("arrow", "parquet")[odd % 2]
        file = self.folder / f"{uuid.uuid4()}.{kind}"
        if kind == "parquet":
            pq.write_table(table, file, row_group_size=3)
        else:
            with pa.ipc.new_file(file, table.schema) as out:
                out.write_table(table, max_chunksize=3)
        self.files.append(file)
        message = {
            "type": "BATCH",
            "stream": stream,
            "encoding": {"format": kind, "compression": "none"},
            "manifest": [f"file://{file}"],
        }
        return json.dumps(message).encode() + b"\n"


def _decoded(line: bytes) -> Any:
    try:
        return json.loads(line, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, ArithmeticError):
        return None


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _run_of(message: Any) -> tuple[Any, ...] | None:
    """What RECORDs that could go in one BATCH have in common; None for all other messages."""
    record = message.get("record") if isinstance(message, dict) else None
    if not isinstance(record, dict) or message.get("type") != "RECORD" or "stream" not in message:
        return None
    return message["stream"], str(message.get("version")), frozenset(record)
