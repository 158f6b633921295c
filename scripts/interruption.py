"""Ctrl-C, SIGTERM, SIGHUP and an alarm as one exception, so that every `finally` runs."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)


class Interrupted(KeyboardInterrupt):
    """A signal asked this process to stop.

    Attributes:
        status: The exit status that tells so to a shell, such as 130 after Ctrl-C.
    """

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.status = 128 + signum


def raise_interruptions() -> None:
    """Raise `Interrupted` on the first such signal; one that is ignored (`nohup`) stays so."""
    for signum in SIGNALS:
        if signal.getsignal(signum) is not signal.SIG_IGN:
            signal.signal(signum, _interrupt)


@contextmanager
def held_back() -> Iterator[None]:
    """Let a signal that comes meanwhile interrupt at the end only."""
    came: list[int] = []
    held = [signum for signum in SIGNALS if signal.getsignal(signum) is _interrupt]
    for signum in held:
        signal.signal(signum, lambda signum, _frame: came.append(signum))
    try:
        yield
    finally:
        for signum in held:
            signal.signal(signum, _interrupt)
    if came:
        _interrupt(came[0], None)


def _interrupt(signum: int, _frame: FrameType | None) -> None:
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)  # the clean-up is under way: let it finish
    raise Interrupted(signum)
