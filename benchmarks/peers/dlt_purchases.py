"""dlt: the purchase API's sessions into Iceberg, by `rest_api`; items become a child table."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import dlt
from dlt.sources.rest_api import rest_api_resources


def main(api_url: str, windows: str, folder: str) -> None:
    """Load all windows, several at the same time.

    Args:
        api_url: Where the API is.
        windows: A file with a JSON list of pairs: first and last day.
        folder: Where dlt's state and the lake go.
    """

    def days() -> Iterator[list[dict[str, str]]]:
        pairs = json.loads(Path(windows).read_text(encoding="utf-8"))
        yield [{"first": first, "last": last} for first, last in pairs]

    sessions = {
        "name": "sessions",
        "parallelized": True,
        "primary_key": "session_id",
        "endpoint": {
            "path": "sessions",
            "params": {
                "start_date": "{resources.days.first}",
                "end_date": "{resources.days.last}",
            },
            "paginator": "single_page",
            "data_selector": "$",
        },
    }
    resources = rest_api_resources(
        {
            "client": {"base_url": api_url},
            "resources": [dlt.resource(days, selected=False)(), sessions],
        }
    )
    pipeline = dlt.pipeline(
        "purchases",
        pipelines_dir=f"{folder}/pipelines",
        destination=dlt.destinations.filesystem(bucket_url=f"file://{folder}/lake"),
        dataset_name="default",
    )
    pipeline.run(resources, write_disposition="replace", table_format="iceberg")


if __name__ == "__main__":
    main(*sys.argv[1:])
