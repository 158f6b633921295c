"""Row groups that have arrived just as the table has them, found without decoding a value.

Rows are encoded once and copied into data files. When a source is read anew and a stretch of it has
not changed, the same rows make the same bytes: they need no comparison. Where nothing is found all
is compared, so that only time hangs on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from columnar_target.arrivals.staging import FEWEST_ROWS, StagedFile
from columnar_target.records.columns import FIELD_ID
from columnar_target.relations.sql import sql_type_of
from target_s3.iceberg.fields import Field
from target_s3.parquet.footer import Chunk, Footer
from target_s3.parquet.sameness import alike

Size = tuple[int, ...]
"""The rows of a row group, and the bytes of some of its columns."""


@dataclass(frozen=True)
class Twin:
    """A row group that has arrived, and the table's that is the same.

    Attributes:
        file: The number of the staged file.
        arrived: Its rows in the staged file.
        path: The table's file.
        there: Its rows in that.
    """

    file: int
    arrived: range
    path: Path
    there: range


@dataclass(frozen=True)
class _RowGroup:
    path: Path
    number: int
    rows: range


class _Footers(dict[Path, Footer]):
    """Each file's footer, read when it is asked for and once."""

    def __missing__(self, path: Path) -> Footer:
        self[path] = Footer(path)
        return self[path]

    def chunks(self, group: _RowGroup, columns: Sequence[str]) -> list[Chunk]:
        """The bytes of some columns of a row group."""
        return [self[group.path].chunk(group.number, column) for column in columns]


def find_twins(
    staged: Sequence[StagedFile],
    files: Sequence[Path],
    fields: Sequence[Field],
    constants: Mapping[str, Any],
) -> Iterator[Twin]:
    """Find the row groups of staged files that the table has.

    Args:
        staged: The staged files, of one schema; of several, nothing is found.
        files: Local copies of the table's data files.
        fields: The columns that make a difference.
        constants: Those of them that no staged file has: what they are in every row that arrived.
    """
    sent = {column.name: sql_type_of(column.type) for column in staged[0].schema} if staged else {}
    sent_so = [field for field in fields if sent.get(field.name) == field.sql_type]
    others = {f.field_id: constants.get(f.name) for f in fields if f.name not in sent}
    of_one_schema = all(file.schema.equals(staged[0].schema) for file in staged)
    if not of_one_schema or len(sent_so) + len(others) != len(fields):
        return
    names = [field.name for field in sent_so]
    arrived = _arrived(staged, names)
    footers = _Footers()
    for path in files if arrived else ():
        ids = _names(path)
        if any(field.field_id not in ids for field in sent_so):
            continue
        there = [ids[field.field_id] for field in sent_so]
        for group, size in _sizes(path, there):
            if size not in arrived or not _is(group, ids, others):
                continue
            chunks = footers.chunks(group, there)
            same = (
                each for each in arrived[size] if all(alike(chunks, footers.chunks(each[1], names)))
            )
            found = next(same, None)
            if found is not None:
                arrived[size].remove(found)
                yield Twin(found[0], found[1].rows, path, group.rows)


def _arrived(
    staged: Sequence[StagedFile], columns: Sequence[str]
) -> dict[Size, list[tuple[int, _RowGroup]]]:
    """The row groups of staged files that are large enough, with their files' numbers."""
    found: dict[Size, list[tuple[int, _RowGroup]]] = {}
    for number, file in enumerate(staged):
        for group, size in _sizes(file.path, columns):
            is_whole = file.first <= group.rows.start and group.rows.stop <= file.end
            # what is left for a file's last one may be small
            if is_whole and (len(group.rows) >= FEWEST_ROWS or group.number):
                found.setdefault(size, []).append((number, group))
    return found


def _names(path: Path) -> dict[int, str]:
    """The names of a file's columns by their field ids; none if it has columns within columns."""
    metadata = pq.read_metadata(path)
    schema = metadata.schema.to_arrow_schema()
    if len(schema) != metadata.num_columns:
        return {}
    ids = ((column.metadata or {}).get(FIELD_ID) for column in schema)
    return {int(found): name for found, name in zip(ids, schema.names, strict=True) if found}


def _sizes(path: Path, columns: Sequence[str]) -> Iterator[tuple[_RowGroup, Size]]:
    metadata, first = pq.read_metadata(path), 0
    places = _places(metadata)
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        rows = range(first, first + group.num_rows)
        bytes_of = (group.column(places[name]).total_compressed_size for name in columns)
        yield _RowGroup(path, number, rows), (len(rows), *bytes_of)
        first = rows.stop


def _places(metadata: pq.FileMetaData) -> dict[str, int]:
    return {metadata.schema.column(place).path: place for place in range(metadata.num_columns)}


def _is(group: _RowGroup, names: Mapping[int, str], others: Mapping[int, Any]) -> bool:
    """Whether columns have one value in all rows, as far as statistics say it."""
    metadata = pq.read_metadata(group.path)
    places = _places(metadata)
    described = metadata.row_group(group.number)
    for field_id, value in others.items():
        if field_id not in names:
            if value is not None:
                return False
            continue
        known = described.column(places[names[field_id]]).statistics
        if known is None or not known.has_null_count:
            return False
        if value is None and known.null_count != len(group.rows):
            return False
        is_one = known.has_min_max and known.min == known.max == value and not known.null_count
        if value is not None and not is_one:
            return False
    return True
