"""What a target does with what has arrived: each has its own way."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol

from columnar_target.arrivals.arrivals import Arrivals


class Load(Protocol):
    """One load, from the first message to the last commit."""

    @property
    def arrivals(self) -> Arrivals:
        """What has arrived."""

    @property
    def place(self) -> str:
        """The URL below which this target keeps files: none of them is anybody's BATCH."""

    def foreseen(self) -> AbstractContextManager[None]:
        """Turns what the world does to a load into one sentence.

        Raises:
            TargetError: In place of what disks, networks and services raise.
        """

    def finish(self, state: dict[str, Any] | None) -> None:
        """Publish all that belongs to the load.

        Args:
            state: The latest Singer state.

        Raises:
            TargetError: The load failed; the same input once more makes it right.
        """
