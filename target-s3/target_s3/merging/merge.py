"""What a load changes in a table, found by DuckDB without holding the rows in Python.

The incoming rows are compared with the table's by key. Only rows that differ are a change, and
only the data files that hold an old copy of one are rewritten. Tables made on the way hold keys
and positions, never whole rows: those are read from their files when they are needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb

from columnar_target.own_columns import DELETED_AT, NO_DIFFERENCE
from target_s3.iceberg.fields import Field, named
from target_s3.iceberg.patched import Patch
from target_s3.merging.difference import Difference, Removal
from target_s3.merging.existing import existing_rows, listed, on, outside, within
from target_s3.merging.incoming import Incoming, count
from target_s3.merging.keys import Keys
from target_s3.merging.patching import Patching
from target_s3.merging.removals import Removals
from target_s3.merging.search import Search
from target_s3.merging.twins import Twin

_CHANGED = "changed_rows"
"""The table behind `changed`, unless all rows are new."""


class Merge:
    """One stream's rows against one table; relations live in the connection given.

    Besides those of `Incoming`: `existing` holds the table's rows, `changed` the keys and
    positions of incoming rows that differ, `gone` the keys of rows to remove, `marked` the keys
    of rows to mark as deleted. Without keys, `gone` and `marked` hold a row for each row meant.
    `new_rows` holds the changed rows whole.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        fields: Sequence[Field],
        keys: Keys,
        removal: Removal,
        incoming: Incoming,
    ) -> None:
        self._db = connection
        self._fields = tuple(fields)
        self._keys = named(fields, keys.columns)
        self._removal = removal
        self._incoming = incoming
        self._differing_rows = ""
        self._old_files: list[Path] = []
        self._is_stored = False
        self._held: str | None = None
        self._withheld = 0
        self._absent = 0
        self._deleted_at = next(
            (column for column in fields if column.name == DELETED_AT and not removal.replica),
            None,
        )
        group = named(fields, keys.group)
        self._removals = Removals(self._fields, self._keys, group, removal, self._deleted_at)
        self._compared = tuple(
            column
            for column in fields
            if column.name not in keys.columns
            and (removal.replica or column.name not in NO_DIFFERENCE)
        )

    def compare(
        self,
        files: Sequence[Path],
        twins: Sequence[Twin] = (),
        constants: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """Find what the incoming rows change.

        Args:
            files: Local copies of all of the table's data files.
            twins: What is known to be unchanged.
            constants: Compared columns that have not arrived: what they are in every row.
        """
        # a row that is told to be gone is none to keep, or none that could be told from others
        without_told = self._removal.hard or (self._removal.whole and not self._keys)
        kept = f"incoming.{self._removals.alive}" if without_told and self._deleted_at else "true"
        self._search = Search(
            self._db,
            self._fields,
            self._keys,
            self._compared,
            self._removals,
            self._incoming,
            kept,
        )
        found = self._search.changed(files, twins, constants)
        self._differing_rows, self._old_files = found.rows, found.files
        self._is_stored = False
        if files:
            self._store_changed()
        else:  # all are new: where they are says it all
            self._db.execute(f"create or replace view changed as {self._differing_rows}")
        self._show_new_rows()

    def _store_changed(self) -> None:
        if not self._is_stored:
            self._db.execute(f"create or replace table {_CHANGED} as {self._differing_rows}")
            self._db.execute(f"create or replace view changed as select * from {_CHANGED}")
            self._is_stored = True

    def leave_out(self, withheld: str | None) -> None:
        """Take rows out of the changed ones.

        Args:
            withheld: A relation with their positions, and those of rows that come in instead.
        """
        if withheld is None:
            return
        self._held = withheld
        self._withheld = count(self._db, withheld)
        self._absent = count(self._db, f"{withheld} where instead is null")
        self._store_changed()
        self._db.execute(
            f"delete from {_CHANGED} where position in (select position from {withheld})"
        )
        if self._absent < self._withheld:
            self._incoming.correct(withheld)
            self._search.match_again()
            self._db.execute(
                f"insert into {_CHANGED} select * from ({self._differing_rows}) "
                f"where position in (select instead from {withheld})"
            )
        self._show_new_rows()

    def difference(self) -> Difference:
        """Find what the changed rows do to the table."""
        if self._removal.whole and not self._keys and self._says_the_same():
            return Difference(
                unchanged=count(self._db, "arrived") - self._withheld, withheld=self._withheld
            )
        self._db.execute(f"create or replace table gone as {self._removals.gone(self._held)}")
        self._db.execute(f"create or replace table marked as {self._removals.marked()}")
        updated = count(self._db, "changed where old_file is not null")
        inserted = count(self._db, "changed") - updated
        holders = self._db.execute(
            "select old_file from changed where old_file is not null "
            "union select old_file from gone union select old_file from marked"
        ).fetchall()
        seen = count(self._db, "latest") - self._absent
        return Difference(
            inserted=inserted,
            updated=updated,
            deleted=count(self._db, "gone") + count(self._db, "marked"),
            unchanged=seen - inserted - updated - self._told(),
            withheld=self._withheld,
            files=frozenset(self._old_files[number] for (number,) in holders),
        )

    def _show_new_rows(self) -> None:
        new_rows = self._incoming.rows_of("changed", once=not self._is_stored)
        self._db.execute(f"create or replace view new_rows as {new_rows}")

    def all_new(self, stretches: Sequence[range], patched: Sequence[Patch]) -> list[range]:
        """Those stretches of positions all of whose rows are new ones.

        Args:
            stretches: Positions of consecutive rows that have arrived.
            patched: What is written already.
        """
        if not stretches:
            return []
        if not (self._is_stored or patched) and self._incoming.is_all("changed"):
            return list(stretches)
        # a key that is twice in the table makes two of one change
        number = "count(*)" if not self._is_stored else "count(distinct position)"
        counts = ", ".join(f"{number} filter (where {within(each)})" for each in stretches)
        found = self._db.execute(f"select {counts} from {self._apart_from(patched)}").fetchall()[0]
        return [each for each, rows in zip(stretches, found, strict=True) if rows == len(each)]

    @property
    def patching(self) -> Patching:
        """What looks for files that need not be encoded anew."""
        return Patching(self._db, self._fields, self._keys, self._compared, self._old_files)

    def result(
        self,
        rewritten: Sequence[Path],
        constants: dict[str, str],
        *,
        apart_from: Sequence[range] = (),
        patched: Sequence[Patch] = (),
    ) -> bool:
        """Make the view `result`: the rows that new data files must hold.

        Args:
            rewritten: The files whose place they take, those of the difference among them.
            constants: SQL expression by column name for the load's own columns, in marked rows.
            apart_from: Positions of new rows that are written already.
            patched: What is written already of other files.

        Returns:
            False if there are certainly none.
        """
        written = [*map(len, apart_from), *(patch.rows for patch in patched)]
        left = count(self._db, "changed") - sum(written)
        if not (left or rewritten):
            return False
        unwritten = outside(apart_from) if left else "false"
        new = "new_rows"
        if patched:
            others = self._apart_from(patched)
            new = f"(from new_rows semi join {others} as unpatched using (position))"
        rows = f"select {listed(self._fields)} from {new} where {unwritten}"
        if rewritten:
            old = f"({existing_rows(self._fields, rewritten)}) as old"
            rows += f" union all select {listed(self._fields)} from {old} {self._survives()}"
            if count(self._db, "marked"):
                changes = {**constants, DELETED_AT: self._removal.moment}
                marked = ", ".join(
                    f"cast({changes[column.name]} as {column.sql_type}) as {column.alias}"
                    if column.name in changes
                    else f"old.{column.alias}"
                    for column in self._fields
                )
                rows += f" union all select {marked} from {old} {self._is_marked()}"
        self._db.execute(f"create or replace view result as {rows}")
        return True

    def _survives(self) -> str:
        """SQL after `from old`: the rows of a rewritten file that stay as they are."""
        if self._keys:
            keys = listed(self._keys)
            return (
                f"anti join (select {keys} from changed union all select {keys} from gone "
                f"union all select {keys} from marked) as new on {on(self._keys, 'old', 'new')}"
            )
        if not self._removal.whole:
            return ""
        return "where false" if self._removal.hard else f"where not ({self._removals.alive})"

    def _is_marked(self) -> str:
        """SQL after `from old`: the rows of a rewritten file that are to be marked."""
        if self._keys:
            return f"semi join marked on {on(self._keys, 'old', 'marked')}"
        return f"where {self._removals.alive}"

    def _told(self) -> int:
        """How many of the incoming rows remove one of the table's."""
        if not self._keys:
            return 0
        return count(self._db, f"latest semi join gone on {on(self._keys, 'latest', 'gone')}")

    def _says_the_same(self) -> bool:
        """Without keys: whether the table's rows are the incoming ones, each as often."""
        columns = listed(self._compared)
        there = f"select {columns} from existing"
        if not self._removal.hard:
            there += f" where {self._removals.alive}"
        here = f"select {columns} from new_rows where {self._removals.alive}"
        return not count(
            self._db,
            f"(({here} except all {there}) union all ({there} except all {here}))",
        )

    def _apart_from(self, patched: Sequence[Patch]) -> str:
        """SQL: the changed rows whose files are not patched."""
        if not patched:
            return "changed"
        numbers = ", ".join(str(self.patching.number(patch)) for patch in patched)
        return f"(from changed where old_file is null or old_file not in ({numbers}))"
