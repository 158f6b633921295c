"""What disks, networks, services and damaged files do to a load, in one sentence each."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
import traceback
from collections.abc import Iterator

import duckdb
from pyiceberg.exceptions import CommitStateUnknownException, RESTError
from pyiceberg.io import InputFile

from columnar_target.errors import StorageError, TargetError
from columnar_target.reasons import told

_WORLD: tuple[type[Exception], ...] = (
    OSError,
    duckdb.OperationalError,
    duckdb.InvalidInputException,
    sqlite3.Error,
    CommitStateUnknownException,
    RESTError,
)
_WORLD_IF_LOADED = (
    ("sqlalchemy.exc", "SQLAlchemyError"),
    ("botocore.exceptions", "BotoCoreError"),
    ("botocore.exceptions", "ClientError"),
)
"""What can only be raised where a catalog has loaded it: importing it for that would cost."""

_METADATA_READERS = ("pyiceberg.serializers", "pyiceberg.avro", "pyiceberg.manifest")


def _world() -> tuple[type[Exception], ...]:
    """What disks, networks, services and damaged files make libraries raise."""
    loaded = ((sys.modules.get(module), name) for module, name in _WORLD_IF_LOADED)
    return (*_WORLD, *(getattr(module, name) for module, name in loaded if module))


@contextlib.contextmanager
def foreseen(
    lake_url: str,
    *,
    doing: str = "load into",
    kept: str = "No state is written, so nothing is lost",
) -> Iterator[None]:
    """Turn what the world does to a load into one sentence.

    Args:
        lake_url: Where the load goes.
        doing: What is done to the lake.
        kept: What holds although it failed.

    Raises:
        StorageError: In place of what disk, network, catalog or DuckDB raise. DuckDB's words on
            data are left out: they quote values.
    """
    try:
        yield
    except duckdb.DataError as fault:
        raise StorageError(
            f"Could not {doing} {lake_url}: a value does not fit its column "
            f"({type(fault).__name__}). {kept}."
        ) from fault
    except _world() as fault:
        raise StorageError(
            f"Could not {doing} {lake_url}: {told(fault)}. {kept}: run again after that."
        ) from fault
    except TargetError:
        raise
    except Exception as fault:
        file = _unreadable(fault)
        if file is None:
            raise
        raise StorageError(
            f"Could not {doing} {lake_url}: {file} is damaged or cut off ({type(fault).__name__}): "
            f"put back a copy of it. {kept}: run again after that."
        ) from fault


def _unreadable(fault: BaseException) -> str | None:
    """The file of a table's metadata that was being read when something failed, if one was.

    What pyiceberg raises on a damaged file is of no common class and names no file; what it was
    reading does.
    """
    for frame, _line in traceback.walk_tb(fault.__traceback__):
        if frame.f_globals.get("__name__", "").startswith(_METADATA_READERS):
            for value in frame.f_locals.values():
                if isinstance(value, InputFile):
                    return value.location
    return None
