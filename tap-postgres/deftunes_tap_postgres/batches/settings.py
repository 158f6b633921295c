"""The setting `batch_config`: what the SDK takes, and the formats that are ours."""

from __future__ import annotations

import copy
from typing import Any

from singer_sdk.helpers._batch import BatchConfig

from deftunes_tap_postgres.errors import TapError

ROWS_IN_FILE = 100_000
"""What a file holds at most, unless `batch_size` says otherwise."""

COMPRESSIONS = {
    "arrow": ("none", "lz4", "zstd"),
    "parquet": ("zstd", "none", "gzip", "lz4", "snappy"),
}
"""For each format what its files may be compressed with; the first is what they are by default."""


def widen(schema: dict[str, Any]) -> None:
    """Let a tap's configuration schema take our formats in `batch_config`.

    Args:
        schema: The schema, with the SDK's built-in settings; it is changed in place.
    """
    batches = copy.deepcopy(schema["properties"]["batch_config"])  # the SDK shares its own
    parts = batches["properties"]
    encoding, storage = parts["encoding"], parts["storage"]
    encoding["properties"]["format"]["enum"] = sorted(COMPRESSIONS)
    encoding["properties"]["compression"]["enum"] = sorted(
        {*COMPRESSIONS["arrow"], *COMPRESSIONS["parquet"]}
    )
    encoding["required"], storage["required"] = ["format"], ["root"]
    parts["batch_size"] = {
        "type": ["integer", "null"],
        "minimum": 1,
        "title": "Rows in a file",
        "description": f"How many rows a batch file holds at most, {ROWS_IN_FILE:,} by default.",
    }
    schema["properties"]["batch_config"] = batches


def settled(config: dict[str, Any]) -> BatchConfig:
    """The batches a user asks for, with our defaults in place.

    Args:
        config: The setting, valid by the schema that `widen` makes.

    Raises:
        TapError: A part is missing, or the format cannot be compressed like that.
    """
    if not (config.get("encoding") and config.get("storage")):
        raise TapError(
            "Setting batch_config needs encoding and storage, or to be empty for RECORDs."
        )
    encoding = config["encoding"]
    allowed = COMPRESSIONS[encoding["format"]]
    compression = encoding.get("compression") or allowed[0]
    if compression not in allowed:
        raise TapError(
            f"Setting batch_config asks for {encoding['format']} compressed with {compression}: "
            f"use one of {', '.join(allowed)}."
        )
    return BatchConfig.from_dict(
        {
            "storage": config["storage"],
            "encoding": {"format": encoding["format"], "compression": compression},
            "batch_size": config.get("batch_size") or ROWS_IN_FILE,
        }
    )
