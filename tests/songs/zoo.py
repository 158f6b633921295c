"""A table with a column of every type, and rows of values that are easily got wrong."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pyarrow as pa

TYPES = """
create type mood as enum ('sad', 'ok, "fine"');
create domain amount as integer check (value > 0);
create domain money_amount as numeric(6, 2);
create domain email as text;
create type pair as (a integer, b text);
"""

COLUMNS: dict[str, tuple[str, str, str]] = {
    "int2": ("smallint", "-32768", "32767"),
    "int4": ("integer", "-2147483648", "2147483647"),
    "int8": ("bigint", "-9223372036854775808", "9223372036854775807"),
    "oid": ("oid", "0", "4294967295"),
    "yes": ("boolean", "true", "false"),
    "real": ("real", "0.1", "-3.4028235e38"),
    "double": ("double precision", "5e-324", "-1.7976931348623157e308"),
    "price": ("numeric(10, 2)", "-0.10", "99999999.99"),
    "most": ("numeric(38, 38)", "0." + "1" * 38, "-0." + "9" * 38),
    "wide": ("numeric(39, 1)", "9" * 38 + ".5", "0.0"),
    "tens": ("numeric(5, -2)", "12345", "-50"),
    "free": ("numeric", "1.100", "-1e-30"),
    "money": ("money", "'1234.5'", "'-0.01'"),
    "text": ("text", "E'\\u00e9 \\U0001F3B5 \"q\" \\\\ \\n\\t'", "''"),
    "varchar": ("varchar(5)", "'ab  '", "'null'"),
    "char": ("char(4)", "'ab'", "''"),
    "letter": ('"char"', "'x'", "''"),
    "name": ("name", "'a name'", "'é'"),
    "bytes": ("bytea", "'\\xdeadbeef00'", "''"),
    "date": ("date", "'0001-01-01'", "'9999-12-31'"),
    "plain": ("timestamp", "'0001-01-01 00:00'", "'9999-12-31 23:59:59.999999'"),
    "zoned": ("timestamptz", "'2024-02-29 23:00:00.5-03'", "'1900-01-01 00:00+00'"),
    "clock": ("time", "'23:59:59.999999'", "'00:00'"),
    "span": ("interval", "'1 year 2 mons 3 days 04:05:06.7'", "'-14 mons +3 days -30:05:06'"),
    "uuid": ("uuid", "'12345678-1234-1234-1234-1234567890AB'", "'" + "0" * 32 + "'"),
    "host": ("inet", "'10.0.0.1'", "'2001:db8::1/64'"),
    "net": ("cidr", "'10.0.0.0/8'", "'10.0.0.1/32'"),
    "mac": ("macaddr", "'08:00:2b:01:02:03'", "'00:00:00:00:00:00'"),
    "json": ("json", '\'{"b": 1.10, "a" : [1e2, {"é": "\\u00e9"}], "a": 2}\'', "' null '"),
    "jsonb": ("jsonb", '\'{"z": 0.12345678901234567890, "a b": ["x, y: z", null]}\'', "'[]'"),
    "json_text": ("jsonb", "'\"[1, 2]\"'", "'\"\"'"),
    "json_number": ("jsonb", "'12345678901234567890.10'", "'true'"),
    "ints": ("integer[]", "'{1,null,3}'", "'[0:1]={1,2}'"),
    "grid": ("bigint[]", "'{{1,2},{3,4}}'", "'{}'"),
    "texts": ("text[]", '\'{a,"b, \\"c\\"",null,NULL,"NULL"}\'', "'{\"\"}'"),
    "decimals": ("numeric[]", "'{1.10,2,-1e-30}'", "'{}'"),
    "doubles": ("double precision[]", "'{1e20,0.1,100000,null}'", "'{5e-324}'"),
    "answers": ("boolean[]", "'{t,f,null}'", "'{}'"),
    "moods": ("mood[]", '\'{sad,"ok, \\"fine\\""}\'', "'{}'"),
    "uuids": ("uuid[]", "array['" + "1" * 32 + "'::uuid]", "'{}'"),
    "chars": ("char(3)[]", "'{a,b}'", "'{}'"),
    "mood": ("mood", "'sad'", "'ok, \"fine\"'"),
    "bit": ("bit(3)", "b'101'", "b'000'"),
    "bits": ("varbit", "b'1010'", "b''"),
    "words": ("tsvector", "'a b'", "''"),
    "spans": ("int4multirange", "'{[1,3),[5,7)}'", "'{}'"),
    "point": ("point", "'(1,2.5)'", "'(-0,1e300)'"),
    "amount": ("amount", "5", "1"),
    "cents": ("money_amount", "1.50", "-0.01"),
    "email": ("email", "'a@b'", "''"),
    "pair": ("pair", "row(1, 'a,b')::pair", "row(null, '')::pair"),
    "lsn": ("pg_lsn", "'0/16B3748'", "'0/0'"),
    'Odd "name" 100%': ("text", "'%s %% :x $1'", "'?'"),
}
"""By name: the type, and two values as SQL; a third row is null."""


def table_of_all(name: str = "zoo") -> str:
    """SQL that makes the types, the table and its three rows."""
    quoted = {column: '"' + column.replace('"', '""') + '"' for column in COLUMNS}
    columns = ", ".join(f"{quoted[column]} {kind}" for column, (kind, *_) in COLUMNS.items())
    rows = zip(*(values for _, *values in COLUMNS.values()), strict=True)
    inserts = (f"insert into {name} values ({', '.join(row)});" for row in rows)
    nulls = f"insert into {name} default values"
    return f"{TYPES}; create table {name} ({columns}); {''.join(inserts)} {nulls}"


def means(recorded: Any, kind: pa.DataType) -> Any:
    """What a RECORD's JSON value, its digits kept, is as a value of a batch's column."""
    if recorded is None or pa.types.is_boolean(kind):
        return recorded
    if pa.types.is_timestamp(kind):
        moment = dt.datetime.fromisoformat(recorded)
        return moment if kind.tz else moment.replace(tzinfo=None)
    for fits, meaning in _MEANINGS.items():
        if fits(kind):
            return meaning(recorded)
    return recorded if isinstance(recorded, str) else _Json(recorded)


class _Json:
    """A number, list or object: equal to its own text, digit for digit."""

    def __init__(self, value: Any) -> None:
        self._value = value

    __hash__ = None  # type: ignore[assignment]  # compared, never looked up

    def __eq__(self, text: object) -> bool:
        assert isinstance(text, str)
        return repr(json.loads(text, parse_float=Decimal)) == repr(self._value)

    def __repr__(self) -> str:
        return repr(self._value)


_MEANINGS: dict[Any, Any] = {
    pa.types.is_float32: lambda value: pa.scalar(float(value), pa.float32()).as_py(),
    pa.types.is_float64: float,
    pa.types.is_integer: int,
    pa.types.is_decimal: Decimal,
    pa.types.is_date: dt.date.fromisoformat,
    pa.types.is_time: dt.time.fromisoformat,
}
