"""Runs `target-redshift`, and ends it by a signal just before or after its n-th effect.

    python killed_at.py path/to/target-redshift --config config.json

An effect is what the warehouse, S3 or the tap could notice: a statement, a file put or removed, a
STATE line. Effects are counted from 1, once before and once after each. `CHAOS_AT` says at which
to end, by its number or by how its label begins; `CHAOS_SIGNAL` by what (KILL by default).
`CHAOS_TRACE` names a file that gets a line for each.

It runs in the process that it ends, so it stands by itself: nothing of this folder is imported.
"""

from __future__ import annotations

import os
import re
import runpy
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Any

import redshift_connector

from columnar_target.storage.storage import Storage
from target_redshift.target import TargetRedshift

_OWN_NAMES = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=s3://)\S+(?=/target-redshift)")
_LONGEST_LABEL = 60


class Effects:
    """Counts effects, and ends the process at the one that was asked for."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._at = environment.get("CHAOS_AT") or "no effect"
        self._signum = signal.Signals[f"SIG{environment.get('CHAOS_SIGNAL') or 'KILL'}"]
        trace = environment.get("CHAOS_TRACE")
        self._trace = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) if trace else None
        self._count = 0

    def happens(self, name: str) -> None:
        """Something is about to be done, or has just been done."""
        self._count += 1
        if self._trace is not None:
            os.write(self._trace, f"{name}\n".encode())
        if self._at == str(self._count) or name.startswith(self._at):
            self._at = "no effect"
            os.kill(os.getpid(), self._signum)

    def around(self, owner: Any, name: str, label: Callable[..., str]) -> None:
        """Count a method: once before each call and once after."""
        real = getattr(owner, name)

        def counted(*args: Any, **kwargs: Any) -> Any:
            said = _OWN_NAMES.sub("…", label(*args))[:_LONGEST_LABEL]
            self.happens(f"before {said}")
            result = real(*args, **kwargs)
            self.happens(f"after {said}")
            return result

        setattr(owner, name, counted)


if __name__ == "__main__":
    del sys.path[0]  # the folder of this file is no place to import from
    sys.dont_write_bytecode = True
    effects = Effects(os.environ)
    effects.around(redshift_connector.Cursor, "execute", lambda _, sql, *__: sql)
    effects.around(Storage, "put", lambda _, __, url: f"put {url}")
    effects.around(Storage, "remove", lambda _, path: f"remove {path}")
    effects.around(TargetRedshift, "_write_state_message", lambda *_: "STATE")
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")
