"""A target as the SDK's template makes it, with every default: the peer of `target_record_speed`.

It writes what it gets to one Parquet file a batch and merges nothing, so it does less than ours.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq
from singer_sdk import Target
from singer_sdk import typing as th
from singer_sdk.sinks import BatchSink


class StockSink(BatchSink):
    """Keeps a batch's records and writes them as Parquet."""

    max_size = 20_000

    def process_batch(self, context: dict[str, Any]) -> None:
        """Write a batch."""
        rows = pa.Table.from_pylist(context["records"])
        name = f"{self.stream_name}-{uuid.uuid4()}.parquet"
        pq.write_table(rows, Path(self.config["folder"]) / name)


class StockTarget(Target):
    """The SDK's defaults: its reader, its validation, its drains."""

    name = "stock-target"
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("folder", th.StringType, required=True)
    ).to_dict()
    default_sink_class = StockSink


if __name__ == "__main__":
    StockTarget.cli()
