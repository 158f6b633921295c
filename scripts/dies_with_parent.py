"""End with whoever started us, however they end: Linux sends us a signal then."""

from __future__ import annotations

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1


def die_with(parent: int, signum: signal.Signals = signal.SIGTERM) -> None:
    """Have Linux send us a signal when the thread that started us ends.

    Args:
        parent: The process that started us, as we knew it; if it is gone by now, so are we.
        signum: The signal.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signum), 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signum)
