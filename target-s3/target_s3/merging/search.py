"""Look for the incoming rows that are new or differ, in the way that costs least."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from target_s3.iceberg.fields import Field
from target_s3.merging.alignment import Arrived, Numbers, differing, is_aligned
from target_s3.merging.changes import Comparison, all_rows
from target_s3.merging.existing import existing_rows, files_shown, outside
from target_s3.merging.incoming import Incoming, count
from target_s3.merging.removals import Removals
from target_s3.merging.twins import Twin

FEW = 4
"""Rows are few beside others that are this many times as many."""

FEWEST_ALIGNED = 100_000
"""Fewer rows are joined whole: that takes little memory, and no second look at their files."""


@dataclass(frozen=True)
class Found:
    """What came of a search.

    Attributes:
        rows: SQL: the rows that are new or differ, as `Comparison` describes them.
        files: The files that `old_file` numbers.
    """

    rows: str
    files: list[Path]


@dataclass
class Search:
    """What to compare, and where.

    Attributes:
        connection: Where the relations of `Incoming` are.
        fields: The table's columns.
        keys: Those that identify a row.
        compared: Those that make a difference.
        removals: Which rows go.
        incoming: What has arrived.
        kept: SQL: whether a row of `incoming` is to be in the table.
    """

    connection: duckdb.DuckDBPyConnection
    fields: Sequence[Field]
    keys: Sequence[Field]
    compared: Sequence[Field]
    removals: Removals
    incoming: Incoming
    kept: str
    _matched: str | None = None

    def changed(
        self, files: Sequence[Path], twins: Sequence[Twin], constants: Mapping[str, Any]
    ) -> Found:
        """Make the view `existing`, and look for changes.

        Args:
            files: Local copies of all of the table's data files.
            twins: What is known to be unchanged.
            constants: Compared columns that have not arrived: what they are in every row.
        """
        self._matched = None
        shown = self._show(files, twins)
        if not files or not self.keys:
            return Found(all_rows(self.kept), shown)
        comparison = Comparison(
            self.keys, self.compared, self.kept, outside(twin.arrived for twin in twins)
        )
        rows_there = sum(pq.read_metadata(path).num_rows for path in files)
        known = sum(len(twin.arrived) for twin in twins)
        arrived = count(self.connection, "latest")
        if not self.removals.removal.whole and arrived * FEW < rows_there:
            self._match(comparison)
            return Found(comparison.of_few(), self._narrow(shown, twins))
        if self.incoming.all_once and arrived - known >= FEWEST_ALIGNED:
            self._match(comparison)
            if self._compare_aligned(shown, constants):
                return Found(comparison.of_aligned(), shown)
        return Found(comparison.of_many(), shown)

    def _show(self, files: Sequence[Path], twins: Sequence[Twin]) -> list[Path]:
        existing = existing_rows(self.fields, files, apart_from=twins)
        self.connection.execute(f"create or replace view existing as {existing}")
        return files_shown(files, twins)

    def match_again(self) -> None:
        """Look anew which rows are there: other versions of some are the latest now."""
        if self._matched is not None:
            self.connection.execute(f"create or replace table matched as {self._matched}")

    def _match(self, comparison: Comparison) -> None:
        self._matched = comparison.matched()
        self.match_again()

    def _narrow(self, shown: Sequence[Path], twins: Sequence[Twin]) -> list[Path]:
        """Show no more than the files with one of these rows: of others, keys are enough."""
        holders = self.connection.execute(
            f"select old_file from matched union {self.removals.touched_files()}"
        ).fetchall()
        held = {shown[number] for (number,) in holders}
        return self._show(
            [path for path in shown if path in held], [t for t in twins if t.path in held]
        )

    def _compare_aligned(self, files: Sequence[Path], constants: Mapping[str, Any]) -> bool:
        """Make the table `differences`, unless rows have come in another order."""
        arrived = Arrived(self.incoming.files)
        there = {path: self._places(number, path) for number, path in enumerate(files)}
        if not is_aligned(arrived, there):
            return False
        self.connection.execute(
            "create or replace table differences "
            "(position bigint, old_row bigint, differing varchar, old_file bigint)"
        )
        for path, positions in there.items():
            for found in differing(arrived, path, positions, self.compared, constants):
                numbers = pa.repeat(files.index(path), found.num_rows)
                self.connection.register("found", found.append_column("old_file", numbers))
                self.connection.execute("insert into differences select * from found")
                self.connection.unregister("found")
        return True

    def _places(self, number: int, path: Path) -> Numbers:
        """For each row of a file the position of the one that has arrived, or -1."""
        matched = self.connection.execute(
            f"select old_row, position from matched where old_file = {number}"
        ).fetchnumpy()
        positions = np.full(pq.read_metadata(path).num_rows, -1, dtype=np.int64)
        positions[matched["old_row"]] = matched["position"]
        return positions
