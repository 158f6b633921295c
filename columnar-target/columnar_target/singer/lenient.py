"""Lines that are not quite JSON: read all the same, so that a refusal can name the record.

Taps written in Python send `NaN` and `Infinity`, halves of surrogate pairs and, now and then, text
in another encoding. Which record holds it is known once the line is read; whether its column can
store it is for the column to say.
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any


def decode_record(line: bytes) -> dict[str, Any]:
    """Decode a RECORD as Python's own decoder does, with every number exact.

    Args:
        line: One message. Bytes that are no UTF-8 become what no column stores as text.

    Returns:
        JSON values; `NaN`, `Infinity` and whole numbers of thousands of digits are Decimals,
        numbers whose exponent no Decimal takes are text.

    Raises:
        ValueError: Nor is it that, or it is another message, which has no record to name.
        RecursionError: It is nested too deep.
    """
    message = json.loads(
        line.decode(errors="surrogateescape"),
        parse_float=_number,
        parse_int=_whole,
        parse_constant=Decimal,
    )
    if not isinstance(message, dict) or message.get("type") != "RECORD":
        raise ValueError("no RECORD")
    return message


def _number(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def _whole(text: str) -> int | Decimal:
    try:
        return int(text)
    except ValueError:
        return Decimal(text)
