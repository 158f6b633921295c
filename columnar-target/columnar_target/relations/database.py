"""A load's own DuckDB: it spills into a folder rather than grow."""

from __future__ import annotations

from pathlib import Path

import duckdb

from columnar_target.errors import SettingError
from columnar_target.relations.sql import literal


def connect(folder: Path, *, memory_limit: str) -> duckdb.DuckDBPyConnection:
    """Open a database of a load's own.

    Args:
        folder: For the database and what it spills.
        memory_limit: In DuckDB's notation.

    Raises:
        SettingError: The memory limit cannot be understood.
    """
    connection = duckdb.connect(str(folder / "merge.duckdb"))
    try:
        connection.execute(f"set memory_limit = {literal(memory_limit)}")
    except (duckdb.ParserException, duckdb.InvalidInputException) as fault:
        connection.close()
        raise SettingError(
            f"Setting memory_limit is {memory_limit!r}: write a number and a unit, such as 2GB."
        ) from fault
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set preserve_insertion_order = false")
    connection.execute("set enable_progress_bar = false")
    # it knows no sizes of what is read by field ids, and would guess: a join keeps its right side
    connection.execute("set disabled_optimizers = 'build_side_probe_side'")
    return connection
