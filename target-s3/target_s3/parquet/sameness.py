"""Whether columns of two files are the same, byte by byte: what is need not be decoded."""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from target_s3.parquet.footer import Chunk


def alike(chunks: Sequence[Chunk], others: Sequence[Chunk]) -> Iterator[bool]:
    """Hold chunks against others, one by one.

    Args:
        chunks: Of one file.
        others: As many of another.

    Yields:
        Whether a chunk and its other have the same bytes, which mean the same.
    """
    if not chunks:
        return
    with ExitStack() as stack:
        here, there = (_mapped(stack, each[0].path) for each in (chunks, others))
        for one, two in zip(chunks, others, strict=True):
            yield (
                one.type == two.type
                and one.length == two.length
                and here[one.start : one.start + one.length]
                == there[two.start : two.start + two.length]
            )


def _mapped(stack: ExitStack, path: Path) -> mmap.mmap:
    file = stack.enter_context(path.open("rb"))
    return stack.enter_context(closing(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))
