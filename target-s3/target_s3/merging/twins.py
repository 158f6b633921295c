"""Row groups that have arrived just as the table has them, found without decoding a value.

Rows are encoded once and copied into data files. When a source is read anew and a stretch of it has
not changed, the same rows make the same bytes: they need no comparison. Where nothing is found all
is compared, so that only time hangs on it.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from target_s3.arrivals.staging import StagedFile
from target_s3.iceberg.fields import Field, sql_type_of
from target_s3.parquet.footer import Chunk, Footer, FooterError


@dataclass(frozen=True)
class RowGroup:
    """Some of a file's rows.

    Attributes:
        footer: The file's.
        number: The row group's in the file.
        rows: The numbers of its rows in the file.
    """

    footer: Footer
    number: int
    rows: range

    def chunks(self, columns: Sequence[str]) -> list[Chunk]:
        """The bytes of some columns."""
        return [self.footer.chunk(self.number, column) for column in columns]


@dataclass(frozen=True)
class Twin:
    """A row group that has arrived, and the table's that is the same.

    Attributes:
        arrived: Its rows in the staged file.
        path: The table's file.
        there: Its rows in that.
    """

    arrived: range
    path: Path
    there: range


def twins(
    staged: StagedFile,
    files: Sequence[Path],
    fields: Sequence[Field],
    constants: Mapping[str, Any],
) -> Iterator[Twin]:
    """Find the row groups of a staged file that the table has.

    Args:
        staged: The staged file.
        files: Local copies of the table's data files.
        fields: The columns that make a difference.
        constants: Those of them that no staged file has: what they are in every row that arrived.
    """
    sent = {column.name: sql_type_of(column.type) for column in staged.schema}
    same = [field for field in fields if sent.get(field.name) == field.sql_type]
    if {field.name for field in same} != sent.keys() & {field.name for field in fields}:
        return
    arrived = [field.name for field in same]
    others = {f.file_name: constants.get(f.name) for f in fields if f.name not in sent}
    there = [field.file_name for field in same]
    known: dict[tuple[int, ...], list[RowGroup]] = {}
    for group in _row_groups(files, there, others):
        known.setdefault(_size(group.chunks(there)), []).append(group)
    for group in _row_groups([staged.path], arrived, {}) if known else ():
        if not (staged.first <= group.rows.start and group.rows.stop <= staged.end):
            continue
        chunks = group.chunks(arrived)
        alike = known.get(_size(chunks), [])
        twin = next((each for each in alike if _same(chunks, each.chunks(there))), None)
        if twin is not None:
            alike.remove(twin)
            yield Twin(group.rows, twin.footer.path, twin.rows)


def _row_groups(
    paths: Sequence[Path], columns: Sequence[str], others: Mapping[str, Any]
) -> Iterator[RowGroup]:
    """The row groups that have all of these columns, and one value in each of the others."""
    for path in paths:
        with suppress(FooterError):  # of another writer, with columns within columns
            footer, metadata, first = Footer(path), pq.read_metadata(path), 0
            has_all = footer.elements.keys() >= set(columns)
            for number, rows in enumerate(footer.row_groups):
                group = metadata.row_group(number)
                if has_all and all(_is(group, footer, *each) for each in others.items()):
                    yield RowGroup(footer, number, range(first, first + rows))
                first += rows


def _is(group: pq.RowGroupMetaData, footer: Footer, column: str, value: Any) -> bool:
    """Whether a column has this value in all rows, as far as statistics say it."""
    if column not in footer.elements:
        return value is None
    statistics = group.column(list(footer.elements).index(column)).statistics
    if statistics is None or not statistics.has_null_count:
        return False
    if value is None:
        return bool(statistics.null_count == group.num_rows)
    is_one = statistics.has_min_max and statistics.min == statistics.max == value
    return bool(is_one and not statistics.null_count)


def _size(chunks: Sequence[Chunk]) -> tuple[int, ...]:
    return (chunks[0].rows, *(chunk.length for chunk in chunks)) if chunks else ()


def _same(chunks: Sequence[Chunk], others: Sequence[Chunk]) -> bool:
    """Whether chunks are the same, byte by byte."""
    if [chunk.type for chunk in chunks] != [chunk.type for chunk in others]:
        return False
    with ExitStack() as stack:
        here, there = (
            stack.enter_context(_mapped(stack, each[0].path)) for each in (chunks, others)
        )
        return all(
            here[one.start : one.start + one.length] == there[two.start : two.start + two.length]
            for one, two in zip(chunks, others, strict=True)
        )


def _mapped(stack: ExitStack, path: Path) -> closing[mmap.mmap]:
    file = stack.enter_context(path.open("rb"))
    return closing(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
