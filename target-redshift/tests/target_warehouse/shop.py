"""Two loads of one shop by hand: what the tap says, and what is in the warehouse after each.

Between them they do all that a load can do to a table: make, lengthen and widen a column, insert,
update, remove a row that its group lost, mark one that a whole read does not see, set rows aside
and take them back, documents that JSON_PARSE takes and one that it does not, rows without keys.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from .warehouses import Warehouse

Message = dict[str, Any]
Rows = list[dict[str, Any]]

LONG_NAME = "Ünna " * 8
LONG_NOTE = "long " * 14_000
"""A document with it is longer than JSON_PARSE takes."""

_PROPERTIES: dict[str, dict[str, Any]] = {
    "orders": {
        "id": {"type": "integer"},
        "name": {"type": ["null", "string"]},
        "price": {"type": ["null", "number"]},
    },
    "lines": {
        "order_id": {"type": "integer"},
        "line": {"type": "integer"},
        "item": {"type": "string"},
    },
    "notes": {"id": {"type": "integer"}, "note": {"type": "object"}},
    "stock": {"item": {"type": "string"}, "number": {"type": "integer"}},
    "events": {"what": {"type": "string"}},
}
_KEYS = {
    "orders": ["id"],
    "lines": ["order_id", "line"],
    "notes": ["id"],
    "stock": ["item"],
    "events": [],
}


def _schemas() -> list[Message]:
    return [
        {
            "type": "SCHEMA",
            "stream": name,
            "schema": {"properties": properties},
            "key_properties": _KEYS[name],
        }
        for name, properties in _PROPERTIES.items()
    ]


def _records(stream: str, *rows: tuple[Any, ...], version: int | None = None) -> list[Message]:
    said = {} if version is None else {"version": version}
    return [
        {
            "type": "RECORD",
            "stream": stream,
            "record": dict(zip(_PROPERTIES[stream], row, strict=True)),
            **said,
        }
        for row in rows
    ]


FIRST = [
    *_schemas(),
    *_records("orders", (1, "Ann", 1.5), (2, "Bo", 2), (9, "Cy", -1)),
    *_records("lines", (1, 1, "tea"), (1, 2, "cup"), (2, 1, "pot")),
    *_records("notes", (1, {"a": 1}), (2, {"b": [1, 2]})),
    *_records("stock", ("tea", 5), ("cup", 7), version=1),
    {"type": "ACTIVATE_VERSION", "stream": "stock", "version": 1},
    *_records("events", ("open",)),
    {"type": "STATE", "value": {"at": 1}},
]
SECOND = [
    *_schemas(),
    *_records("orders", (1, LONG_NAME, 1.5), (3, "Di", 12345.25), (4, "Ed", -4), (9, "Cy", 9)),
    *_records("lines", (1, 2, "mug")),
    *_records("notes", (1, {"a": 2}), (3, {"note": LONG_NOTE})),
    *_records("stock", ("tea", 4), ("pot", 1), version=2),
    {"type": "ACTIVATE_VERSION", "stream": "stock", "version": 2},
    *_records("events", ("shut",)),
    {"type": "STATE", "value": {"at": 2}},
]

_AFTER_FIRST: dict[str, Rows] = {
    "orders": [
        {"id": 1, "name": "Ann", "price": Decimal("1.50")},
        {"id": 2, "name": "Bo", "price": Decimal("2.00")},
    ],
    "lines": [
        {"order_id": 1, "line": 1, "item": "tea"},
        {"order_id": 1, "line": 2, "item": "cup"},
        {"order_id": 2, "line": 1, "item": "pot"},
    ],
    "notes": [{"id": 1, "note": {"a": 1}}, {"id": 2, "note": {"b": [1, 2]}}],
    "stock": [
        {"item": "cup", "number": 7, "_sdc_deleted_at": False},
        {"item": "tea", "number": 5, "_sdc_deleted_at": False},
    ],
    "events": [{"what": "open"}],
    "aside": [{"id": 9, "name": "Cy", "price": Decimal("-1.00")}],
}
_AFTER_SECOND: dict[str, Rows] = {
    "orders": [
        {"id": 1, "name": LONG_NAME, "price": Decimal("1.50")},
        {"id": 2, "name": "Bo", "price": Decimal("2.00")},
        {"id": 3, "name": "Di", "price": Decimal("12345.25")},
        {"id": 9, "name": "Cy", "price": Decimal("9.00")},
    ],
    "lines": [
        {"order_id": 1, "line": 2, "item": "mug"},
        {"order_id": 2, "line": 1, "item": "pot"},
    ],
    "notes": [
        {"id": 1, "note": {"a": 2}},
        {"id": 2, "note": {"b": [1, 2]}},
        {"id": 3, "note": {"note": LONG_NOTE}},
    ],
    "stock": [
        {"item": "cup", "number": 7, "_sdc_deleted_at": True},
        {"item": "pot", "number": 1, "_sdc_deleted_at": False},
        {"item": "tea", "number": 4, "_sdc_deleted_at": False},
    ],
    "events": [{"what": "open"}, {"what": "shut"}],
    "aside": [{"id": 4, "name": "Ed", "price": Decimal("-4.00")}],
}
TRUTH = {1: _AFTER_FIRST, 2: _AFTER_SECOND}
TABLES = {*_PROPERTIES, "target_redshift_loads"}


def settings(load: int, folder: Path) -> dict[str, Any]:
    """The settings of a load; prices of the second have more digits.

    Args:
        load: 1 or 2.
        folder: For the file of rules.
    """
    rules = folder / "orders.dqdl"
    rules.write_text(
        'Rules = [ColumnValues "price" > 0 labels=["policy"="quarantine"]]', encoding="utf-8"
    )
    return {
        "rules": {"orders": str(rules)},
        "quarantine_limit": "100%",
        "streams": {
            "orders": {"types": {"price": f"decimal({6 + 2 * load},2)"}},
            "lines": {"replace_by": ["order_id"]},
        },
    }


def begin(warehouse: Warehouse, folder: Path) -> None:
    """The first load, which nothing ends."""
    warehouse.load(*FIRST, **settings(1, folder))


def seen(warehouse: Warehouse) -> dict[str, Rows]:
    """All that readers see, without the load's own columns."""
    found = {}
    for name, properties in _PROPERTIES.items():
        names = [*properties, *(["_sdc_deleted_at"] if name == "stock" else [])]
        found[name] = _cells(warehouse, f"{{}}.{name}", names)
    found["aside"] = _cells(warehouse, "{}_quarantine.orders", list(_PROPERTIES["orders"]))
    return found


def _cells(warehouse: Warehouse, table: str, names: list[str]) -> Rows:
    values = ", ".join(_SHOWN.get(name, name) for name in names)
    rows = sorted(warehouse.ask(f"select {values} from {table}"), key=repr)
    return [dict(zip(names, map(_read, names, row), strict=True)) for row in rows]


_SHOWN = {"_sdc_deleted_at": "_sdc_deleted_at is not null"}


def _read(name: str, value: Any) -> Any:
    return json.loads(value) if name == "note" else value
