"""By hand: what readers see before, between and after the loads of the shop, and what is recorded.

Tables are those that readers use, and by `quarantine.<table>` the rows that wait.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.chaos.input import RULES, WAITS

Row = dict[str, Any]
Rows = list[Row]
Tables = dict[str, Rows]

KEYLESS = ("events", "quarantine.events")
UTC = dt.timezone.utc
_JANUARY = dt.datetime(2020, 1, 31, 23, 59, 59, tzinfo=UTC)
_FEBRUARY = dt.datetime(2020, 2, 1, tzinfo=UTC)
_MIDDLE = dt.datetime(2020, 2, 15, 12, tzinfo=UTC)
_MARCH = dt.datetime(2020, 3, 1, 8, tzinfo=UTC)


def without_nulls(rows: Rows) -> Rows:
    """A column may be there before its first value."""
    filled = ({name: row[name] for name in row if row[name] is not None} for row in rows)
    return sorted(filled, key=repr)


def _rows(names: str, *rows: tuple[Any, ...]) -> Rows:
    return without_nulls([dict(zip(names.split(), row, strict=True)) for row in rows])


def _orders(*rows: tuple[int, dt.datetime, str, str | None]) -> Rows:
    values = ((order, at, Decimal(total), note) for order, at, total, note in rows)
    return _rows("order_id placed_at total note", *values)


def _lines(*rows: tuple[int, int, dt.datetime, str]) -> Rows:
    values = ((order, line, at, Decimal(price)) for order, line, at, price in rows)
    return _rows("order_id line placed_at price", *values)


def _stock(**items: int) -> Rows:
    return _rows("item pieces", *items.items())


def _events(*what: str) -> Rows:
    return _rows("what", *((each,) for each in what))


def _with(rows: Rows, *more: Row) -> Rows:
    return sorted([*rows, *more], key=repr)


def _waiting(table: str, rows: Rows) -> Rows:
    """Rows of a quarantine: each of them breaks the one rule that sets rows aside there."""
    (text,) = [rule.removesuffix(f" {WAITS}") for rule in RULES[table] if rule.endswith(WAITS)]
    return sorted(({**row, "_quarantine_rules": text} for row in rows), key=repr)


def _quarantined(**tables: Rows) -> Tables:
    return {f"quarantine.{name}": _waiting(name, rows) for name, rows in tables.items()}


_NAMES = ("shops", "orders", "stock", "events", "lines")
_NONE: Tables = {
    **{name: [] for name in _NAMES},
    **{f"quarantine.{name}": [] for name in _NAMES if name != "shops"},
}
_SHOPS = _rows("shop city", ("a", "Berlin"), ("b", None))
_BONN = _rows("shop city", ("a", "Bonn"), ("b", None))
_FIRST_LINE = (1, 0, _JANUARY, "0.10")
_FIRST: Tables = {
    "shops": _SHOPS,
    "orders": _orders(
        (1, _JANUARY, "0.10", None), (2, _FEBRUARY, "20.00", None), (3, _MIDDLE, "3.33", None)
    ),
    "stock": _stock(apple=3, kiwi=7, pear=0),
    "events": _events("opened", "opened"),
    "lines": _lines(
        _FIRST_LINE,
        (2, 0, _FEBRUARY, "15.00"),
        (2, 1, _FEBRUARY, "4.00"),
        (2, 2, _FEBRUARY, "1.00"),
    ),
    **_quarantined(
        orders=_orders((5, _MARCH, "-5.00", None)),
        stock=_stock(plum=-1),
        events=_events("burnt"),
        lines=_lines((3, 0, _FEBRUARY, "0.00")),
    ),
}
_MOVED = (1, _FEBRUARY, "0.10", "moved")
_SECOND_ORDER = (2, _FEBRUARY, "20.00", None)
_NEW = (4, _MARCH, "99999999.99", "new")
_CORRECTED = (5, _MARCH, "5.00", "corrected")
_LATER_LINES = ((3, 0, _FEBRUARY, "3.34"), (4, 0, _MARCH, "99999999.99"))
_SECOND: Tables = {
    "shops": _SHOPS,
    "orders": _orders(_MOVED, _SECOND_ORDER, (3, _MIDDLE, "3.34", None), _NEW, _CORRECTED),
    "stock": _stock(apple=4, kiwi=7),
    "events": _events("closed", "opened", "opened"),
    "lines": _lines(
        _FIRST_LINE, (2, 0, _FEBRUARY, "15.00"), (2, 1, _FEBRUARY, "5.00"), *_LATER_LINES
    ),
    **_quarantined(
        orders=_orders((2, _FEBRUARY, "-20.00", None)),
        stock=_stock(fig=-2, kiwi=-7),
        events=_events("burnt", "lost"),
        lines=_lines((4, 1, _MARCH, "-1.00")),
    ),
}
_SEVENTH = (7, _MARCH, "7.00", "rival")
_BOTH = {
    "events": _events("closed", "opened", "opened", "opened"),
    **_quarantined(events=_events("burnt", "lost", "stolen")),
}
RIVAL_FIRST: Tables = {
    **_SECOND,
    **_BOTH,
    "orders": _orders(
        _MOVED, _SECOND_ORDER, (3, _MIDDLE, "3.34", None), _NEW, _CORRECTED, _SEVENTH
    ),
}
"""After the rival's load and then the second."""

RIVAL_LAST: Tables = {
    **_SECOND,
    **_BOTH,
    "shops": _BONN,
    "orders": _orders(
        _MOVED, _SECOND_ORDER, (3, _MIDDLE, "9.99", "rival"), _NEW, _CORRECTED, _SEVENTH
    ),
    "lines": _lines(_FIRST_LINE, (2, 0, _FEBRUARY, "2.00"), *_LATER_LINES),
    **_quarantined(orders=_orders((2, _FEBRUARY, "-20.00", None), (5, _MARCH, "-50.00", "rival"))),
}
"""After the second load and then the rival's."""

RIVAL_ALONE: Tables = {
    **_FIRST,
    "shops": _BONN,
    "orders": _orders(
        (1, _JANUARY, "0.10", None), _SECOND_ORDER, (3, _MIDDLE, "9.99", "rival"), _SEVENTH
    ),
    "events": _events("opened", "opened", "opened"),
    "lines": _lines(_FIRST_LINE, (2, 0, _FEBRUARY, "2.00")),
    **_quarantined(
        orders=_orders((5, _MARCH, "-50.00", "rival")),
        events=_events("burnt", "stolen"),
        lines=_lines((3, 0, _FEBRUARY, "0.00")),
    ),
}
"""After the first load and then the rival's."""


@dataclass(frozen=True)
class Truth:
    """What comes of the loads.

    Attributes:
        rules: What each table must keep.
        tables: What readers see before any load and after each, by its number.
        states: What the target says after each.
        statuses: Its exit status.
    """

    rules: dict[str, list[str]]
    tables: dict[int, Tables]
    states: dict[int, bytes]
    statuses: dict[int, int]

    @property
    def loads(self) -> list[int]:
        """Their numbers."""
        return list(self.states)


GATED = Truth(
    RULES,
    {0: _NONE, 1: _FIRST, 2: _SECOND, 3: _SECOND},
    {1: b'{"bookmarks":{"shop":2}}\n', 2: b'{"bookmarks":{"shop":4}}\n', 3: b""},
    {1: 0, 2: 0, 3: 3},
)
"""With rules: what breaks them is not seen."""

_WITHOUT: Tables = {name: [] for name in _NONE if name.startswith("quarantine.")}
UNGATED = Truth(
    {},
    {
        0: _NONE,
        1: {
            **_FIRST,
            **_WITHOUT,
            "orders": _with(_FIRST["orders"], *_orders((5, _MARCH, "-5.00", None))),
            "stock": _stock(apple=3, kiwi=7, pear=0, plum=-1),
            "events": _events("burnt", "opened", "opened"),
            "lines": _with(_FIRST["lines"], *_lines((3, 0, _FEBRUARY, "0.00"))),
        },
        2: {
            **_SECOND,
            **_WITHOUT,
            "orders": _orders(
                _MOVED,
                (2, _FEBRUARY, "-20.00", None),
                (3, _MIDDLE, "3.34", None),
                _NEW,
                _CORRECTED,
            ),
            "stock": _stock(apple=4, kiwi=-7, fig=-2),
            "events": _events("burnt", "closed", "lost", "opened", "opened"),
            "lines": _with(_SECOND["lines"], *_lines((4, 1, _MARCH, "-1.00"))),
        },
    },
    {1: GATED.states[1], 2: GATED.states[2]},
    {1: 0, 2: 0},
)
"""Without: all is seen."""
