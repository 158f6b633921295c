"""dlt: the songs table into Iceberg, by one of its columnar backends."""

from __future__ import annotations

import sys

import dlt
from dlt.sources.sql_database import sql_table


def main(dsn: str, folder: str, backend: str) -> None:
    """Load the table whole, as dlt's documentation does.

    Args:
        dsn: A `postgresql://` URL.
        folder: Where dlt's state and the lake go.
        backend: `connectorx` or `pyarrow`.
    """
    songs = sql_table(
        # SQLAlchemy 2.1 would take another driver
        credentials=dsn.replace("postgresql://", "postgresql+psycopg2://"),
        schema="deftunes",
        table="songs",
        backend=backend,
        chunk_size=100_000,
    )
    pipeline = dlt.pipeline(
        "songs",
        pipelines_dir=f"{folder}/pipelines",
        destination=dlt.destinations.filesystem(bucket_url=f"file://{folder}/lake"),
        dataset_name="default",
    )
    pipeline.run(songs, write_disposition="replace", table_format="iceberg")


if __name__ == "__main__":
    main(*sys.argv[1:])
