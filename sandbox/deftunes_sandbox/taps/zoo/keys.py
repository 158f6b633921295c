"""Keys that are nearly the same, and what becomes of each pair."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from .values import DAY, DECIMAL

PROPERTIES = {
    "name": {"type": "string"},
    "flag": {"type": "boolean"},
    "day": DAY,
    "amount": DECIMAL,
    "n": {"type": "integer"},
}
KEYS = ("name", "flag", "day", "amount")

SENT = [
    # name, flag, day, amount, n: the last of each key stays
    '"",true,"2020-01-01","1",1',
    '"",false,"2020-01-01","1",2',
    '" ",true,"2020-01-01","1",3',
    '"a",true,"2020-01-01","1",4',
    '"A",true,"2020-01-01","1",5',
    '"a ",true,"2020-01-01","1",6',
    '"\\u00e9",true,"2020-01-01","1",7',
    '"e\\u0301",true,"2020-01-01","1",8',
    '"a",true,"2020-01-02","1",9',
    '"a",true,"2020-01-01","1.0000000001",10',
    # the same as the first, in other words
    '"",true,"2020-01-01T00:00:00Z","1.00",11',
]
_FIRST, _ONE = dt.date(2020, 1, 1), Decimal("1.0000000000")
SEEN = [
    ("", True, _FIRST, _ONE, 11),
    ("", False, _FIRST, _ONE, 2),
    (" ", True, _FIRST, _ONE, 3),
    ("a", True, _FIRST, _ONE, 4),
    ("A", True, _FIRST, _ONE, 5),
    ("a ", True, _FIRST, _ONE, 6),
    ("\u00e9", True, _FIRST, _ONE, 7),
    ("e\u0301", True, _FIRST, _ONE, 8),
    ("a", True, dt.date(2020, 1, 2), _ONE, 9),
    ("a", True, _FIRST, Decimal("1.0000000001"), 10),
]
