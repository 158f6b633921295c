"""Compare rows that come in about the order in which the table has them, a row group at a time.

A source that is read anew mostly gives its rows as before. Where each of them is in the table is
found by their keys alone; then the columns of one row group are held against those of its
neighbour, so that memory does not grow with the table as it does when whole rows are joined.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from columnar_target.arrivals.staging import StagedFile
from target_s3.iceberg.fields import Field
from target_s3.merging.incoming import positions_of
from target_s3.parquet.footer import Footer
from target_s3.parquet.sameness import alike

Numbers = npt.NDArray[np.int64]

_KEPT = 3
"""So many row groups of what arrived are held at once."""

_SCATTERED = 3
"""Rows are in another order if each row group meets more of the others than this, on average."""


@dataclass(frozen=True)
class _Stretch:
    """A row group that has arrived."""

    footer: Footer
    number: int
    positions: range

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Its rows."""
        with pq.ParquetFile(self.footer.path) as file:
            return file.read_row_group(self.number, columns=columns)


@dataclass
class Arrived:
    """The rows that have arrived, by their positions.

    Attributes:
        files: The staged files, in their order.
    """

    files: Sequence[StagedFile]
    _stretches: list[_Stretch] = field(init=False)
    _ends: Numbers = field(init=False)
    _read: OrderedDict[int, pa.Table] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        self._stretches = []
        for number, file in enumerate(self.files):
            first, footer = 0, Footer(file.path)
            for group, rows in enumerate(footer.row_groups):
                positions = positions_of(number, range(first, first + rows))
                self._stretches.append(_Stretch(footer, group, positions))
                first += rows
        self._ends = np.array([stretch.positions.stop for stretch in self._stretches])

    @property
    def names(self) -> set[str]:
        """The columns that every file has."""
        return set.intersection(*(set(file.schema.names) for file in self.files))

    def __len__(self) -> int:
        """How many row groups they are."""
        return len(self._stretches)

    def met_by(self, positions: Numbers) -> Numbers:
        """The numbers of the row groups with these positions."""
        return np.unique(np.searchsorted(self._ends, positions, side="right"))

    def unlike(
        self, positions: Numbers, footer: Footer, number: int, columns: Sequence[Field]
    ) -> list[Field]:
        """The columns whose values may be others than those of a row group of the table.

        Args:
            positions: For each row of that the position of the one that came, or -1.
            footer: Of the table's file.
            number: Of the row group.
            columns: Those to look at; the others are as they were, by their bytes.
        """
        stretch = self._all_of(positions)
        if stretch is None:
            return list(columns)
        there = stretch.footer.elements
        both = [c for c in columns if c.name in there and c.field_id in footer.names]
        same = alike(
            [stretch.footer.chunk(stretch.number, column.name) for column in both],
            [footer.chunk(number, footer.names[column.field_id]) for column in both],
        )
        known = [column for column, is_same in zip(both, same, strict=True) if is_same]
        return [column for column in columns if column not in known]

    def parts(
        self, positions: Numbers, columns: Sequence[str]
    ) -> Iterator[tuple[npt.NDArray[np.bool_], pa.Table]]:
        """The rows at some positions, as far as each row group has them.

        Args:
            positions: Those of the rows, or -1.
            columns: What is wanted of them, as far as it has come; there may be more.

        Yields:
            Which of the positions it has, and their rows in that order.
        """
        stretch = self._all_of(positions)
        if stretch is not None:
            wanted = [column for column in columns if column in stretch.footer.elements]
            yield np.ones(len(positions), dtype=np.bool_), stretch.read(wanted)
            return
        for number in self.met_by(positions[positions >= 0]):
            here_from = self._stretches[number].positions
            here = (positions >= here_from.start) & (positions < here_from.stop)
            indices = positions[here] - here_from.start
            rows = self._table(int(number))
            if (np.diff(indices) == 1).all():
                yield here, rows.slice(int(indices[0]), len(indices))
            else:
                yield here, rows.take(pa.array(indices))

    def _all_of(self, positions: Numbers) -> _Stretch | None:
        """The row group whose rows these are, all of them and in its order."""
        stretch = self._stretches[int(np.searchsorted(self._ends, positions[0], side="right"))]
        is_whole = positions[0] == stretch.positions.start and len(positions) == len(
            stretch.positions
        )
        return stretch if is_whole and (np.diff(positions) == 1).all() else None

    def _table(self, number: int) -> pa.Table:
        if number not in self._read:
            self._read[number] = self._stretches[number].read()
            while len(self._read) > _KEPT:
                self._read.popitem(last=False)
        self._read.move_to_end(number)
        return self._read[number]


def is_aligned(arrived: Arrived, there: Mapping[Path, Numbers]) -> bool:
    """Whether rows have come in about the order in which they are there.

    Files of other writers may hold columns within columns, which a table has no more: no.

    Args:
        arrived: What has come.
        there: For each row of each of the table's files the position of the one that came, or -1.
    """
    met, groups = 0, len(arrived)
    for path, positions in there.items():
        footer = Footer(path)
        if not footer.is_flat:
            return False
        for rows in _row_groups(footer):
            here = positions[rows.start : rows.stop]
            met += len(arrived.met_by(here[here >= 0]))
            groups += 1
    return met <= _SCATTERED * groups


def differing(
    arrived: Arrived,
    path: Path,
    positions: Numbers,
    compared: Sequence[Field],
    constants: Mapping[str, Any],
) -> Iterator[pa.Table]:
    """The rows of a file that are otherwise in what has arrived.

    Args:
        arrived: What has come.
        path: The file.
        positions: For each of its rows the position of the one that came, or -1.
        compared: The columns that make a difference.
        constants: Those of them that have not come as columns: what they are in every row.

    Yields:
        A few times `position`, `old_row` and `differing`, a text with a 1 for each compared
        column that differs and a 0 for the others.
    """
    footer = Footer(path)
    names = footer.names
    with pq.ParquetFile(path, coerce_int96_timestamp_unit="us") as file:
        for number, rows in enumerate(_row_groups(footer)):
            here = positions[rows.start : rows.stop]
            unlike = arrived.unlike(here, footer, number, compared) if (here >= 0).any() else []
            if not unlike:
                continue
            columns = [names[f.field_id] for f in unlike if f.field_id in names]
            whole = file.read_row_group(number, columns=columns)
            for matched, new in arrived.parts(here, [column.name for column in unlike]):
                old = whole if matched.all() else whole.filter(pa.array(matched))
                flags = np.zeros((int(matched.sum()), len(compared)), dtype=np.uint8)
                for column in unlike:
                    place = compared.index(column)
                    before = _column(old, names.get(column.field_id), column, None)
                    after = _column(new, column.name, column, constants.get(column.name))
                    flags[:, place] = _distinct(before, after)
                changed = flags.any(axis=1)
                if changed.any():
                    yield pa.table(
                        {
                            "position": here[matched][changed],
                            "old_row": np.flatnonzero(matched)[changed] + rows.start,
                            "differing": _texts(flags[changed]),
                        }
                    )


def _texts(flags: npt.NDArray[np.uint8]) -> pa.Array:
    """Each row of flags as a text of zeros and ones."""
    digits = np.ascontiguousarray(flags + ord("0"))
    rows, width = flags.shape
    texts = pa.Array.from_buffers(pa.binary(width), rows, [None, pa.py_buffer(digits)])
    return texts.cast(pa.binary()).cast(pa.string())


def _column(rows: pa.Table, name: str | None, column: Field, constant: Any) -> pa.Array:
    if name is None or name not in rows.column_names:
        return pa.repeat(pa.scalar(constant, column.arrow), rows.num_rows)
    values = rows.column(name).cast(column.arrow)
    return values.combine_chunks() if values.num_chunks != 1 else values.chunk(0)


def _distinct(one: pa.Array, other: pa.Array) -> npt.NDArray[np.bool_]:
    """Where two columns differ; nulls are the same, and so is what is no number."""
    differs = pc.fill_null(pc.not_equal(one, other), fill_value=False)
    if one.null_count or other.null_count:
        differs = pc.or_(differs, pc.xor(one.is_null(), other.is_null()))
    if pa.types.is_floating(one.type):
        same = pc.fill_null(pc.and_(pc.is_nan(one), pc.is_nan(other)), fill_value=False)
        differs = pc.and_not(differs, same)
    return np.asarray(differs.to_numpy(zero_copy_only=False), dtype=np.bool_)


def _row_groups(footer: Footer) -> Iterator[range]:
    first = 0
    for rows in footer.row_groups:
        yield range(first, first + rows)
        first += rows
