"""What a load changes in a table, found by DuckDB without holding the rows in Python.

The incoming rows are compared with the table's by key. Only rows that differ are a change, and
only the data files that hold an old copy of one are rewritten.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from target_s3.columns import FIELD_ID
from target_s3.errors import RecordError
from target_s3.fields import Field, literal, named, parquet_schema
from target_s3.tables import INGEST_ON, PROCESSING_TIMESTAMP

_SDC = "_sdc_"


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
    """
    connection = duckdb.connect(str(folder / "merge.duckdb"))
    connection.execute(f"set memory_limit = {literal(memory_limit)}")
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set preserve_insertion_order = false")
    connection.execute("set enable_progress_bar = false")
    return connection


class Merge:
    """One stream's rows against one table; relations live in the connection given.

    `incoming` holds the latest version of each arrived row, `existing` the table's rows,
    `changed` the arrived rows that differ, `gone` the keys that a replaced group lost.
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
        self._stream = stream
        # a difference in these alone is no difference
        self._compared = tuple(
            column
            for column in fields
            if column.name not in {*keys.columns, INGEST_ON, PROCESSING_TIMESTAMP}
            and not column.name.startswith(_SDC)
        )

    def take_in(self, files: Sequence[StagedFile], constants: dict[str, str]) -> int:
        """Read the staged rows and keep the latest version of each.

        Args:
            files: In the order in which their rows arrived.
            constants: SQL expression by column name, for the columns that no file has.

        Returns:
            The number of rows kept.

        Raises:
            RecordError: A key is null.
        """
        arrived = " union all ".join(
            self._staged(number, file, constants) for number, file in enumerate(files)
        )
        self._db.execute(f"create or replace view arrived as {arrived}")
        self._refuse_null_keys()
        self._db.execute(f"create or replace table incoming as {self._latest()}")
        return self._count("incoming")

    def compare(self, files: Sequence[Path]) -> Difference:
        """Find what the incoming rows change.

        Args:
            files: Local copies of all of the table's data files.
        """
        self._db.execute(f"create or replace view existing as {self._existing(files)}")
        if not self._keys:
            return self._all_new()
        self._db.execute(f"create or replace table changed as {self._changed()}")
        self._db.execute(f"create or replace table gone as {self._gone()}")
        inserted, updated = self._one(
            "select count(*) filter (old_file is null), count(old_file) from changed"
        )
        deleted = self._count("gone")
        holders = self._db.execute(
            "select old_file from changed where old_file is not null "
            "union select old_file from gone"
        ).fetchall()
        return Difference(
            inserted=inserted,
            updated=updated,
            deleted=deleted,
            unchanged=self._count("incoming") - inserted - updated,
            files=frozenset(Path(name) for (name,) in holders),
        )

    def result(self, rewritten: Sequence[Path]) -> None:
        """Make the relation `result`: the rows that new data files must hold.

        Args:
            rewritten: The files whose place they take, those of the difference among them.
        """
        rows = f"select {self._list(self._fields)} from changed"
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
            f"select {columns}, {number} as file_number, file_row_number from "
            f"read_parquet({literal(str(file.path))}, schema={schema}, file_row_number=true) "
            f"where file_row_number < {file.rows}"
        )

    def _refuse_null_keys(self) -> None:
        for key in {*self._keys, *self._group}:
            if self._one(f"select count(*) from arrived where {key.alias} is null")[0]:
                raise RecordError(
                    f"Stream {self._stream!r}: a record has no value in the key column "
                    f"{key.name!r}. Correct it at the source, or name other keys in "
                    f"streams.{self._stream}.keys."
                )

    def _latest(self) -> str:
        columns = self._list(self._fields)
        if not self._keys:
            return f"select {columns} from arrived"
        keys = self._list(self._keys)
        if not self._group:
            return f"""
                select {columns} from arrived
                qualify row_number() over (
                    partition by {keys} order by file_number desc, file_row_number desc
                ) = 1"""
        return self._latest_groups(columns, keys)

    def _latest_groups(self, columns: str, keys: str) -> str:
        """The rows of each group's latest version.

        A version is a stretch of consecutive rows of one group in which no key comes twice.
        """
        group = self._list(self._group)
        same_group = " and ".join(
            f"{column.alias} is not distinct from lag({column.alias}) over arrival"
            for column in self._group
        )
        return f"""
            with arrivals as (
                select
                    *,
                    row_number() over (order by file_number, file_row_number) as arrived_at
                from arrived
            ),
            starts as (
                select *, case when {same_group} then 0 else 1 end as starts_stretch
                from arrivals
                window arrival as (order by arrived_at)
            ),
            stretches as (
                select *, sum(starts_stretch) over (order by arrived_at) as stretch from starts
            ),
            copies as (
                select
                    *,
                    row_number() over (partition by stretch, {keys} order by arrived_at) as copy
                from stretches
            ),
            versions as (
                select
                    *,
                    max(copy) over (partition by stretch order by arrived_at) as version
                from copies
            )
            select {columns} from versions
            qualify
                stretch = max(stretch) over (partition by {group})
                and version = max(version) over (partition by stretch)"""

    def _existing(self, files: Sequence[Path]) -> str:
        if not files:
            nulls = ", ".join(f"cast(null as {f.sql_type}) as {f.alias}" for f in self._fields)
            return f"select {nulls}, cast(null as varchar) as old_file where false"
        paths = ", ".join(literal(str(path)) for path in files)
        schema = parquet_schema((f.field_id, f.alias, f.sql_type) for f in self._fields)
        return (
            f"select {self._list(self._fields)}, filename as old_file from "
            f"read_parquet([{paths}], schema={schema}, filename=true)"
        )

    def _changed(self) -> str:
        differs = " or ".join(
            ["existing.old_file is null"]
            + [f"incoming.{c.alias} is distinct from existing.{c.alias}" for c in self._compared]
        )
        return f"""
            select incoming.*, existing.old_file
            from incoming
            left join existing on {self._join(self._keys, "incoming", "existing")}
            where {differs}"""

    def _gone(self) -> str:
        """Keys of rows whose group arrived without them."""
        keys = self._list(self._keys)
        if not self._group:
            return f"select {keys}, old_file from existing where false"
        return f"""
            select {keys}, old_file from existing
            semi join incoming on {self._join(self._group, "existing", "incoming")}
            anti join incoming as arrived_row
                on {self._join(self._keys, "existing", "arrived_row")}"""

    def _all_new(self) -> Difference:
        self._db.execute("create or replace view changed as select * from incoming")
        return Difference(inserted=self._count("incoming"))

    @staticmethod
    def _join(columns: Iterable[Field], left: str, right: str) -> str:
        return " and ".join(f"{left}.{c.alias} = {right}.{c.alias}" for c in columns)

    @staticmethod
    def _list(columns: Iterable[Field]) -> str:
        return ", ".join(column.alias for column in columns)

    def _count(self, relation: str) -> int:
        return self._one(f"select count(*) from {relation}")[0]

    def _one(self, query: str) -> tuple[int, ...]:
        row = self._db.execute(query).fetchone()
        if row is None:  # pragma: no cover
            raise AssertionError("an aggregate returns a row")
        return row
