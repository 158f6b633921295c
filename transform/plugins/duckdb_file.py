"""The warehouse's file: one process at a time may write it, so the next one waits its turn."""

# ruff: noqa: INP001 - a module beside the plugin, found by its name in this folder.

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
from dbt_common.exceptions import DbtRuntimeError

PAUSE = 0.5
"""Seconds between two looks at a file that another process holds."""
HELD = re.compile(r"lock is held in (.*?\(PID \d+\))")
"""What DuckDB says then, and who holds it."""


def wait_until_free(warehouse: Path, patience: float, say: Callable[[str], None]) -> None:
    """Make sure that the file can be opened, before dbt tries and shows a traceback.

    Args:
        warehouse: The DuckDB file; its folder is made if need be.
        patience: Seconds to wait for another process to be done with it.
        say: Tells a person, once, that there is something to wait for.

    Raises:
        DbtRuntimeError: Another process holds the file all the time, or it is no DuckDB file.
    """
    deadline = time.monotonic() + patience
    waiting = False
    while True:
        try:
            # On a fresh clone the folder is not there yet.
            warehouse.parent.mkdir(parents=True, exist_ok=True)
            duckdb.connect(warehouse).close()
        except (OSError, duckdb.Error) as error:
            holder = HELD.search(str(error))
            if not holder:
                raise DbtRuntimeError(_unusable(warehouse, error)) from error
            if time.monotonic() >= deadline:
                raise DbtRuntimeError(
                    f"the warehouse {warehouse} is open in another program, {holder[1]}: "
                    "close it there, then run again"
                ) from error
            if not waiting:
                say(
                    f"the warehouse {warehouse} is open in another program, {holder[1]}: "
                    f"waiting up to {patience:g} s for it"
                )
                waiting = True
            time.sleep(PAUSE)
        else:
            return


def _unusable(warehouse: Path, error: Exception) -> str:
    reason = str(error).splitlines()[0]
    return f"the warehouse {warehouse} cannot be opened ({reason}): see DEFTUNES_WAREHOUSE"
