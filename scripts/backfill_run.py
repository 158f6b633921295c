"""The runs of a back-fill: one of Meltano for each chunk, with a line on the screen and a log."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from backfill_plan import Backfill
from chunks import Chunk
from meltano_process import MeltanoError, follow, surroundings
from merged_rows import merged_rows


class BackfillError(Exception):
    """The back-fill stopped; the text says where and why."""


@dataclass(frozen=True)
class BackfillRun:
    """A back-fill under way.

    Attributes:
        backfill: What was asked for.
        root: The project's folder.
        logs: The folder of the logs, one for each chunk.
        lock: The file that keeps every other back-fill away.
    """

    backfill: Backfill
    root: Path
    logs: Path
    lock: TextIO

    def read_all(self) -> None:
        """Read the chunks that are not done, one after the other, then build the warehouse.

        Raises:
            BackfillError: A run of Meltano failed; what came before it stays done.
        """
        started = time.monotonic()
        done_before = 0
        for number, chunk in enumerate(self.backfill.chunks, 1):
            print(self.backfill.label(number), end="", flush=True)
            if self.backfill.is_done(chunk):
                done_before += 1
                print("  done already", flush=True)
            else:
                self._read(chunk)
        if done_before:
            print(f"  AGAIN=1 reads the {done_before} done already once more", flush=True)
        if self.backfill.with_warehouse:
            # also when all was done: the last back-fill may not have come to it
            print("  the warehouse", end="", flush=True)
            words = self.backfill.words_for_warehouse
            self._meltano("the warehouse", words, {}, self.logs / "warehouse.log")
            print(flush=True)
        print(f"All is read, in {time.monotonic() - started:.1f} s.")

    def _read(self, chunk: Chunk) -> None:
        log = self.logs / f"{chunk.name}.log"
        with self._in_progress(chunk) as was_killed:
            # Meltano would take the run that was killed for alive; as we hold the lock, none is
            words = [*self.backfill.words_for(chunk), *(["--force"] if was_killed else [])]
            self._meltano(f"{chunk}", words, chunk.settings, log)
        print(f"  {merged_rows(log)}", flush=True)

    def _meltano(
        self, title: str, words: Sequence[str], settings: dict[str, str], log: Path
    ) -> None:
        """Run Meltano to its end, as another holder of the lock, and show how long it took."""
        started = time.monotonic()
        environment = {**surroundings(self.root), **settings}
        try:
            with (
                log.open("w", encoding="utf-8", buffering=1) as file,
                closing(follow(self.root, words, environment, file, [self.lock.fileno()])) as run,
            ):
                for _ in run:
                    pass
        except MeltanoError as fault:
            print("  failed", flush=True)
            raise BackfillError(f"{title}: {fault}") from fault
        print(f"{time.monotonic() - started:7.1f} s", end="", flush=True)

    @contextmanager
    def _in_progress(self, chunk: Chunk) -> Iterator[bool]:
        """Keep in the lock's file what is under way; say whether the same was, and had no end."""
        what = f"{self.backfill.states.environment} {chunk.name}"
        self.lock.seek(0)
        was_killed = self.lock.read() == what
        self._note(what)
        try:
            yield was_killed
        except BackfillError:  # Meltano has come to an end, and knows it
            self._note("")
            raise
        self._note("")

    def _note(self, what: str) -> None:
        self.lock.seek(0)
        self.lock.truncate()
        self.lock.write(what)
        self.lock.flush()
