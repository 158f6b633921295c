"""Two loads of a shop, and by hand what the tables hold before, between and after them.

The first makes the tables. The second inserts, updates, moves an order to another month, swaps a
group of lines, brings a new column, brings one stream without a change and one without keys.
"""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

Row = dict[str, Any]
Rows = list[Row]

KEYLESS = "events"
STREAMS = {
    "orders": {"partition_by": ["month(placed_at)"], "types": {"total": "decimal(10,2)"}},
    "lines": {
        "partition_by": ["month(placed_at)"],
        "replace_by": ["order_id"],
        "types": {"price": "decimal(10,2)"},
    },
}
UTC = dt.timezone.utc

_TEXT = {"type": ["null", "string"]}
_WHOLE = {"type": "integer"}
_NUMBER = {"type": "number"}
_MOMENT = {"type": "string", "format": "date-time"}
_ORDER = {"order_id": _WHOLE, "placed_at": _MOMENT, "total": _NUMBER}
_LINE = {"order_id": _WHOLE, "line": _WHOLE, "placed_at": _MOMENT, "price": _NUMBER}


def _schema(stream: str, properties: dict[str, Any], *keys: str) -> str:
    body = {"type": "object", "properties": properties}
    return json.dumps({"type": "SCHEMA", "stream": stream, "schema": body, "key_properties": keys})


def _records(stream: str, names: str, *rows: tuple[Any, ...]) -> list[str]:
    columns = names.split()
    return [
        json.dumps(
            {"type": "RECORD", "stream": stream, "record": dict(zip(columns, row, strict=True))}
        )
        for row in rows
    ]


def _state(number: int) -> str:
    return json.dumps({"type": "STATE", "value": {"bookmarks": {"shop": number}}})


_SCHEMAS = {
    1: [
        _schema("shops", {"shop": _TEXT, "city": _TEXT}, "shop"),
        _schema("orders", _ORDER, "order_id"),
        _schema("events", {"what": _TEXT}),
        _schema("lines", _LINE, "order_id", "line"),
    ],
    2: [
        _schema("shops", {"shop": _TEXT, "city": _TEXT}, "shop"),
        _schema("orders", {**_ORDER, "note": _TEXT}, "order_id"),
        _schema("events", {"what": _TEXT}),
        _schema("lines", _LINE, "order_id", "line"),
    ],
}
_SHOPS = _records("shops", "shop city", ("a", "Berlin"), ("b", None))
_BODIES = {
    1: [
        *_SHOPS,
        *_records(
            "orders",
            "order_id placed_at total",
            (1, "2020-01-31T23:59:59Z", 0.10),
            (2, "2020-02-01T00:00:00Z", 20.00),
            (3, "2020-02-15T12:00:00Z", 3.33),
        ),
        _state(1),
        *_records("events", "what", ("opened",), ("opened",)),
        *_records(
            "lines",
            "order_id line placed_at price",
            (1, 0, "2020-01-31T23:59:59Z", 0.10),
            (2, 0, "2020-02-01T00:00:00Z", 15.00),
            (2, 1, "2020-02-01T00:00:00Z", 4.00),
            (2, 2, "2020-02-01T00:00:00Z", 1.00),
        ),
        _state(2),
    ],
    2: [
        *_SHOPS,
        *_records(
            "orders",
            "order_id placed_at total note",
            (1, "2020-02-01T00:00:00Z", 0.10, "moved"),
            (3, "2020-02-15T12:00:00Z", 3.34, None),
            (4, "2020-03-01T08:00:00Z", 99999999.99, "new"),
        ),
        _state(3),
        *_records("events", "what", ("closed",)),
        *_records(
            "lines",
            "order_id line placed_at price",
            (2, 0, "2020-02-01T00:00:00Z", 15.00),
            (2, 1, "2020-02-01T00:00:00Z", 5.00),
            (4, 0, "2020-03-01T08:00:00Z", 99999999.99),
        ),
        _state(4),
    ],
}
LOADS = (1, 2)
MESSAGES = {load: [*_SCHEMAS[load], *_BODIES[load]] for load in LOADS}
"""What the tap says in each load."""

STATES = {1: b'{"bookmarks":{"shop":2}}\n', 2: b'{"bookmarks":{"shop":4}}\n'}
"""What the target must say after each load."""

NOTHING_NEW = {load: [*_SCHEMAS[load], _state(2 * load)] for load in LOADS}
"""What the tap says to the state of each load."""


def as_input(messages: list[str]) -> bytes:
    """Messages as bytes on a pipe."""
    return "".join(f"{message}\n" for message in messages).encode()


def _moment(month: int, day: int, hour: int = 0) -> dt.datetime:
    return dt.datetime(2020, month, day, hour, tzinfo=UTC)


_LAST_SECOND = dt.datetime(2020, 1, 31, 23, 59, 59, tzinfo=UTC)


def _rows(names: str, *rows: tuple[Any, ...]) -> Rows:
    return [dict(zip(names.split(), row, strict=True)) for row in rows]


_SHOP_ROWS = _rows("shop city", ("a", "Berlin"), ("b", None))
TABLES: dict[int, dict[str, Rows]] = {
    0: {"shops": [], "orders": [], "events": [], "lines": []},
    1: {
        "shops": _SHOP_ROWS,
        "orders": _rows(
            "order_id placed_at total",
            (1, _LAST_SECOND, Decimal("0.10")),
            (2, _moment(2, 1), Decimal("20.00")),
            (3, _moment(2, 15, 12), Decimal("3.33")),
        ),
        "events": _rows("what", ("opened",), ("opened",)),
        "lines": _rows(
            "order_id line placed_at price",
            (1, 0, _LAST_SECOND, Decimal("0.10")),
            (2, 0, _moment(2, 1), Decimal("15.00")),
            (2, 1, _moment(2, 1), Decimal("4.00")),
            (2, 2, _moment(2, 1), Decimal("1.00")),
        ),
    },
    2: {
        "shops": _SHOP_ROWS,
        "orders": _rows(
            "order_id placed_at total note",
            (1, _moment(2, 1), Decimal("0.10"), "moved"),
            (2, _moment(2, 1), Decimal("20.00"), None),
            (3, _moment(2, 15, 12), Decimal("3.34"), None),
            (4, _moment(3, 1, 8), Decimal("99999999.99"), "new"),
        ),
        "events": _rows("what", ("closed",), ("opened",), ("opened",)),
        "lines": _rows(
            "order_id line placed_at price",
            (1, 0, _LAST_SECOND, Decimal("0.10")),
            (2, 0, _moment(2, 1), Decimal("15.00")),
            (2, 1, _moment(2, 1), Decimal("5.00")),
            (4, 0, _moment(3, 1, 8), Decimal("99999999.99")),
        ),
    },
}
"""What the tables hold before any load and after each, sorted by their keys."""
