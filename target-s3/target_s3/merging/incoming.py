"""The rows that a load brings, as relations of DuckDB: what arrived, and the latest of each."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from columnar_target.arrivals.staging import StagedFile
from columnar_target.errors import RecordError
from columnar_target.records.columns import FIELD_ID
from columnar_target.records.types import is_wider
from columnar_target.relations.latest import latest_versions, none_comes_twice
from columnar_target.relations.sql import literal, parquet_schema, sql_type_of
from target_s3.iceberg.fields import Field, empty_columns, named
from target_s3.merging.existing import listed
from target_s3.merging.keys import Keys, has_no_null, named_key, refuse_null

_ROWS_OF_A_FILE = 2**40
"""A row's position is its file's number times this, and its number in the file."""


LATEST = "latest_versions"
"""The table behind `latest`, where some rows come more than once."""


class Incoming:
    """A stream's staged rows under a table's aliases; relations live in the connection given.

    `arrived` holds all rows of the load with their position in the order of arrival, `latest` the
    keys and position of each row's latest version, `incoming` those versions whole.

    Attributes:
        files: The staged files, in the order in which their rows arrived.
        all_once: Whether no row comes more than once.
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
        self._arrived = 0
        self.files: tuple[StagedFile, ...] = ()
        self.all_once = False

    def take_in(self, files: Sequence[StagedFile], constants: dict[str, str]) -> None:
        """Read the staged rows and find the latest version of each.

        Args:
            files: In the order in which their rows arrived; none if a whole read found nothing.
            constants: SQL expression by column name, for the columns that no file has.

        Raises:
            RecordError: A key is null, or a value does not fit the table's narrower column.
        """
        self.files = tuple(files)
        for file in files:
            self._refuse_unfit(file)
        arrived = " union all ".join(
            self._staged(number, file, constants) for number, file in enumerate(files)
        )
        self._db.execute(f"create or replace view arrived as {arrived or self._nothing()}")
        self._refuse_nulls()
        self._arrived = count(self._db, "arrived")
        self.all_once = not self._keys or none_comes_twice(
            self._db, listed(self._keys), self._arrived
        )
        if self.all_once:
            self._db.execute(f"create or replace view latest as {self._placed()}")
        else:
            latest = latest_versions(
                [key.alias for key in self._keys], [column.alias for column in self._group]
            )
            self._db.execute(f"create or replace table {LATEST} as {latest}")
            self._db.execute(f"create or replace view latest as select * from {LATEST}")
        self._db.execute(f"create or replace view incoming as {self.rows_of('latest', once=True)}")

    def _placed(self) -> str:
        """SQL: keys and position of all rows."""
        return f"select {listed([*self._keys])}{', ' if self._keys else ''}position from arrived"

    def correct(self, withheld: str) -> None:
        """Let earlier versions be the latest where a relation names them.

        Args:
            withheld: A relation of positions, and that of the row which counts instead.
        """
        self._db.execute(
            f"update {LATEST} set position = instead from {withheld} as held "
            f"where {LATEST}.position = held.position and instead is not null"
        )

    def is_all(self, relation: str) -> bool:
        """Whether a relation that has no position twice has them all."""
        return count(self._db, relation) == self._arrived

    def rows_of(self, relation: str, *, once: bool) -> str:
        """SQL: the arrived rows at the positions of a relation; all, where it has them all.

        Args:
            relation: The relation.
            once: Whether it certainly has no position twice.
        """
        distinct = relation if once else f"(select distinct position from {relation})"
        if count(self._db, relation) >= self._arrived == count(self._db, distinct):
            return "select * from arrived"
        return f"select arrived.* from arrived semi join {relation} using (position)"

    def _staged(self, number: int, file: StagedFile, constants: dict[str, str]) -> str:
        """Rows of one file under the table's aliases, with their place in the order of arrival."""
        there = _field_ids(file)
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
            f"read_parquet({literal(str(file.path))}, schema={schema}) where {_belongs(file)}"
        )

    def _nothing(self) -> str:
        return f"select {empty_columns(self._fields)}, 0::bigint as position where false"

    def _refuse_unfit(self, file: StagedFile) -> None:
        """Where the table's column is narrower than the stream's, each value must fit it."""
        there = _field_ids(file)
        sent = {column.name: sql_type_of(column.type) for column in file.schema}
        for column in self._fields:
            if column.name not in there or sent[column.name] == column.sql_type:
                continue
            if is_wider(column.arrow, file.schema.field(column.name).type):
                continue
            keys = [key for key in self._keys if key.name in there and key is not column]
            schema = parquet_schema(
                [
                    (there[column.name], "value", sent[column.name]),
                    *((there[key.name], key.alias, sent[key.name]) for key in keys),
                ]
            )
            there_and_back = f"cast(try_cast(value as {column.sql_type}) as {sent[column.name]})"
            unfit = self._db.execute(
                f"select {listed(keys) or 'null'} from "
                f"read_parquet({literal(str(file.path))}, schema={schema}) "
                f"where {_belongs(file)} and {there_and_back} is distinct from value limit 1"
            ).fetchone()
            if unfit is not None:
                raise RecordError(
                    f"Stream {self._stream!r}: the value of column {column.name!r} in the record "
                    f"with {named_key(keys, unfit) or 'no other key'} does not fit the table's "
                    f"{column.sql_type}. Correct it at the source, or set schema_changes to "
                    f"evolve in streams.{self._stream}, which widens the column."
                )

    def _refuse_nulls(self) -> None:
        for column in dict.fromkeys((*self._keys, *self._group)):
            if not has_no_null(column.name, self.files):
                refuse_null(self._db, column, self._keys, self._fields, self._stream)


def positions_of(number: int, rows: range) -> range:
    """The positions of rows of a file.

    Args:
        number: The file's number.
        rows: The rows' numbers in it.
    """
    first = number * _ROWS_OF_A_FILE
    return range(first + rows.start, first + rows.stop)


def count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    """How many rows a relation has."""
    row = connection.execute(f"select count(*) from {relation}").fetchone()
    return int(row[0]) if row else 0


def _field_ids(file: StagedFile) -> dict[str, int]:
    return {column.name: int(column.metadata[FIELD_ID]) for column in file.schema}


def _belongs(file: StagedFile) -> str:
    return f"file_row_number >= {file.first} and file_row_number < {file.end}"
