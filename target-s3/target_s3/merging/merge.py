"""What a load changes in a table, found by DuckDB without holding the rows in Python.

The incoming rows are compared with the table's by key. Only rows that differ are a change, and
only the data files that hold an old copy of one are rewritten. Tables made on the way hold keys
and positions, never whole rows: those are read from their files when they are needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from target_s3.iceberg.fields import Field, empty_columns, literal, named, parquet_schema
from target_s3.iceberg.own_columns import DELETED_AT, NO_DIFFERENCE
from target_s3.merging.difference import Difference, Removal
from target_s3.merging.incoming import Incoming, Keys, alive, count
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
        self._group = named(fields, keys.group)
        self._removal = removal
        self._incoming = incoming
        self._changed_rows = ""
        self._held: str | None = None
        self._withheld = 0
        self._absent = 0
        self._deleted_at = next(
            (column for column in fields if column.name == DELETED_AT and not removal.replica),
            None,
        )
        self._compared = tuple(
            column
            for column in fields
            if column.name not in keys.columns
            and (removal.replica or column.name not in NO_DIFFERENCE)
        )

    def compare(self, files: Sequence[Path], twins: Sequence[Twin] = ()) -> None:
        """Find what the incoming rows change.

        Args:
            files: Local copies of all of the table's data files.
            twins: What is known to be unchanged.
        """
        existing = self._existing(files, apart_from=twins)
        self._db.execute(f"create or replace view existing as {existing}")
        self._changed_rows = self._changed(files, twins)
        if files:
            self._store_changed()
        else:  # all are new: where they are says it all
            self._db.execute(f"create or replace view changed as {self._changed_rows}")
        self._show_new_rows()

    def _store_changed(self) -> None:
        self._db.execute(f"create or replace table {_CHANGED} as {self._changed_rows}")
        self._db.execute(f"create or replace view changed as select * from {_CHANGED}")

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
            self._db.execute(
                f"insert into {_CHANGED} select * from ({self._changed_rows}) "
                f"where position in (select instead from {withheld})"
            )
        self._show_new_rows()

    def difference(self) -> Difference:
        """Find what the changed rows do to the table."""
        if self._removal.whole and not self._keys and self._says_the_same():
            return Difference(
                unchanged=count(self._db, "arrived") - self._withheld, withheld=self._withheld
            )
        self._db.execute(f"create or replace table gone as {self._gone()}")
        self._db.execute(f"create or replace table marked as {self._marked()}")
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
            files=frozenset(Path(name) for (name,) in holders),
        )

    def _show_new_rows(self) -> None:
        new_rows = self._incoming.rows_of("changed")
        self._db.execute(f"create or replace view new_rows as {new_rows}")

    def all_new(self, stretches: Sequence[range]) -> list[range]:
        """Those stretches of positions all of whose rows are new ones.

        Args:
            stretches: Positions of consecutive rows that have arrived.
        """
        if not stretches:
            return []
        counts = ", ".join(f"count(*) filter (where {_within(each)})" for each in stretches)
        found = self._db.execute(f"select {counts} from changed").fetchall()[0]
        return [each for each, rows in zip(stretches, found, strict=True) if rows == len(each)]

    def result(
        self,
        rewritten: Sequence[Path],
        constants: dict[str, str],
        *,
        apart_from: Sequence[range] = (),
    ) -> bool:
        """Make the view `result`: the rows that new data files must hold.

        Args:
            rewritten: The files whose place they take, those of the difference among them.
            constants: SQL expression by column name for the load's own columns, in marked rows.
            apart_from: Positions of new rows that are written already.

        Returns:
            False if there are certainly none.
        """
        left = count(self._db, "changed") - sum(len(positions) for positions in apart_from)
        if not (left or rewritten):
            return False
        unwritten = _apart(apart_from) if left else "false"
        rows = f"select {_listed(self._fields)} from new_rows where {unwritten}"
        if rewritten:
            old = f"({self._existing(rewritten)}) as old"
            rows += f" union all select {_listed(self._fields)} from {old} {self._survives()}"
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
            keys = _listed(self._keys)
            return (
                f"anti join (select {keys} from changed union all select {keys} from gone "
                f"union all select {keys} from marked) as new on {_join(self._keys, 'old', 'new')}"
            )
        if not self._removal.whole:
            return ""
        return "where false" if self._removal.hard else f"where not ({self._alive()})"

    def _is_marked(self) -> str:
        """SQL after `from old`: the rows of a rewritten file that are to be marked."""
        if self._keys:
            return f"semi join marked on {_join(self._keys, 'old', 'marked')}"
        return f"where {self._alive()}"

    def _alive(self) -> str:
        return "true" if self._removal.replica else alive(self._fields)

    def _told(self) -> int:
        """How many of the incoming rows remove one of the table's."""
        if not self._keys:
            return 0
        return count(self._db, f"latest semi join gone on {_join(self._keys, 'latest', 'gone')}")

    def _says_the_same(self) -> bool:
        """Without keys: whether the table's rows are the incoming ones, each as often."""
        columns = _listed(self._compared)
        there = f"select {columns} from existing"
        if not self._removal.hard:
            there += f" where {self._alive()}"
        here = f"select {columns} from new_rows where {self._alive()}"
        return not count(
            self._db,
            f"(({here} except all {there}) union all ({there} except all {here}))",
        )

    def _existing(self, files: Sequence[Path], *, apart_from: Sequence[Twin] = ()) -> str:
        there: dict[Path, list[range]] = {path: [] for path in files}
        for twin in apart_from:
            there[twin.path].append(twin.there)
        rows = {path: pq.read_metadata(path).num_rows for path, known in there.items() if known}
        left = [path for path in files if sum(map(len, there[path])) < rows.get(path, 1)]
        if not left:
            return (
                f"select {empty_columns(self._fields)}, cast(null as varchar) as old_file "
                "where false"
            )
        paths = ", ".join(literal(str(path)) for path in left)
        schema = parquet_schema((f.field_id, f.alias, f.sql_type) for f in self._fields)
        known = [
            f"not (filename = {literal(str(path))} and {_within(rows, 'file_row_number')})"
            for path in left
            for rows in there[path]
        ]
        return (
            f"select {_listed(self._fields)}, filename as old_file from "
            f"read_parquet([{paths}], schema={schema}) where {' and '.join(known) or 'true'}"
        )

    def _changed(self, files: Sequence[Path], twins: Sequence[Twin]) -> str:
        # a row that is told to be gone is none to keep, or none that could be told from others
        without_told = self._removal.hard or (self._removal.whole and not self._keys)
        kept = f"incoming.{self._alive()}" if without_told and self._deleted_at else "true"
        if not files or not self._keys:
            all_new = "select latest.*, null::varchar as old_file from latest"
            return (
                all_new
                if kept == "true"
                else f"{all_new} join incoming using (position) where {kept}"
            )
        differs = " or ".join(
            ["existing.old_file is null"]
            + [f"incoming.{c.alias} is distinct from existing.{c.alias}" for c in self._compared]
        )
        keys = ", ".join(f"incoming.{key.alias}" for key in self._keys)
        return f"""
            select {keys}, incoming.position, existing.old_file
            from (
                select * from incoming where {_apart([twin.arrived for twin in twins])}
            ) as incoming
            left join existing on {_join(self._keys, "incoming", "existing")}
            where ({differs}) and {kept}"""

    def _gone(self) -> str:
        """Rows to remove: lost by their group, told to be deleted, or not in a whole read."""
        columns = f"select {_listed([*self._keys])}{', ' if self._keys else ''}existing.old_file"
        if not self._keys:
            everything = self._removal.whole and self._removal.hard
            return f"{columns} from existing where {'true' if everything else 'false'}"
        unseen = f"anti join latest on {_join(self._keys, 'existing', 'latest')}"
        rows = [f"{columns} from existing where false"]
        if self._removal.named:
            rows.append(
                f"{columns} from existing semi join {self._removal.named} as named "
                f"on {_join(self._keys, 'existing', 'named')}"
            )
        if self._group:
            group = _listed(self._group)
            rows.append(
                f"{columns} from existing semi join (select distinct {group} from arrived) "
                f"as groups on {_join(self._group, 'existing', 'groups')} {unseen}"
            )
        if self._group and self._held is not None:
            # one that is set aside came with another group, and stays in none
            moved = " or ".join(f"existing.{c.alias} <> held.{c.alias}" for c in self._group)
            rows.append(
                f"{columns} from existing semi join (select arrived.* from arrived semi join "
                f"{self._held} as withheld on arrived.position = withheld.position "
                "and withheld.instead is null) as held "
                f"on {_join(self._keys, 'existing', 'held')} and ({moved}) "
                f"semi join (select distinct {group} from arrived) as groups "
                f"on {_join(self._group, 'existing', 'groups')}"
            )
        if self._removal.hard and self._deleted_at:
            rows.append(
                f"{columns} from existing semi join "
                f"(from incoming where {self._deleted_at.alias} is not null) as told "
                f"on {_join(self._keys, 'existing', 'told')}"
            )
        if self._removal.hard and self._removal.whole:
            rows.append(f"{columns} from existing {unseen}")
        return " union ".join(rows)

    def _marked(self) -> str:
        """Rows to mark as deleted: those that a whole read did not see."""
        keys = f"{_listed(self._keys)}, " if self._keys else ""
        columns = f"select {keys}old_file from existing"
        if self._removal.hard or not self._removal.whole:
            return f"{columns} where false"
        if not self._keys:
            return f"{columns} where {self._alive()}"
        return f"""
            {columns}
            anti join latest on {_join(self._keys, "existing", "latest")}
            anti join gone on {_join(self._keys, "existing", "gone")}
            where {self._alive()}"""


def _within(rows: range, column: str = "position") -> str:
    return f"{column} >= {rows.start} and {column} < {rows.stop}"


def _apart(known: Sequence[range]) -> str:
    """SQL: whether a row's position is outside of some stretches."""
    return " and ".join(f"not ({_within(positions)})" for positions in known) or "true"


def _join(columns: Iterable[Field], left: str, right: str) -> str:
    return " and ".join(f"{left}.{c.alias} = {right}.{c.alias}" for c in columns)


def _listed(columns: Iterable[Field]) -> str:
    return ", ".join(column.alias for column in columns)
