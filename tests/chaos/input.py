"""What the tap of a shop says in three loads, and a rival's in one; what the tables must keep.

The first load makes the tables. The second inserts, updates, moves an order to another month, swaps
a group of lines, reads the whole stock, brings a new column, brings one stream without a change and
one without keys. Each has rows that break a rule and wait, and the second corrects some. The third
breaks a rule that lets nothing pass. The rival's touches rows of the second.
"""

from __future__ import annotations

import json
from typing import Any

STREAMS: dict[str, dict[str, Any]] = {
    "orders": {"partition_by": ["month(placed_at)"], "types": {"total": "decimal(10,2)"}},
    "lines": {
        "partition_by": ["month(placed_at)"],
        "replace_by": ["order_id"],
        "types": {"price": "decimal(10,2)"},
    },
    "stock": {"hard_delete": True},
}
WAITS = 'labels=["policy"="quarantine"]'
RULES = {
    "shops": ['IsComplete "shop"'],
    "orders": [f'ColumnValues "total" > 0 {WAITS}', 'IsPrimaryKey "order_id"'],
    "lines": [
        'ReferentialIntegrity "order_id" "orders.order_id" = 1.0',
        f'ColumnValues "price" > 0 {WAITS}',
    ],
    "stock": [f'ColumnValues "pieces" >= 0 {WAITS}'],
    "events": [f'ColumnValues "what" in ["opened", "closed"] {WAITS}'],
}
RIVAL = 4
"""The load of another writer, which comes while the second is at work."""

_TEXT = {"type": ["null", "string"]}
_WHOLE = {"type": "integer"}
_NUMBER = {"type": "number"}
_MOMENT = {"type": "string", "format": "date-time"}
_ORDER: dict[str, Any] = {"order_id": _WHOLE, "placed_at": _MOMENT, "total": _NUMBER}
_LINE = {"order_id": _WHOLE, "line": _WHOLE, "placed_at": _MOMENT, "price": _NUMBER}

_JANUARY, _FEBRUARY, _MARCH = "2020-01-31T23:59:59Z", "2020-02-01T00:00:00Z", "2020-03-01T08:00:00Z"


def _schema(stream: str, properties: dict[str, Any], *keys: str) -> str:
    body = {"type": "object", "properties": properties}
    return json.dumps({"type": "SCHEMA", "stream": stream, "schema": body, "key_properties": keys})


def _records(stream: str, names: str, *rows: tuple[Any, ...], version: int = 0) -> list[str]:
    columns = names.split()
    more: dict[str, Any] = {"version": version} if version else {}
    return [
        json.dumps({"type": "RECORD", "stream": stream, "record": record, **more})
        for record in (dict(zip(columns, row, strict=True)) for row in rows)
    ]


def _stock(version: int, *rows: tuple[str, int]) -> list[str]:
    """The whole stock."""
    whole = json.dumps({"type": "ACTIVATE_VERSION", "stream": "stock", "version": version})
    return [*_records("stock", "item pieces", *rows, version=version), whole]


def _state(number: int) -> str:
    return json.dumps({"type": "STATE", "value": {"bookmarks": {"shop": number}}})


def _schemas(load: int) -> list[str]:
    return [
        _schema("shops", {"shop": _TEXT, "city": _TEXT}, "shop"),
        _schema("orders", _ORDER | ({} if load == 1 else {"note": _TEXT}), "order_id"),
        _schema("stock", {"item": _TEXT, "pieces": _WHOLE}, "item"),
        _schema("events", {"what": _TEXT}),
        _schema("lines", _LINE, "order_id", "line"),
    ]


_SHOPS = _records("shops", "shop city", ("a", "Berlin"), ("b", None))


def _first(version: int) -> list[str]:
    return [
        *_SHOPS,
        *_records(
            "orders",
            "order_id placed_at total",
            (1, _JANUARY, 0.10),
            (2, _FEBRUARY, 20.00),
            (3, "2020-02-15T12:00:00Z", 3.33),
            (5, _MARCH, -5.00),
        ),
        _state(1),
        *_stock(version, ("apple", 3), ("kiwi", 7), ("pear", 0), ("plum", -1)),
        *_records("events", "what", ("opened",), ("opened",), ("burnt",)),
        *_records(
            "lines",
            "order_id line placed_at price",
            (1, 0, _JANUARY, 0.10),
            (2, 0, _FEBRUARY, 15.00),
            (2, 1, _FEBRUARY, 4.00),
            (2, 2, _FEBRUARY, 1.00),
            (3, 0, _FEBRUARY, 0),
        ),
        _state(2),
    ]


def _second(version: int) -> list[str]:
    return [
        *_SHOPS,
        *_records(
            "orders",
            "order_id placed_at total note",
            (1, _FEBRUARY, 0.10, "moved"),
            (2, _FEBRUARY, -20.00, None),
            (3, "2020-02-15T12:00:00Z", 3.34, None),
            (4, _MARCH, 99999999.99, "new"),
            (5, _MARCH, 5.00, "corrected"),
        ),
        _state(3),
        *_stock(version, ("apple", 4), ("kiwi", -7), ("fig", -2)),
        *_records("events", "what", ("closed",), ("lost",)),
        *_records(
            "lines",
            "order_id line placed_at price",
            (2, 0, _FEBRUARY, 15.00),
            (2, 1, _FEBRUARY, 5.00),
            (3, 0, _FEBRUARY, 3.34),
            (4, 0, _MARCH, 99999999.99),
            (4, 1, _MARCH, -1),
        ),
        _state(4),
    ]


def _third(version: int) -> list[str]:
    return [
        *_records("shops", "shop city", ("c", "Paris")),
        *_records("orders", "order_id placed_at total note", (6, _MARCH, 7.77, "good")),
        *_stock(version, ("apple", 5)),
        *_records("events", "what", ("closed",), ("flooded",)),
        *_records("lines", "order_id line placed_at price", (99, 0, _MARCH, 7.77)),
        _state(6),
    ]


def _rival(_: int) -> list[str]:
    return [
        *_records("shops", "shop city", ("a", "Bonn")),
        *_records(
            "orders",
            "order_id placed_at total note",
            (3, "2020-02-15T12:00:00Z", 9.99, "rival"),
            (5, _MARCH, -50.00, "rival"),
            (7, _MARCH, 7.00, "rival"),
        ),
        *_records("events", "what", ("opened",), ("stolen",)),
        *_records("lines", "order_id line placed_at price", (2, 0, _FEBRUARY, 2.00)),
        _state(8),
    ]


_BODIES = {1: _first, 2: _second, 3: _third, RIVAL: _rival}


def messages(load: int, attempt: int = 1) -> bytes:
    """What the tap says in a load, as bytes on a pipe.

    Args:
        load: Its number.
        attempt: How often it has said so by then: each whole read is a version of its own.
    """
    return _as_input([*_schemas(load), *_BODIES[load](10 * load + attempt)])


def nothing_new(load: int) -> bytes:
    """What the tap says to the state that came of a load."""
    return _as_input([*_schemas(load), _state(2 * load)])


def _as_input(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
