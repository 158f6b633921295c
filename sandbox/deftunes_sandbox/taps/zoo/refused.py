"""Values that no column of their schema's type holds exactly, and the text that `string` keeps."""

from __future__ import annotations

from typing import Any, NamedTuple

from .values import CLOCK, DAY, DECIMAL, MOMENT, NUMBER, WHOLE


class Refused(NamedTuple):
    """A value that is refused.

    Attributes:
        name: What it is.
        declared: Its column's JSON Schema.
        sent: The JSON text of the value, as the tap writes it.
        kept: What a column configured as `string` holds.
        configured: The type that the setting `types` gives the column that refuses it.
    """

    name: str
    declared: Any
    sent: str
    kept: str
    configured: str | None = None


THIRTY_DIGITS = "123456789012345678901234567890"

REFUSED = [
    # numbers
    Refused("beyond a double", NUMBER, "1e400", "1E+400"),
    Refused("below a double", NUMBER, "1e-400", "1E-400"),
    Refused("few bits near zero", NUMBER, "1.23456789e-320", "1.23456789E-320"),
    Refused("between two doubles", NUMBER, "9007199254740993", "9007199254740993"),
    Refused("25 digits", NUMBER, "12345678901234567890.12345", "12345678901234567890.12345"),
    Refused("NaN", NUMBER, "NaN", "NaN"),
    Refused("Infinity", NUMBER, "Infinity", "Infinity"),
    Refused("-Infinity", NUMBER, "-Infinity", "-Infinity"),
    Refused("a fraction", WHOLE, "1.5", "1.5"),
    Refused("2^63", WHOLE, "9223372036854775808", "9223372036854775808"),
    Refused("2^64", WHOLE, "18446744073709551616", "18446744073709551616"),
    Refused("30 digits", WHOLE, THIRTY_DIGITS, THIRTY_DIGITS),
    Refused("5000 digits", WHOLE, "9" * 5000, "9" * 5000),
    Refused("a billion digits", WHOLE, "1e1000000000", "1E+1000000000"),
    Refused("2^31", WHOLE, "2147483648", "2147483648", "int"),
    Refused("2^24 + 1", NUMBER, "16777217", "16777217", "float"),
    Refused("beyond a single", NUMBER, "1e39", "1E+39", "float"),
    Refused("below a single", NUMBER, "1e-50", "1E-50", "float"),
    Refused("a tenth of a cent", NUMBER, "1.005", "1.005", "decimal(4,2)"),
    Refused("a hundred", NUMBER, "100.00", "100.00", "decimal(4,2)"),
    Refused("11 places", DECIMAL, '"0.00000000001"', "0.00000000001"),
    Refused("no number", DECIMAL, '"1,50"', "1,50"),
    Refused("empty number", DECIMAL, '""', ""),
    Refused("a million digits", NUMBER, "1e999999", "1E+999999", "decimal(20,2)"),
    Refused("9 places", NUMBER, "1e-9", "1E-9", "decimal(20,2)"),
    Refused("NaN as text", DECIMAL, '"NaN"', "NaN"),
    Refused("nan as text", {}, '"nan"', "nan", "double"),
    Refused("underscore", {}, '"1_0.5"', "1_0.5", "double"),
    Refused("truth as a number", {}, "true", "true", "double"),
    Refused("a word as truth", {}, '"yes"', "yes", "boolean"),
    Refused("a number as truth", {}, "1", "1", "boolean"),
    # dates, times and both
    Refused("word", MOMENT, '"yesterday"', "yesterday"),
    Refused("empty moment", MOMENT, '""', ""),
    Refused("leap second", MOMENT, '"2016-12-31T23:59:60Z"', "2016-12-31T23:59:60Z"),
    Refused("hour 24", MOMENT, '"2020-01-01T24:00:00Z"', "2020-01-01T24:00:00Z"),
    Refused("nanoseconds", MOMENT, '"2020-01-01T00:00:00.123456789Z"',
            "2020-01-01T00:00:00.123456789Z"),
    Refused("year 0", MOMENT, '"0000-01-01T00:00:00Z"', "0000-01-01T00:00:00Z"),
    Refused("year 10000", MOMENT, '"+10000-01-01T00:00:00Z"', "+10000-01-01T00:00:00Z"),
    Refused("before year 1", MOMENT, '"0001-01-01T00:00:00+14:00"', "0001-01-01T00:00:00+14:00"),
    Refused("after year 9999", MOMENT, '"9999-12-31T23:59:59-12:00"', "9999-12-31T23:59:59-12:00"),
    Refused("half a minute", MOMENT, '"2020-01-01T10:00.5Z"', "2020-01-01T10:00.5Z"),
    Refused("zone beyond a day", MOMENT, '"2020-01-01T10:00:00+25:99"',
            "2020-01-01T10:00:00+25:99"),
    Refused("zone by name", MOMENT, '"2020-01-01T00:00:00 CET"', "2020-01-01T00:00:00 CET"),
    Refused("a day that is none", DAY, '"2021-02-29"', "2021-02-29"),
    Refused("zeros of mysql", DAY, '"0000-00-00"', "0000-00-00"),
    Refused("a day at noon", DAY, '"2020-01-01T12:00:00"', "2020-01-01T12:00:00"),
    Refused("midnight elsewhere", DAY, '"2020-01-01T00:00:00+02:00"',
            "2020-01-01T00:00:00+02:00"),
    Refused("a day without dashes", DAY, '"20200101"', "20200101"),
    Refused("clock at 24", CLOCK, '"24:00:00"', "24:00:00"),
    Refused("clock elsewhere", CLOCK, '"10:00:00+02:00"', "10:00:00+02:00"),
    Refused("clock with comma", CLOCK, '"10:00:00,5"', "10:00:00,5"),
    Refused("clock at 60", CLOCK, '"23:59:60"', "23:59:60"),
]  # fmt: skip

BREAKS_ITS_SCHEMA: list[tuple[str, Any, str, str]] = [
    # name, JSON Schema, what is sent, what the sentence says of it
    ("another type", WHOLE, '"4711"', "rule 'type': ['null', 'integer']"),
    ("null", {"type": "string"}, "null", "rule 'type': string"),
    ("a fraction among texts", {"type": ["integer", "string"]}, "4711.5", "rule 'type'"),
    ("a fraction inside", {"type": "array", "items": {"type": "integer"}}, "[4711.5]",
     "rule 'type'"),
    ("just below", {"type": "number", "minimum": 0.1}, "0.09999999999999999999",
     "rule 'minimum': 0.1"),
    ("exclusive", {"type": "number", "exclusiveMaximum": 0.1}, "0.1", "rule 'exclusiveMaximum'"),
    ("exclusive as in draft 4", {"type": "number", "maximum": 4711, "exclusiveMaximum": True},
     "4711", "rule 'exclusiveMaximum'"),
    ("NaN with a bound", {"type": "number", "minimum": 0}, "NaN", "neither below nor above"),
    ("not in enum", {"enum": [1, 2]}, "4711", "rule 'enum'"),
    ("not const", {"const": 1}, "true", "rule 'const'"),
    ("long", {"type": "string", "maxLength": 3}, '"4711"', "rule 'maxLength': 3"),
    ("pattern", {"type": "string", "pattern": "^[a-z]*$"}, '"4711"', "rule 'pattern'"),
    ("two of one", {"oneOf": [{"type": "integer"}, {"type": "number"}]}, "4711", "rule 'oneOf'"),
    ("inside", {"additionalProperties": {"type": "null"}}, '{"4711":"4711"}', "rule 'type'"),
    ("never", False, '"4711"', "'c'"),
]  # fmt: skip
