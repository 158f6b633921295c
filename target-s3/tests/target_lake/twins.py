"""Two lakes that are told the same in two modes, and compared after every load."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow.parquet as pq

from .lakes import Lake, Message

OF_THE_LOAD = re.compile(
    r"processing_timestamp|_quarantine_run_id|_quarantined_at|checked_at|run_id"
)
"""Columns that two loads of the same rows fill differently."""
RUN_ID = re.compile(r"[0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}")
MOMENTS_OF_THE_LOAD = ("_sdc_deleted_at",)
COUNTS = (
    *("rows_landed", "rows_merged", "inserted", "updated", "deleted", "unchanged", "withheld"),
    "rules",
)


@dataclass
class Twins(Lake):
    """A lake that is loaded by BATCHes, and its twin, which gets the same as RECORDs.

    Whatever a load does to the one it has to do to the other: tables, landing files, states,
    counts, and what is said where it fails.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self.mode = "batch"
        self.twin = Lake(self.folder.with_name("records") / self.folder.name, mode="records")
        self.twin.folder.mkdir(parents=True)

    def load(self, *messages: Message | str, **config: Any) -> None:
        """Load both; what the one raises is raised, once the other has raised it too."""
        faults = [
            _fault_of(load)
            for load in (
                lambda: self.twin.load(*messages, **self._of_the_twin(config)),
                lambda: super(Twins, self).load(*messages, **config),
            )
        ]
        expected, found = ((type(fault).__name__, self._plain(str(fault))) for fault, _ in faults)
        assert found == expected, f"{found} in BATCHes, {expected} in RECORDs"
        assert faults[1][1] == faults[0][1], "the same states"
        sys.stdout.write(faults[1][1])
        self.compare()
        if faults[1][0] is not None:
            raise faults[1][0]

    def run(self, *messages: Message | str, **config: Any) -> subprocess.CompletedProcess[bytes]:
        """Load both, each in a process of its own."""
        expected = self.twin.run(*messages, **self._of_the_twin(config))
        done = super().run(*messages, **config)
        assert (done.returncode, done.stdout) == (expected.returncode, expected.stdout)
        self.compare()
        return done

    def close(self) -> None:
        self.twin.close()
        super().close()

    def compare(self) -> None:
        """Hold all that there is against the twin's."""
        for look in (_tables, _outcomes, _landed):
            found, expected = look(self), look(self.twin)
            assert found == expected, f"BATCHes leave {found}, RECORDs {expected}"

    def _of_the_twin(self, config: dict[str, Any]) -> dict[str, Any]:
        return {**self.config, **config, "lake_url": self.twin.config["lake_url"]}

    def _plain(self, sentence: str) -> str:
        """A sentence without the lake's place and the run's name, which differ."""
        for lake in (self.twin.folder, self.folder):
            sentence = sentence.replace(str(lake), "LAKE")
        return RUN_ID.sub("RUN", sentence)


def _fault_of(load: Callable[[], None]) -> tuple[Exception | None, str]:
    """What a load raises, if it does, and what it writes to standard output."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        try:
            load()
        except Exception as fault:  # noqa: BLE001  # compared, and raised again
            return fault, said.getvalue()
    return None, said.getvalue()


def _tables(lake: Lake) -> dict[Any, Any]:
    """Every table's columns, rows and number of snapshots."""
    seen = {}
    for namespace in lake.catalog.list_namespaces():
        for identifier in lake.catalog.list_tables(namespace):
            table = lake.catalog.load_table(identifier)
            rows = [_row(row) for row in table.scan().to_arrow().to_pylist()]
            columns = [(field.name, str(field.field_type)) for field in table.schema().fields]
            seen[identifier] = columns, sorted(rows, key=repr), len(table.snapshots())
    return seen


def _row(row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if not OF_THE_LOAD.fullmatch(name)}
    return {
        name: value is not None if name in MOMENTS_OF_THE_LOAD else value
        for name, value in kept.items()
    }


def _outcomes(lake: Lake) -> list[Any]:
    return [
        (
            load["status"],
            {
                name: {count: stream.get(count) for count in COUNTS}
                for name, stream in load["streams"].items()
            },
        )
        for load in lake.outcomes()
    ]


def _landed(lake: Lake) -> dict[str, Any]:
    """The rows in each folder of the landing zone, in the order of their arrival."""
    rows: dict[str, Any] = {}
    for file in sorted(lake.landed("**/*.parquet"), key=lambda file: file.stat().st_mtime_ns):
        folder = str(file.parent.relative_to(lake.folder))
        rows.setdefault(folder, []).extend(pq.ParquetFile(file).read().to_pylist())
    return rows
