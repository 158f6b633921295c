"""The replication key of a batch's last row, as the RECORD mode would have put it in the state."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from singer_sdk.sql import SQLConnector


def bookmark_of(key: pa.Scalar, kind: Any, connector: SQLConnector) -> Any:
    """Turn a replication key into what psycopg2 gives for it.

    Args:
        key: The key, as it travels in a batch.
        kind: The SQLAlchemy type of its column.
        connector: To ask the database, whose time zone the state is in.
    """
    value = key.as_py()
    if value is None:
        return None
    if isinstance(kind, sa.DateTime) and kind.timezone and not isinstance(value, str):
        with connector._connect() as connection:  # noqa: SLF001 - the SDK's way for its streams
            return connection.scalar(sa.select(sa.cast(value, sa.TIMESTAMP(timezone=True))))
    if pa.types.is_float32(key.type):
        return float(key.cast(pa.string()).as_py())  # 0.1, not 0.10000000149
    if isinstance(kind, sa.Numeric) and isinstance(value, str):
        return Decimal(value)
    return value
