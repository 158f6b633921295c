"""A Parquet file's footer: what its row groups and columns are, and where their bytes lie.

Only what it takes to move columns of plain values from one file to another. Field numbers are those
of https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from target_s3.parquet.compact import Kind, Struct, Values, decode, encode

MAGIC = b"PAR1"
_TAIL = 8
"""Bytes behind the footer: its length, and `MAGIC`."""


class _File(IntEnum):
    VERSION = 1
    SCHEMA = 2
    ROWS = 3
    ROW_GROUPS = 4
    CREATED_BY = 6
    COLUMN_ORDERS = 7


class _Element(IntEnum):
    TYPE = 1
    TYPE_LENGTH = 2
    REPETITION = 3
    NAME = 4
    CHILDREN = 5
    CONVERTED_TYPE = 6
    SCALE = 7
    PRECISION = 8
    FIELD_ID = 9
    LOGICAL_TYPE = 10


class _RowGroup(IntEnum):
    COLUMNS = 1
    BYTES = 2
    ROWS = 3
    OFFSET = 5
    COMPRESSED_BYTES = 6
    NUMBER = 7


class _Column(IntEnum):
    OFFSET = 2
    DESCRIBED = 3


class _Described(IntEnum):
    PATH = 3
    BYTES = 6
    COMPRESSED_BYTES = 7
    DATA_PAGE = 9
    INDEX_PAGE = 10
    DICTIONARY_PAGE = 11
    BLOOM_FILTER = 14
    BLOOM_FILTER_BYTES = 15


class FooterError(ValueError):
    """A file is no Parquet, or none whose columns can be moved."""


_MEANING = (
    *(_Element.TYPE, _Element.TYPE_LENGTH, _Element.REPETITION, _Element.CONVERTED_TYPE),
    *(_Element.SCALE, _Element.PRECISION, _Element.LOGICAL_TYPE),
)
"""What the schema says of a column that decides what its bytes mean."""


@dataclass(frozen=True)
class Chunk:
    """One column's bytes in one row group.

    Attributes:
        path: The file they lie in.
        element: What the file's schema says of the column.
        described: What its footer says of these bytes.
        rows: How many values they hold, nulls among them.
        created_by: Who wrote them.
    """

    path: Path
    element: Struct
    described: Struct
    rows: int
    created_by: bytes

    @property
    def start(self) -> int:
        """Where they begin in the file."""
        pages = [
            _get(self.described, _Described.DATA_PAGE),
            _get(self.described, _Described.DICTIONARY_PAGE, 0),
        ]
        return int(min(page for page in pages if page > 0))

    @property
    def length(self) -> int:
        """How many they are."""
        return int(_get(self.described, _Described.COMPRESSED_BYTES))

    @property
    def decoded_length(self) -> int:
        """How many they are without compression."""
        return int(_get(self.described, _Described.BYTES))

    @property
    def type(self) -> tuple[Any, ...]:
        """What the bytes mean; only chunks of one type can be one column."""
        return tuple(self.element.get(number) for number in _MEANING)


class Footer:
    """The footer of a file."""

    def __init__(self, path: Path) -> None:
        """Read it.

        Raises:
            FooterError: The file is no Parquet, or it is encrypted.
        """
        self.path = path
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(size - _TAIL, 0))
            tail = file.read()
            length = int.from_bytes(tail[:4], "little")
            if tail[4:] != MAGIC or length > size - _TAIL - len(MAGIC):
                raise FooterError(f"{path.name} is no Parquet file")
            file.seek(size - _TAIL - length)
            self._fields = decode(file.read(length))

    @cached_property
    def elements(self) -> dict[str, Struct]:
        """What its schema says of each column, by name.

        Raises:
            FooterError: It has columns within columns.
        """
        if not self.is_flat:
            raise FooterError(f"{self.path.name} has columns within columns")
        return {_get(column, _Element.NAME).decode(): column for column in self._columns}

    @property
    def is_flat(self) -> bool:
        """Whether it has no columns within columns."""
        return not any(_Element.CHILDREN in column for column in self._columns)

    @cached_property
    def names(self) -> dict[int, str]:
        """Its columns' names by their field ids, of those that have one."""
        ids = {name: _get(part, _Element.FIELD_ID, -1) for name, part in self.elements.items()}
        return {field_id: name for name, field_id in ids.items() if field_id >= 0}

    def physical_type(self, column: str) -> int:
        """The number of the type that a column's bytes are of."""
        return int(_get(self.elements[column], _Element.TYPE))

    @property
    def created_by(self) -> bytes:
        """Who wrote the pages: readers know some writers' faults by their names."""
        return bytes(_get(self._fields, _File.CREATED_BY, b""))

    @property
    def row_groups(self) -> list[int]:
        """How many rows each row group has."""
        return [_get(group, _RowGroup.ROWS) for group in self._groups]

    def chunk(self, row_group: int, column: str) -> Chunk:
        """The bytes of a column in a row group."""
        group = self._groups[row_group]
        number = self._numbers[column]
        described = _get(_get(group, _RowGroup.COLUMNS).items[number], _Column.DESCRIBED)
        element = self.elements[column]
        rows = _get(group, _RowGroup.ROWS)
        return Chunk(self.path, element, described, rows, self.created_by)

    @property
    def _columns(self) -> list[Struct]:
        _root, *columns = _get(self._fields, _File.SCHEMA).items
        return list(columns)

    @property
    def _groups(self) -> list[Struct]:
        return list(_get(self._fields, _File.ROW_GROUPS).items)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.elements)}


@dataclass(frozen=True)
class Column:
    """A column of a file to make.

    Attributes:
        name: Its name.
        field_id: Its Iceberg field id.
    """

    name: str
    field_id: int

    def element(self, source: Struct) -> Struct:
        """The schema's part of it, made from that of the file where its bytes come from."""
        named = (Kind.BINARY, self.name.encode())
        return {
            **source,
            _Element.NAME: named,
            _Element.FIELD_ID: (Kind.I32, self.field_id),
        }


def written_footer(
    columns: Sequence[Column], row_groups: Sequence[Sequence[tuple[Chunk, int]]]
) -> bytes:
    """A file's last bytes: its footer, the length of that, and the word that ends it.

    Args:
        columns: The file's columns.
        row_groups: Of each row group (one at least), for each column, whose bytes it has and where
            they begin.
    """
    root: Struct = {
        _Element.NAME: (Kind.BINARY, b"schema"),
        _Element.CHILDREN: (Kind.I32, len(columns)),
    }
    first = [chunk for chunk, _ in row_groups[0]]
    schema = [column.element(chunk.element) for column, chunk in zip(columns, first, strict=True)]
    groups = [_row_group(number, columns, group) for number, group in enumerate(row_groups)]
    # statistics are ordered by the columns' types: without these words readers ignore them
    by_type: Struct = {1: (Kind.STRUCT, {})}
    content = encode(
        {
            _File.VERSION: (Kind.I32, 2),
            _File.SCHEMA: (Kind.LIST, Values(Kind.STRUCT, [root, *schema])),
            _File.ROWS: (Kind.I64, sum(_get(group, _RowGroup.ROWS) for group in groups)),
            _File.ROW_GROUPS: (Kind.LIST, Values(Kind.STRUCT, groups)),
            _File.CREATED_BY: (Kind.BINARY, first[0].created_by),
            _File.COLUMN_ORDERS: (Kind.LIST, Values(Kind.STRUCT, [by_type] * len(columns))),
        }
    )
    return content + len(content).to_bytes(4, "little") + MAGIC


def _row_group(
    number: int, columns: Sequence[Column], chunks: Sequence[tuple[Chunk, int]]
) -> Struct:
    described = [
        _moved(chunk, start, column) for column, (chunk, start) in zip(columns, chunks, strict=True)
    ]
    return {
        _RowGroup.COLUMNS: (Kind.LIST, Values(Kind.STRUCT, described)),
        _RowGroup.BYTES: (Kind.I64, sum(chunk.decoded_length for chunk, _ in chunks)),
        _RowGroup.ROWS: (Kind.I64, chunks[0][0].rows),
        _RowGroup.OFFSET: (Kind.I64, chunks[0][1]),
        _RowGroup.COMPRESSED_BYTES: (Kind.I64, sum(chunk.length for chunk, _ in chunks)),
        _RowGroup.NUMBER: (Kind.I16, number),
    }


_ELSEWHERE = (_Described.INDEX_PAGE, _Described.BLOOM_FILTER, _Described.BLOOM_FILTER_BYTES)
"""Index page and Bloom filter lie outside of a chunk's bytes, and do not come along."""


def _moved(chunk: Chunk, start: int, column: Column) -> Struct:
    """What is said of a chunk, in its new place."""
    described = {
        number: value for number, value in chunk.described.items() if number not in _ELSEWHERE
    }
    described[_Described.PATH] = (Kind.LIST, Values(Kind.BINARY, [column.name.encode()]))
    for page in (_Described.DATA_PAGE, _Described.DICTIONARY_PAGE):
        if _get(described, page, 0) > 0:
            described[page] = (Kind.I64, described[page][1] - chunk.start + start)
    return {_Column.OFFSET: (Kind.I64, 0), _Column.DESCRIBED: (Kind.STRUCT, described)}


def _get(fields: Struct, number: int, otherwise: Any = None) -> Any:
    if number not in fields and otherwise is None:
        raise FooterError(f"a footer lacks field {number}")
    return fields[number][1] if number in fields else otherwise
