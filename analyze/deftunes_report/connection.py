"""Opens the warehouse; what may be wrong with it is one sentence that says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from deftunes_report.errors import ReportError

if TYPE_CHECKING:
    from pathlib import Path


@contextmanager
def open_warehouse(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse to read it; all that is read is of one build.

    Args:
        warehouse: The DuckDB file that dbt built.

    Yields:
        The connection.

    Raises:
        ReportError: The warehouse is missing, in use, or lacks a table that was asked for.
    """
    if not warehouse.is_file():
        raise ReportError(
            f"there is no warehouse at {warehouse}: run `meltano invoke dbt:build` first"
        )
    try:
        with duckdb.connect(warehouse, read_only=True) as connection:
            yield connection
    except duckdb.CatalogException as error:
        raise ReportError(
            f"the warehouse {warehouse} is not built ({_first_line(error)}): "
            "run `meltano invoke dbt:build` first"
        ) from error
    except duckdb.Error as error:
        raise ReportError(
            f"the warehouse {warehouse} cannot be read ({_first_line(error)}): "
            "wait until no build is running, then try again"
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
