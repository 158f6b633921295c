"""dlt: songs in Arrow files merged into an Iceberg table by its key."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import dlt
import pyarrow as pa


def main(folder: str, files: str, disposition: str) -> None:
    """Bring files of rows into the table `songs`.

    Args:
        folder: Where dlt's state and the lake are.
        files: A folder of Arrow files.
        disposition: `merge`, or `replace` for the first load.
    """

    def songs() -> Iterator[pa.Table]:
        for file in sorted(Path(files).iterdir()):
            with pa.memory_map(str(file)) as source:
                yield pa.ipc.open_file(source).read_all()

    merge = {"disposition": "merge", "strategy": "upsert"}
    resource = dlt.resource(
        songs,
        primary_key="track_id",
        write_disposition=merge if disposition == "merge" else "replace",
        table_format="iceberg",
    )
    pipeline = dlt.pipeline(
        "songs",
        pipelines_dir=f"{folder}/pipelines",
        destination=dlt.destinations.filesystem(bucket_url=f"file://{folder}/lake"),
        dataset_name="default",
    )
    pipeline.run(resource())


if __name__ == "__main__":
    main(*sys.argv[1:])
