"""The faults this target foresees: each is one sentence for a person and an exit status."""

from __future__ import annotations

from singer_sdk.exceptions import InvalidRecord


class TargetS3Error(Exception):
    """A foreseen fault; its text says what, where, and what to do next."""


class SettingError(TargetS3Error):
    """A setting is missing, contradicts another, or cannot be understood."""


class SchemaError(TargetS3Error):
    """A stream's schema does not fit its table or its settings."""


class StorageError(TargetS3Error):
    """The lake or its catalog could not be read or written."""


class ConcurrentWriteError(TargetS3Error):
    """Another writer kept changing the table while this one tried to commit."""


class RecordError(TargetS3Error, InvalidRecord):
    """A record breaks its stream's schema.

    Names stream, column and the record's key, never a value: values may be personal.
    """

    def __init__(self, sentence: str) -> None:
        InvalidRecord.__init__(self, sentence, {})
