"""Make a Parquet file of columns that lie in others, copying their bytes as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from target_s3.parquet.footer import MAGIC, Chunk, Column, FooterError, written_footer

_AT_ONCE = 4 * 1024 * 1024
"""Bytes copied at a time."""


def stitch(path: Path, columns: Sequence[Column], row_groups: Sequence[Sequence[Chunk]]) -> None:
    """Write a file whose columns are chunks of other files.

    Nothing is decoded: pages stay as they were written and compressed, statistics come along.
    Their indexes and Bloom filters do not.

    Args:
        path: The file to write.
        columns: Its columns.
        row_groups: Of each row group (one at least), the chunk for each column.

    Raises:
        FooterError: Chunks of a column differ in their type, or those of a row group in their rows.
    """
    for group in row_groups:
        _check(columns, row_groups[0], group)
    placed: list[list[tuple[Chunk, int]]] = []
    paths = {chunk.path for group in row_groups for chunk in group}
    with path.open("wb") as file, ExitStack() as stack:
        sources = {source: stack.enter_context(source.open("rb")) for source in paths}
        file.write(MAGIC)
        for group in row_groups:
            placed.append([])
            for chunk in group:
                placed[-1].append((chunk, file.tell()))
                for piece in _pieces(sources[chunk.path], chunk):
                    file.write(piece)
        file.write(written_footer(columns, placed))


def _check(columns: Sequence[Column], first: Sequence[Chunk], group: Sequence[Chunk]) -> None:
    for column, here, there in zip(columns, first, group, strict=True):
        if here.type != there.type:
            raise FooterError(f"column {column.name!r} would be of two types")
    if len({chunk.rows for chunk in group}) != 1:
        raise FooterError("columns of one row group would have different numbers of rows")


def _pieces(source: BinaryIO, chunk: Chunk) -> Iterator[bytes]:
    source.seek(chunk.start)
    left = chunk.length
    while left:
        piece = source.read(min(left, _AT_ONCE))
        if not piece:
            raise FooterError(f"{chunk.path.name} ends within a column")
        left -= len(piece)
        yield piece
