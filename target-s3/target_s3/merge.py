"""What a load changes in a table, found by DuckDB without holding the rows in Python.

The incoming rows are compared with the table's by key. Only rows that differ are a change, and
only the data files that hold an old copy of one are rewritten. Tables made on the way hold keys
and positions, never whole rows: those are read from their files when they are needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from target_s3.columns import FIELD_ID
from target_s3.errors import RecordError, SettingError
from target_s3.fields import Field, literal, named, parquet_schema
from target_s3.tables import INGEST_ON, PROCESSING_TIMESTAMP

LOADS_OWN = frozenset(
    {
        INGEST_ON,
        PROCESSING_TIMESTAMP,
        "_sdc_batched_at",
        "_sdc_extracted_at",
        "_sdc_received_at",
        "_sdc_sequence",
        "_sdc_sync_started_at",
    }
)
"""Columns that speak of the load, not of the row: a difference in these alone is none."""

_ROWS_OF_A_FILE = 2**40
"""A row's position is its file's number times this, and its number in the file."""


@dataclass(frozen=True)
class StagedFile:
    """A file of rows as they arrived.

    Attributes:
        path: Parquet whose columns carry field ids.
        schema: Its schema.
        rows: How many of its rows, from the first, belong to the load.
    """

    path: Path
    schema: pa.Schema
    rows: int


@dataclass(frozen=True)
class Keys:
    """What identifies rows: by `columns` one row, by `group` rows that are replaced together."""

    columns: tuple[str, ...]
    group: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """How many rows a load changes, and which of the table's files hold old copies of them."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0
    files: frozenset[Path] = field(default_factory=frozenset)

    @property
    def is_empty(self) -> bool:
        """Whether the table already says what the load says."""
        return not (self.inserted or self.updated or self.deleted)


def connect(folder: Path, *, memory_limit: str) -> duckdb.DuckDBPyConnection:
    """A DuckDB that spills into a folder rather than grow.

    Args:
        folder: For its database and what it spills.
        memory_limit: In DuckDB's notation.

    Raises:
        SettingError: The memory limit cannot be understood.
    """
    connection = duckdb.connect(str(folder / "merge.duckdb"))
    try:
        connection.execute(f"set memory_limit = {literal(memory_limit)}")
    except (duckdb.ParserException, duckdb.InvalidInputException) as fault:
        connection.close()
        raise SettingError(
            f"Setting memory_limit is {memory_limit!r}: write a number and a unit, such as 2GB."
        ) from fault
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set preserve_insertion_order = false")
    connection.execute("set enable_progress_bar = false")
    return connection


class Merge:
    """One stream's rows against one table; relations live in the connection given.

    `arrived` holds all staged rows, `latest` the positions of each row's latest version,
    `existing` the table's rows, `changed` the keys and positions of arrived rows that differ,
    `gone` the keys that a replaced group lost.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        fields: Sequence[Field],
        keys: Keys,
        *,
        stream: str,
    ) -> None:
        self._db = connection
        self._fields = tuple(fields)
        self._keys = named(fields, keys.columns)
        self._group = named(fields, keys.group)
        self._arrived = 0
        self._stream = stream
        self._compared = tuple(
            column
            for column in fields
            if column.name not in keys.columns and column.name not in LOADS_OWN
        )

    def take_in(self, files: Sequence[StagedFile], constants: dict[str, str]) -> None:
        """Read the staged rows and find the latest version of each.

        Args:
            files: In the order in which their rows arrived.
            constants: SQL expression by column name, for the columns that no file has.

        Raises:
            RecordError: A key is null.
        """
        arrived = " union all ".join(
            self._staged(number, file, constants) for number, file in enumerate(files)
        )
        self._db.execute(f"create or replace view arrived as {arrived}")
        self._refuse_nulls()
        self._db.execute(f"create or replace table latest as {self._latest()}")
        self._arrived = self._count("arrived")
        self._db.execute(f"create or replace view incoming as {self._rows_of('latest')}")

    def compare(self, files: Sequence[Path]) -> Difference:
        """Find what the incoming rows change.

        Args:
            files: Local copies of all of the table's data files.
        """
        self._db.execute(f"create or replace view existing as {self._existing(files)}")
        all_new = not files or not self._keys
        self._db.execute(
            "create or replace table changed as "
            + ("select *, null::varchar as old_file from latest" if all_new else self._changed())
        )
        self._db.execute(f"create or replace table gone as {self._gone()}")
        self._db.execute(f"create or replace view new_rows as {self._rows_of('changed')}")
        updated = self._count("changed where old_file is not null")
        inserted = self._count("changed") - updated
        holders = self._db.execute(
            "select old_file from changed where old_file is not null "
            "union select old_file from gone"
        ).fetchall()
        return Difference(
            inserted=inserted,
            updated=updated,
            deleted=self._count("gone"),
            unchanged=self._count("latest") - inserted - updated,
            files=frozenset(Path(name) for (name,) in holders),
        )

    def result(self, rewritten: Sequence[Path]) -> None:
        """Make the view `result`: the rows that new data files must hold.

        Args:
            rewritten: The files whose place they take, those of the difference among them.
        """
        rows = f"select {self._list(self._fields)} from new_rows"
        if rewritten:
            rows += f" union all {self._survivors(rewritten)}"
        self._db.execute(f"create or replace view result as {rows}")

    def _survivors(self, rewritten: Sequence[Path]) -> str:
        """A rewritten file's other rows: those without a newer version or a lost place."""
        rows = f"select {self._list(self._fields)} from ({self._existing(rewritten)}) as old"
        if not self._keys:
            return rows
        keys = self._list(self._keys)
        return f"""{rows}
            anti join (
                select {keys} from changed union all select {keys} from gone
            ) as new on {self._join(self._keys, "old", "new")}"""

    def _staged(self, number: int, file: StagedFile, constants: dict[str, str]) -> str:
        """Rows of one file under the table's aliases, with their place in the order of arrival."""
        there = {column.name: int(column.metadata[FIELD_ID]) for column in file.schema}
        found = [column for column in self._fields if column.name in there]
        schema = parquet_schema(
            (there[column.name], column.alias, column.sql_type) for column in found
        )
        columns = ", ".join(
            column.alias
            if column.name in there
            else f"cast({constants.get(column.name, 'null')} as {column.sql_type}) "
            f"as {column.alias}"
            for column in self._fields
        )
        return (
            f"select {columns}, {number * _ROWS_OF_A_FILE} + file_row_number as position from "
            f"read_parquet({literal(str(file.path))}, schema={schema}) "
            f"where file_row_number < {file.rows}"
        )

    def _refuse_nulls(self) -> None:
        for column in dict.fromkeys((*self._keys, *self._group)):
            if self._count(f"arrived where {column.alias} is null"):
                raise RecordError(
                    f"Stream {self._stream!r}: a record has no value in column {column.name!r}, "
                    f"which is one of its keys. Correct it at the source, or change keys and "
                    f"replace_by of streams.{self._stream}."
                )

    def _latest(self) -> str:
        """Keys and position of the latest version of each row."""
        if not self._keys:
            return "select position from arrived"
        keys = self._list(self._keys)
        if not self._group:
            return f"select {keys}, max(position) as position from arrived group by {keys}"
        # a group's version lasts until one of its keys comes again
        group = self._list(self._group)
        return f"""
            with copies as (
                select
                    {self._list(dict.fromkeys((*self._keys, *self._group)))},
                    position,
                    row_number() over (partition by {keys} order by position) as copy
                from arrived
            ),
            versions as (
                select *, max(copy) over (partition by {group} order by position) as version
                from copies
            )
            select {keys}, position from versions
            qualify version = max(version) over (partition by {group})"""

    def _rows_of(self, positions: str) -> str:
        """The arrived rows at the positions of a table; all of them, where it has them all."""
        if self._count(positions) == self._arrived:
            return "select * from arrived"
        return f"select arrived.* from arrived semi join {positions} using (position)"

    def _existing(self, files: Sequence[Path]) -> str:
        if not files:
            nulls = ", ".join(f"cast(null as {f.sql_type}) as {f.alias}" for f in self._fields)
            return f"select {nulls}, cast(null as varchar) as old_file where false"
        paths = ", ".join(literal(str(path)) for path in files)
        schema = parquet_schema((f.field_id, f.alias, f.sql_type) for f in self._fields)
        return (
            f"select {self._list(self._fields)}, filename as old_file from "
            f"read_parquet([{paths}], schema={schema})"
        )

    def _changed(self) -> str:
        differs = " or ".join(
            ["existing.old_file is null"]
            + [f"incoming.{c.alias} is distinct from existing.{c.alias}" for c in self._compared]
        )
        keys = ", ".join(f"incoming.{key.alias}" for key in self._keys)
        return f"""
            select {keys}, incoming.position, existing.old_file
            from incoming
            left join existing on {self._join(self._keys, "incoming", "existing")}
            where {differs}"""

    def _gone(self) -> str:
        """Keys of rows whose group arrived without them."""
        keys = self._list(self._keys)
        columns = f"{keys}, old_file" if keys else "old_file"
        if not self._group:
            return f"select {columns} from existing where false"
        group = self._list(self._group)
        return f"""
            select {columns} from existing
            semi join (select distinct {group} from arrived) as groups
                on {self._join(self._group, "existing", "groups")}
            anti join latest on {self._join(self._keys, "existing", "latest")}"""

    @staticmethod
    def _join(columns: Iterable[Field], left: str, right: str) -> str:
        return " and ".join(f"{left}.{c.alias} = {right}.{c.alias}" for c in columns)

    @staticmethod
    def _list(columns: Iterable[Field]) -> str:
        return ", ".join(column.alias for column in columns)

    def _count(self, relation: str) -> int:
        row = self._db.execute(f"select count(*) from {relation}").fetchone()
        return int(row[0]) if row else 0
