"""Which of a table's files can be patched: nothing happens to them but that a few rows change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from target_s3.iceberg.fields import Field
from target_s3.iceberg.patched import Patch, can_be_patched
from target_s3.merging.search import FEW

MOST_ROWS = 200_000
"""So many rows of a file are held in memory to be put into it."""


@dataclass(frozen=True)
class Patching:
    """Looks for patches in the relations of `Merge`.

    Attributes:
        connection: Where they are.
        fields: The table's columns.
        keys: Those that identify a row.
        compared: Those that make a difference.
        files: The files that `old_file` numbers.
    """

    connection: duckdb.DuckDBPyConnection
    fields: Sequence[Field]
    keys: Sequence[Field]
    compared: Sequence[Field]
    files: Sequence[Path]

    def patches(self, files: Sequence[Path], fixed: Sequence[str]) -> list[Patch]:
        """The patches for some files, as far as they can be patched.

        Args:
            files: The files.
            fixed: Columns that must not change, for then a row belongs into another file.
        """
        if not (self.keys and files) or self._has_doubles():
            return []
        changes = self.connection.execute(
            "select old_file, count(*), cast(bit_or(differing) as varchar) from changed "
            "where old_file is not null group by old_file"
        ).fetchall()
        losers = self.connection.execute(
            "select old_file from gone union select old_file from marked"
        ).fetchall()
        possible = set(files) - {self.files[number] for (number,) in losers}
        patches = []
        for number, rows, bits in changes:
            differing = {c.name for c, bit in zip(self.compared, bits, strict=True) if bit == "1"}
            same = {field.name for field in (*self.keys, *self.compared)} - differing
            fields = tuple(field for field in self.fields if field.name not in same)
            patch = Patch(self.files[number], fields, rows)
            fits = patch.path in possible and rows <= MOST_ROWS and not differing & set(fixed)
            if fits and can_be_patched(patch, self.fields, most=1 / FEW):
                patches.append(patch)
        return patches

    def updates(self, patch: Patch) -> pa.Table:
        """The new values of a patch: `old_row` and its columns by alias, in the file's order."""
        columns = "".join(f", new_rows.{field.alias}" for field in patch.fields)
        return self.connection.execute(
            f"select old_row{columns} from new_rows join changed using (position) "
            f"where old_file = {self.number(patch)} order by old_row"
        ).to_arrow_table()

    def number(self, patch: Patch) -> int:
        """The number of a patch's file."""
        return self.files.index(patch.path)

    def _has_doubles(self) -> bool:
        """Whether a key is twice in the table: its new row must then take the place of both."""
        found = self.connection.execute(
            "select count(*) > count(distinct position) from changed"
        ).fetchall()
        return bool(found[0][0])
