"""Others who work in the same warehouse."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import redshift_connector

from .warehouses import Warehouse

DEADLINE_SECONDS = 60


@contextlib.contextmanager
def holding(warehouse: Warehouse, *statements: str) -> Iterator[Any]:
    """A session that has run statements in a transaction, which ends with the block; its cursor."""
    connection = redshift_connector.connect(**warehouse.address.keywords())
    try:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement.replace("{}", warehouse.schema))
        yield cursor
        connection.commit()
    finally:
        connection.close()


def wait_until_one_waits(warehouse: Warehouse, statement: str) -> None:
    """Until a session is at a statement; it can only be there for long if it waits.

    Args:
        warehouse: Where.
        statement: How the statement begins.
    """
    deadline = time.monotonic() + DEADLINE_SECONDS
    asked = "select query from stv_recents where status = 'Running'"
    while not any(
        query.lstrip().lower().startswith(statement) for (query,) in warehouse.ask(asked)
    ):
        assert time.monotonic() < deadline, "nobody waits"
        time.sleep(0.01)
