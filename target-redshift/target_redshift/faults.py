"""What disks, networks and services do to a load, in one sentence each."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

import duckdb

from columnar_target.errors import StorageError
from columnar_target.reasons import told

_KEPT = "Nothing of this load is there, and no state is written"
_WORLD: tuple[type[Exception], ...] = (
    OSError,
    duckdb.OperationalError,
    duckdb.InvalidInputException,
)


def _world() -> tuple[type[Exception], ...]:
    """What may be raised; of libraries that are not loaded, nothing can."""
    loaded = sys.modules.get("botocore.exceptions")
    return (*_WORLD, loaded.BotoCoreError, loaded.ClientError) if loaded else _WORLD


@contextlib.contextmanager
def foreseen(where: str) -> Iterator[None]:
    """Turn what the world does to a load into one sentence.

    Args:
        where: Where the load goes.

    Raises:
        StorageError: In place of what disk, network or DuckDB raise. DuckDB's words on data are
            left out: they quote values.
    """
    try:
        yield
    except duckdb.DataError as fault:
        raise StorageError(
            f"Could not load into {where}: a value does not fit its column "
            f"({type(fault).__name__}). {_KEPT}."
        ) from fault
    except _world() as fault:
        raise StorageError(
            f"Could not load into {where}: {told(fault)}. {_KEPT}: run again after that."
        ) from fault
