"""Writes nested values as JSON for SUPER, numbers as exact as they came."""

from __future__ import annotations

import datetime as dt
import json
import math
from decimal import Decimal
from functools import singledispatch
from typing import Any


class Number(str):
    """A number of a JSON document, as it was written."""

    __slots__ = ()


@singledispatch
def serialized(value: Any) -> str:
    """Write a value as JSON.

    Args:
        value: None, bool, int, float, Decimal, str, bytes, date, time, datetime, or lists and
            dicts of them.

    Returns:
        JSON in which a Decimal is a number with all its digits, bytes are hexadecimal, and times
        are written as Redshift writes them as text.
    """
    return json.dumps(value, ensure_ascii=False)


@serialized.register
def _(value: dict) -> str:  # type: ignore[type-arg]  # a class is what is dispatched by
    pairs = (f"{json.dumps(str(key))}:{serialized(item)}" for key, item in value.items())
    return f"{{{','.join(pairs)}}}"


@serialized.register
def _(value: list) -> str:  # type: ignore[type-arg]  # the same
    return f"[{','.join(map(serialized, value))}]"


@serialized.register
def _(value: Number) -> str:
    return str(value) if value[-1].isdigit() else json.dumps(value)  # JSON has no NaN


@serialized.register
def _(value: Decimal) -> str:
    return f"{value:f}"


@serialized.register
def _(value: float) -> str:
    return repr(value) if math.isfinite(value) else json.dumps(str(value))  # JSON has no number


@serialized.register
def _(value: bytes) -> str:
    return json.dumps(value.hex())


@serialized.register
def _(value: dt.datetime) -> str:
    return json.dumps(value.isoformat(" "))


@serialized.register(dt.date)
@serialized.register(dt.time)
def _(value: dt.date | dt.time) -> str:
    return json.dumps(value.isoformat())
