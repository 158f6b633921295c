"""Whether columns and keys of a stream are such as a table can have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from columnar_target.errors import SchemaError


def refuse_clashes(wanted: Sequence[pa.Field], keys: Sequence[str], stream: str) -> None:
    """Make sure that columns and keys are such as a table can have.

    Args:
        wanted: The table's columns: the stream's and the load's own.
        keys: The stream's key columns.
        stream: The stream's name, for messages.

    Raises:
        SchemaError: They are not.
    """
    names = [field.name for field in wanted]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise SchemaError(
            f"Stream {stream!r} has a column named {doubled[0]!r}, which this target adds itself: "
            "rename it in the tap with a stream map."
        )
    odd = [name for name in names if not name or "\0" in name or not _is_unicode(name)]
    if odd:
        raise SchemaError(
            f"Stream {stream!r} has a column named {odd[0]!r}, which no table can have: rename it "
            "in the tap with a stream map."
        )
    missing = [key for key in keys if key not in names]
    if missing:
        raise SchemaError(
            f"Key column {missing[0]!r} is not in the schema of stream {stream!r}: select it in "
            f"the tap, or name other keys in streams.{stream}.keys."
        )
    fractional = [field.name for field in wanted if field.name in keys and _is_float(field.type)]
    if fractional:
        raise SchemaError(
            f"Key column {fractional[0]!r} of stream {stream!r} is a floating-point number, which "
            "identifies nothing: set its type to a decimal, or name other keys in "
            f"streams.{stream}.keys."
        )


def refuse_groups(
    columns: Iterable[str], keys: Sequence[str], replace_by: Sequence[str], stream: str
) -> None:
    """Make sure that `replace_by` names columns of a keyed stream.

    Raises:
        SchemaError: It does not.
    """
    unknown = sorted(set(replace_by) - set(columns))
    if unknown:
        raise SchemaError(
            f"Setting streams.{stream}.replace_by names column {unknown[0]!r}, which the stream "
            "or its table does not have."
        )
    if replace_by and not keys:
        raise SchemaError(
            f"Setting streams.{stream}.replace_by needs keys, and the stream has none: name them "
            f"in streams.{stream}.keys."
        )


def _is_unicode(name: str) -> bool:
    return name.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in name)


def _is_float(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind))
