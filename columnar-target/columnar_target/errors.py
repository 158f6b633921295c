"""The faults that targets foresee: each is one sentence for a person and an exit status."""

from __future__ import annotations

from typing import ClassVar

from singer_sdk.exceptions import InvalidRecord


class TargetError(Exception):
    """A foreseen fault; its text says what, where, and what to do next.

    Attributes:
        exit_status: Of the process that it ends.
    """

    exit_status: ClassVar[int] = 1


class SettingError(TargetError):
    """A setting is missing, contradicts another, or cannot be understood."""


class SchemaError(TargetError):
    """A stream's schema does not fit its table or its settings."""


class StorageError(TargetError):
    """Where the target stores rows could not be read or written."""


class ConcurrentWriteError(TargetError):
    """Another writer kept changing the table while this one tried to commit."""


class QualityError(TargetError):
    """A rule stopped a load."""

    exit_status = 3


class RecordError(TargetError, InvalidRecord):
    """A record breaks its stream's schema.

    Names stream, column and the record's key, never a value: values may be personal.
    """

    def __init__(self, sentence: str) -> None:
        InvalidRecord.__init__(self, sentence, {})
        # without the SDK's words before it
        self.args = (sentence,)
