"""The faults this target foresees: each is one sentence for a person and an exit status."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from collections.abc import Iterator
from typing import ClassVar

import duckdb
from pyiceberg.exceptions import CommitStateUnknownException, RESTError
from singer_sdk.exceptions import InvalidRecord

from target_s3.reasons import told, unreadable


class TargetS3Error(Exception):
    """A foreseen fault; its text says what, where, and what to do next.

    Attributes:
        exit_status: Of the process that it ends.
    """

    exit_status: ClassVar[int] = 1


class SettingError(TargetS3Error):
    """A setting is missing, contradicts another, or cannot be understood."""


class SchemaError(TargetS3Error):
    """A stream's schema does not fit its table or its settings."""


class StorageError(TargetS3Error):
    """The lake or its catalog could not be read or written."""


class ConcurrentWriteError(TargetS3Error):
    """Another writer kept changing the table while this one tried to commit."""


class QualityError(TargetS3Error):
    """A rule stopped a load."""

    exit_status = 3


class RecordError(TargetS3Error, InvalidRecord):
    """A record breaks its stream's schema.

    Names stream, column and the record's key, never a value: values may be personal.
    """

    def __init__(self, sentence: str) -> None:
        InvalidRecord.__init__(self, sentence, {})
        # without the SDK's words before it
        self.args = (sentence,)


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
    except TargetS3Error:
        raise
    except Exception as fault:
        file = unreadable(fault)
        if file is None:
            raise
        raise StorageError(
            f"Could not {doing} {lake_url}: {file} is damaged or cut off ({type(fault).__name__}): "
            f"put back a copy of it. {kept}: run again after that."
        ) from fault
