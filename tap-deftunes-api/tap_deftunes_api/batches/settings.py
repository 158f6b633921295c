"""The setting `batch_config`: the SDK's form of it, with the formats that are ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk import typing as th
from singer_sdk.helpers._batch import BatchConfig

from tap_deftunes_api.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

ROWS_IN_FILE = 100_000
"""What a file holds at most, unless `batch_size` says otherwise."""

COMPRESSIONS = {
    "arrow": ("none", "lz4", "zstd"),
    "parquet": ("zstd", "none", "gzip", "lz4", "snappy"),
}
"""For each format what its files may be compressed with; the first is what they are by default."""

BATCH_CONFIG: th.Property[Any] = th.Property(
    "batch_config",
    th.ObjectType(
        th.Property(
            "encoding",
            th.ObjectType(
                th.Property(
                    "format",
                    th.StringType(allowed_values=sorted(COMPRESSIONS)),
                    required=True,
                    description="`arrow`: Arrow IPC files; `parquet`",
                ),
                th.Property(
                    "compression",
                    th.StringType(allowed_values=sorted({*sum(COMPRESSIONS.values(), ())})),
                    description="arrow: none, lz4, zstd; parquet: zstd, none, gzip, lz4, snappy",
                ),
            ),
            description="What the files are",
        ),
        th.Property(
            "storage",
            th.ObjectType(
                th.Property(
                    "root", th.StringType, required=True, description="Folder: file:///path, …"
                ),
                th.Property("prefix", th.StringType, description="How the files' names begin"),
                th.Property("params", th.ObjectType(), description="Options of fsspec's"),
            ),
            description="Where the files go",
        ),
        th.Property(
            "batch_size",
            th.IntegerType(minimum=1),
            description=f"How many rows a file holds at most, {ROWS_IN_FILE:,} by default",
        ),
    ),
    description="Hand windows over as columns, in Arrow or Parquet files; empty: as RECORDs",
)


def settled(config: Mapping[str, Any] | None) -> BatchConfig | None:
    """The batches a user asks for, with our defaults in place; None for RECORDs.

    Args:
        config: The setting, valid by `BATCH_CONFIG`.

    Raises:
        SettingsError: A part is missing, the format cannot be compressed like that, or nobody knows
            such a place.
    """
    if not config:
        return None
    if not (config.get("encoding") and config.get("storage")):
        raise SettingsError(
            "Setting batch_config needs encoding and storage, or to be empty for RECORDs."
        )
    encoding, storage = config["encoding"], config["storage"]
    allowed = COMPRESSIONS[encoding["format"]]
    compression = encoding.get("compression") or allowed[0]
    if compression not in allowed:
        raise SettingsError(
            f"Setting batch_config asks for {encoding['format']} compressed with {compression}: "
            f"use one of {', '.join(allowed)}."
        )
    batches = BatchConfig.from_dict(
        {
            "storage": {name: value for name, value in storage.items() if value is not None},
            "encoding": {"format": encoding["format"], "compression": compression},
            "batch_size": config.get("batch_size") or ROWS_IN_FILE,
        }
    )
    try:
        batches.storage.get_url("")
    except (ValueError, ImportError, OSError):
        # The root stays out of the sentence: a URL may carry a password.
        raise SettingsError(
            "Setting batch_config.storage.root is no place that can be written to: give a folder, "
            "such as file:///var/tmp/batches, or install what fsspec needs for its scheme."
        ) from None
    return batches
