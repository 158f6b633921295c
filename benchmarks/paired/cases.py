"""The cases by name, and the sizes at which each is measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from paired import changes, purchases, songs
from paired.contest import Contest


@dataclass(frozen=True)
class Case:
    """A kind of work.

    Attributes:
        contests: Sets up what is measured at a size, with a folder for its files.
        sizes: The sizes of a whole measurement.
    """

    contests: Callable[[int, Path], AbstractContextManager[Contest]]
    sizes: Sequence[int]


CASES = {
    "songs": Case(songs.songs, songs.SIZES),
    "purchases": Case(purchases.purchases, purchases.SIZES),
    "waiting": Case(purchases.waiting, purchases.WAITING_SIZES),
    "snapshot": Case(changes.snapshot, changes.SIZES),
    "few": Case(changes.few, changes.SIZES),
    "many": Case(changes.many, changes.SIZES),
}
