"""A back-fill as it was asked for: its chunks, what is done of them, and what is run for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chunks import EXTRACTOR, LOADER, Chunk
from meltano_state import PipelineStates

WAREHOUSE = "dbt:build"


@dataclass(frozen=True)
class Backfill:
    """What was asked for.

    Attributes:
        chunks: The days, in order.
        states: What Meltano knows of them.
        with_warehouse: Whether the warehouse is built when all of them are read.
    """

    chunks: Sequence[Chunk]
    states: PipelineStates
    with_warehouse: bool

    def is_done(self, chunk: Chunk) -> bool:
        """Tell whether a chunk has been read and published."""
        return chunk.is_done(self.states.bookmarks(chunk.name))

    def forget(self) -> None:
        """Have all chunks read again, also should this be stopped before it comes to them."""
        for chunk in self.chunks:
            self.states.forget(chunk.name)

    @property
    def words_for_warehouse(self) -> list[str]:
        """What is typed after `meltano` to build the warehouse."""
        return self._words(WAREHOUSE)

    def words_for(self, chunk: Chunk) -> list[str]:
        """Give what is typed after `meltano` to read a chunk."""
        return self._words(f"--state-id-suffix={chunk.name}", EXTRACTOR, LOADER)

    def label(self, number: int) -> str:
        """Name a chunk, counted from 1, in a line of its own."""
        count = len(self.chunks)
        return f"  {number:>{len(str(count))}} of {count}  {self.chunks[number - 1]}"

    def _words(self, *blocks: str) -> list[str]:
        return [f"--environment={self.states.environment}", "run", *blocks]
