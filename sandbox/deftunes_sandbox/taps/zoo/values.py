"""One column for each kind of schema and value: what is sent, and what every reader sees.

The values seen are written by hand, as the value sent is: nothing here is computed by the target.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, NamedTuple

UTC = dt.timezone.utc

TEXT = {"type": ["null", "string"]}
NUMBER = {"type": ["null", "number"]}
WHOLE = {"type": ["null", "integer"]}
MOMENT = {"type": ["null", "string"], "format": "date-time"}
DAY = {"type": ["null", "string"], "format": "date"}
CLOCK = {"type": ["null", "string"], "format": "time"}
OBJECT = {"type": ["null", "object"]}
LIST = {"type": ["null", "array"]}
NULL = {"type": "null"}
DECIMAL = {"type": ["string", "null"], "format": "singer.decimal", "precision": 38, "scale": 10}
POSTGRES_NUMERIC = {
    "type": ["null", "number"],
    "multipleOf": 1e-38,
    "minimum": -1e62,
    "exclusiveMinimum": True,
    "maximum": 1e62,
    "exclusiveMaximum": True,
}
MYSQL_UNSIGNED = {"type": ["null", "integer"], "minimum": 0, "maximum": 2**64 - 1}

DEFINITIONS = {
    "money": {"type": ["null", "string"], "format": "singer.decimal", "precision": 9, "scale": 2},
    "Money": WHOLE,
    "tree": {
        "type": ["null", "object"],
        "properties": {"left": {"$ref": "#/definitions/tree"}, "leaf": {"type": "string"}},
    },
}


class Value(NamedTuple):
    """A column of the stream `values`.

    Attributes:
        name: Its name.
        declared: Its JSON Schema.
        sent: The JSON text of its value, as the tap writes it.
        seen: What a reader sees.
        configured: The type that the setting `types` gives it.
    """

    name: str
    declared: Any
    sent: str
    seen: Any
    configured: str | None = None


def _utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]  # mypy counts no star


VALUES = [
    # numbers
    Value("tenth", NUMBER, "0.1", 0.1),
    Value("digits_17", NUMBER, "0.30000000000000004", 0.30000000000000004),
    Value(
        "a_double_in_full",
        NUMBER,
        "0.1000000000000000055511151231257827021181583404541015625",
        0.1,
    ),
    Value("negative_zero", NUMBER, "-0.0", -0.0),
    Value("greatest", NUMBER, "1.7976931348623157e308", 1.7976931348623157e308),
    Value("least", NUMBER, "5e-324", 5e-324),
    Value("power_53", NUMBER, "9007199254740992", 9007199254740992.0),
    Value("number_or_integer", {"type": ["integer", "number", "null"]}, "3", 3.0),
    Value("single", NUMBER, "0.5", 0.5, "float"),
    Value("single_rounded", NUMBER, "0.4955022", 0.49550220370292664, "float"),
    Value("postgres_numeric", POSTGRES_NUMERIC, "0.07", 0.07),
    Value("at_its_bounds", {"type": "number", "minimum": 0.1, "maximum": 0.1}, "0.1", 0.1),
    Value("whole", WHOLE, "7", 7),
    Value("whole_with_point", WHOLE, "1.0", 1),
    Value("whole_with_exponent", WHOLE, "1.5e3", 1500),
    Value("whole_least", WHOLE, "-9223372036854775808", -(2**63)),
    Value("whole_greatest", WHOLE, "9223372036854775807", 2**63 - 1),
    Value("mysql_unsigned", MYSQL_UNSIGNED, "7", 7),
    Value("mysql_unsigned_full", MYSQL_UNSIGNED, "18446744073709551615", Decimal(2**64 - 1),
          "decimal(20,0)"),
    Value("int", WHOLE, "-2147483648", -(2**31), "int"),
    # decimals
    Value("money", NUMBER, "1.10", Decimal("1.10"), "decimal(10,2)"),
    Value("money_whole", NUMBER, "2", Decimal("2.00"), "decimal(10,2)"),
    Value("money_exponent", NUMBER, "1.5e2", Decimal("150.00"), "decimal(10,2)"),
    Value("money_zeros", NUMBER, "1.2500", Decimal("1.25"), "decimal(10,2)"),
    Value("money_divisor", {**NUMBER, "multipleOf": 0.01}, "0.07", Decimal("0.07"),
          "decimal(10,2)"),
    Value("money_nothing", NUMBER, "0e-1000000000", Decimal("0.00"), "decimal(20,2)"),
    Value("decimal_of_38", NUMBER, "1" + "0" * 37, Decimal(10) ** 37, "decimal(38,0)"),
    Value("money_as_text", TEXT, '"0.1"', Decimal("0.10"), "decimal(10,2)"),
    Value("decimal", DECIMAL, '"1234567890123456789012345678.0123456789"',
          Decimal("1234567890123456789012345678.0123456789")),
    Value("decimal_as_number", {**DECIMAL, "type": ["null", "number"]}, "-0.5",
          Decimal("-0.5000000000")),
    Value("decimal_of_sdk", {**DECIMAL, "format": "x-singer.decimal"}, '"5"',
          Decimal("5.0000000000")),
    Value("decimal_or_null", {"anyOf": [DECIMAL, NULL]}, '"1e3"', Decimal("1000.0000000000")),
    Value("decimal_without_scale", {"type": "string", "format": "singer.decimal"}, '"1.10"',
          "1.10"),
    # truth
    Value("yes", {"type": ["boolean", "null"]}, "true", seen=True),
    Value("no", {"type": ["null", "boolean"]}, "false", seen=False),
    # text
    Value("empty", TEXT, '""', ""),
    Value("spaces", TEXT, '" a  "', " a  "),
    Value("nul", TEXT, '"a\\u0000b"', "a\0b"),
    Value("lines", TEXT, '"a\\nb\\r\\nc\\t"', "a\nb\r\nc\t"),
    Value("emoji", TEXT, '"👩🏽‍🚀"', "👩🏽‍🚀"),
    Value("emoji_escaped", TEXT, '"\\ud83c\\udfb5"', "🎵"),
    Value("right_to_left", TEXT, '"\\u202e\\u05d0\\u05d1"', "\u202e\u05d0\u05d1"),
    Value("composed", TEXT, '"\\u00e9"', "\u00e9"),
    Value("decomposed", TEXT, '"e\\u0301"', "e\u0301"),
    Value("noncharacter", TEXT, '"\\uffff"', "\uffff"),
    Value("sql", TEXT, '"\'; drop table \\"x\\"; --"', "'; drop table \"x\"; --"),
    Value("json_in_text", TEXT, '"{\\"a\\": 1.0}"', '{"a": 1.0}'),
    Value("number_in_text", TEXT, '"007"', "007"),
    Value("null_in_text", TEXT, '"null"', "null"),
    Value("five_megabytes", TEXT, '"' + "é" * 2_500_000 + '"', "é" * 2_500_000),
    Value("base64", {"type": "string", "contentEncoding": "base64"}, '"AP8="', "AP8="),
    Value("no_base64", {"type": "string", "contentEncoding": "base64"}, '"?"', "?"),
    Value("bytes", {"type": "string", "format": "binary"}, '"\\u0000\\u00ff"', "\0\u00ff"),
    Value("media", {"type": "string", "contentMediaType": "application/json"}, '"{"', "{"),
    Value("email", {"type": "string", "format": "email"}, '"no address"', "no address"),
    Value("uuid", {"type": "string", "format": "uuid"}, '"123E"', "123E"),
    Value("uri", {"type": "string", "format": "uri"}, '"x:y"', "x:y"),
    Value("ipv4", {"type": "string", "format": "ipv4"}, '"999.1.1.1"', "999.1.1.1"),
    Value("duration", {"type": "string", "format": "duration"}, '"P1DT2H"', "P1DT2H"),
    Value("format_unknown", {"type": "string", "format": "colour"}, '"red"', "red"),
    Value("no_longer_than_one", {"type": "string", "maxLength": 1}, '"🎵"', "🎵"),
    Value("pattern", {"type": "string", "pattern": "^[a-z]+$"}, '"abc"', "abc"),
    # dates, times and both
    Value("day", DAY, '"2020-02-29"', dt.date(2020, 2, 29)),
    Value("day_first", DAY, '"0001-01-01"', dt.date(1, 1, 1)),
    Value("day_last", DAY, '"9999-12-31"', dt.date(9999, 12, 31)),
    Value("day_at_midnight", DAY, '"2020-02-29T00:00:00.000Z"', dt.date(2020, 2, 29)),
    Value("day_of_mysql", DAY, '"2020-02-29 00:00:00"', dt.date(2020, 2, 29)),
    Value("clock", CLOCK, '"23:59:59.999999"', dt.time(23, 59, 59, 999999)),
    Value("clock_midnight", CLOCK, '"00:00"', dt.time(0)),
    Value("clock_utc", CLOCK, '"10:00:00Z"', dt.time(10)),
    Value("moment", MOMENT, '"2020-02-29T23:30:00Z"', _utc(2020, 2, 29, 23, 30)),
    Value("moment_offset", MOMENT, '"2020-02-29T23:30:00+05:30"', _utc(2020, 2, 29, 18, 0)),
    Value("moment_hour", MOMENT, '"2020-02-29T10Z"', _utc(2020, 2, 29, 10)),
    Value("moment_basic_offset", MOMENT, '"2020-02-29 10:00:00+0530"', _utc(2020, 2, 29, 4, 30)),
    Value("moment_far_offset", MOMENT, '"2020-02-29T00:00:00-23:59"', _utc(2020, 2, 29, 23, 59)),
    Value("moment_offset_unknown", MOMENT, '"2020-02-29T23:30:00-00:00"',
          _utc(2020, 2, 29, 23, 30)),
    Value("moment_without_zone", MOMENT, '"2020-02-29T23:30:00"', _utc(2020, 2, 29, 23, 30)),
    Value("moment_lower_case", MOMENT, '"2020-02-29t23:30:00.1z"',
          _utc(2020, 2, 29, 23, 30, 0, 100_000)),
    Value("moment_nine_digits", MOMENT, '"2020-02-29T23:30:00.123456000Z"',
          _utc(2020, 2, 29, 23, 30, 0, 123_456)),
    Value("moment_first", MOMENT, '"0001-01-01T00:00:00Z"', _utc(1, 1, 1)),
    Value("moment_last", MOMENT, '"9999-12-31T23:59:59.999999Z"',
          _utc(9999, 12, 31, 23, 59, 59, 999_999)),
    Value("moment_before_1970", MOMENT, '"1969-12-31T23:59:59.999999Z"',
          _utc(1969, 12, 31, 23, 59, 59, 999_999)),
    Value("moment_day_only", MOMENT, '"2020-02-29"', _utc(2020, 2, 29)),
    Value("wall_clock", MOMENT, '"2020-02-29T23:30:00+01:00"',
          dt.datetime.fromisoformat("2020-02-29T22:30"), "timestamp"),
    # nested: kept whole as JSON
    Value("object", OBJECT, '{"b":1,"a":{"c":[null,true,"ü"]}}',
          '{"b":1,"a":{"c":[null,true,"ü"]}}'),
    Value("object_spaced", OBJECT, '{ "b" : [ 1 , 2 ] }', '{"b":[1,2]}'),
    Value("object_empty", OBJECT, "{}", "{}"),
    Value("object_numbers", OBJECT, '{"x":1.10,"y":12345678901234567890123,"z":-0.0}',
          '{"x":1.10,"y":12345678901234567890123,"z":-0.0}'),
    Value("object_exponents", OBJECT, '{"x":1e5,"y":0.0000001}', '{"x":1E+5,"y":1E-7}'),
    Value("object_escapes", OBJECT, '{"\\"":"\\u00e9\\n"}', '{"\\"":"é\\n"}'),
    Value("object_required", {"type": "object", "properties": {"a": WHOLE}, "required": ["a"]},
          '{"a":1.0}', '{"a":1.0}'),
    Value("object_patterns", {"type": "object", "patternProperties": {"^x": WHOLE},
                              "additionalProperties": TEXT}, '{"x1":2,"y":"z"}',
          '{"x1":2,"y":"z"}'),
    Value("list", LIST, '[{"a":[[]]},null]', '[{"a":[[]]},null]'),
    Value("list_empty", LIST, "[]", "[]"),
    Value("list_of_places", {"type": "array", "items": [WHOLE, TEXT], "additionalItems": False},
          '[1,"a"]', '[1,"a"]'),
    Value("tree", {"$ref": "#/definitions/tree"}, '{"left":{"left":{"leaf":"x"}}}',
          '{"left":{"left":{"leaf":"x"}}}'),
    # what allows several things
    Value("text_or_whole", {"type": ["integer", "string", "null"]}, "7", "7"),
    Value("text_or_object", {"type": ["object", "string"]}, '{"a":1}', '{"a":1}'),
    Value("any_of_null", {"anyOf": [NULL, MOMENT]}, '"2020-01-01T00:00:00Z"', _utc(2020, 1, 1)),
    Value("any_of_texts", {"anyOf": [MOMENT, TEXT]}, '"soon"', "soon"),
    Value("any_of_anything", {"anyOf": [DAY, {}]}, "[1]", "[1]"),
    Value("one_of", {"oneOf": [WHOLE, {"type": "string"}]}, "7", "7"),
    Value("one_of_numbers", {"oneOf": [{"type": "integer"}, {"type": "string"}, NUMBER]},
          "1.5", "1.5"),
    Value("all_of", {"allOf": [{"description": "x"}, {"type": ["integer", "null"]}]}, "7", 7),
    Value("all_of_reference", {"allOf": [{"$ref": "#/definitions/money"}]}, '"1.5"',
          Decimal("1.50")),
    Value("reference", {"$ref": "#/definitions/money"}, '"1.5"', Decimal("1.50")),
    Value("reference_in_another_case", {"$ref": "#/definitions/Money"}, "1", 1),
    Value("not_a_number", {"type": ["string", "null"], "not": {"type": "number"}}, '"a"', "a"),
    Value("if_then", {**TEXT, "if": {"const": "a"}, "then": {"maxLength": 1}}, '"a"', "a"),
    Value("enum", {"enum": ["a", "b", None]}, '"b"', "b"),
    Value("enum_of_numbers", {"type": "number", "enum": [1, 2.5]}, "1.0", 1.0),
    Value("const", {"const": [1, {"a": 0.1}]}, '[1.0,{"a":0.1}]', '[1.0,{"a":0.1}]'),
    Value("anything", {}, '{"a":1}', '{"a":1}'),
    Value("anything_true", declared=True, sent="12.50", seen="12.50"),
    Value("anything_described", {"description": "no type", "default": 5}, "false", "false"),
    Value("list_without_type", {"items": {"type": "integer"}}, "[1,2]", "[1,2]"),
    Value("only_null", NULL, "null", None),
    Value("null_alone", TEXT, "null", None),
]  # fmt: skip
