"""How each of PostgreSQL's types travels: the SQL that reads it, and what it becomes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from deftunes_tap_postgres.batches import values

MAX_DECIMAL_DIGITS = 38
"""What decimal128 holds, and Iceberg and Parquet's readers know."""

_DAYS_OF_YEAR, _DAYS_OF_MONTH = 365, 30
"""As psycopg2 reckons when it makes a timedelta of an interval."""
_TOO_MANY_DAYS = 4_000_000
"""Beyond every year that has four digits, and within what make_interval takes."""


@dataclass(frozen=True)
class Carriage:
    """How one column travels.

    Args:
        sql: What to select.
        read: The Arrow type in which ADBC hands that over.
        arrow: The type in a batch file.
        finish: What makes the one of the other; it raises `values.InexactError`.
        may_bookmark: Whether a replication key of this type means the same in both modes.
    """

    sql: sa.ColumnElement[Any]
    read: pa.DataType
    arrow: pa.DataType
    finish: Callable[[pa.Array], pa.Array]
    may_bookmark: bool = True


class UncarriedError(TypeError):
    """No batch carries a column of this type."""


def carriage_of(column: sa.ColumnElement[Any], kind: Any, *, days_as_text: bool) -> Carriage:
    """Tell how a column travels.

    Args:
        column: The table's column.
        kind: Its SQLAlchemy type, as reflected.
        days_as_text: The tap's setting `dates_as_string`.

    Raises:
        UncarriedError: No SQL is known that equals what the RECORD mode makes of the type.
    """
    if isinstance(kind, pg.DOMAIN):
        return _carriage_of_domain(column, kind, days_as_text=days_as_text)
    if days_as_text and isinstance(kind, (sa.Date, sa.DateTime)):
        return _as_spelled(column, kind)
    if type(kind) in _AS_IT_IS:
        return _as_it_is(column, _AS_IT_IS[type(kind)])
    ways = (way for types, way in _WAYS if isinstance(kind, types))
    return next(ways, _as_spelled)(column, kind)


def _carriage_of_domain(
    column: sa.ColumnElement[Any], kind: pg.DOMAIN, *, days_as_text: bool
) -> Carriage:
    # PostgreSQL tells its clients a domain's base type, and SQLAlchemy leaves the value to psycopg2
    if isinstance(kind.data_type, (sa.JSON, sa.ARRAY, pg.HSTORE, pg.DOMAIN)):
        raise UncarriedError
    if type(kind.data_type) in {sa.TEXT, sa.VARCHAR}:
        return _as_text(sa.cast(column, sa.Text))
    base = carriage_of(column, kind.data_type, days_as_text=days_as_text)
    if not isinstance(kind.data_type, (sa.Integer, sa.Boolean, sa.Float)):
        return base
    return Carriage(sa.cast(column, kind.data_type), base.read, base.arrow, base.finish)


def _as_it_is(column: sa.ColumnElement[Any], arrow: pa.DataType) -> Carriage:
    return Carriage(column, arrow, arrow, values.as_it_is)


def _as_text(
    sql: sa.ColumnElement[Any],
    finish: Callable[[pa.Array], pa.Array] = values.as_it_is,
    *,
    may_bookmark: bool = True,
) -> Carriage:
    return Carriage(sql, pa.string(), pa.string(), finish, may_bookmark)


def _spelled(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """What the server writes for a client that takes text, as psycopg2 does.

    A cast to text is not always that: it adds /32 to an inet and takes the blanks of a char.
    A composite of nulls is no null, but neither is it NOT NULL.
    """
    return sa.case((column.is_distinct_from(None), sa.func.format("%s", column)))


def _as_spelled(column: sa.ColumnElement[Any], _: Any) -> Carriage:
    return _as_text(_spelled(column))


def _oids(column: sa.ColumnElement[Any], _: Any) -> Carriage:
    return _as_it_is(sa.cast(column, sa.BigInteger), pa.int64())


def _numbers(column: sa.ColumnElement[Any], kind: sa.Numeric[Any]) -> Carriage:
    digits = sa.cast(column, sa.Text)
    precision, scale = kind.precision, kind.scale
    if precision is None or scale is None:
        return _as_text(digits, values.decimal_text)
    if precision > MAX_DECIMAL_DIGITS or not 0 <= scale <= precision:
        return _as_text(digits, values.decimal_text)
    exact = pa.decimal128(precision, scale)
    finish = functools.partial(values.decimals, exact=exact)
    return Carriage(digits, pa.string(), exact, finish)


def _dates(column: sa.ColumnElement[Any], _: Any) -> Carriage:
    return Carriage(column, pa.date32(), pa.date32(), values.dates)


def _moments(column: sa.ColumnElement[Any], kind: sa.DateTime) -> Carriage:
    arrow = pa.timestamp("us", "UTC" if kind.timezone else None)
    return Carriage(column, arrow, arrow, values.moments)


def _clock_times(column: sa.ColumnElement[Any], kind: sa.Time) -> Carriage:
    if kind.timezone:
        raise UncarriedError
    return Carriage(column, pa.time64("us"), pa.time64("us"), values.clock_times)


def _spans(column: sa.ColumnElement[Any], _: Any) -> Carriage:
    epoch = sa.cast("epoch", sa.TIMESTAMP)
    days = (
        _DAYS_OF_YEAR * sa.extract("year", column)
        + _DAYS_OF_MONTH * sa.extract("month", column)
        + sa.extract("day", column)
    )
    days = sa.cast(
        sa.func.greatest(-_TOO_MANY_DAYS, sa.func.least(_TOO_MANY_DAYS, days)), sa.Integer
    )
    clock = column - sa.func.date_trunc("day", column, type_=pg.INTERVAL)
    moment = epoch + sa.func.make_interval(0, 0, 0, days, type_=pg.INTERVAL) + clock
    endless = sa.cast("infinity", sa.TIMESTAMP)
    sql = sa.case((sa.func.isfinite(column), moment), (column.is_not(None), endless))
    return Carriage(sql, pa.timestamp("us"), pa.string(), values.spans, may_bookmark=False)


def _bytes(column: sa.ColumnElement[Any], _: Any) -> Carriage:
    return _as_text(sa.func.encode(column, "hex"), may_bookmark=False)


def _json(column: sa.ColumnElement[Any], _: Any) -> Carriage:
    return _as_text(sa.cast(column, sa.Text), values.json_text, may_bookmark=False)


def _hstore(column: sa.ColumnElement[Any], _: Any) -> Carriage:
    return _as_text(
        sa.cast(sa.cast(column, pg.JSON), sa.Text), values.json_text, may_bookmark=False
    )


def _lists(column: sa.ColumnElement[Any], kind: sa.ARRAY[Any]) -> Carriage:
    text = sa.cast(sa.func.array_to_json(column), sa.Text)
    if isinstance(kind.item_type, sa.Float):
        return _as_text(text, values.float_lists, may_bookmark=False)
    if isinstance(kind.item_type, sa.Numeric):
        return _as_text(text, values.decimal_lists, may_bookmark=False)
    if isinstance(kind.item_type, (sa.Integer, sa.Boolean, sa.String, sa.Uuid)):
        return _as_text(text, values.json_text, may_bookmark=False)
    raise UncarriedError


def _nothing(column: sa.ColumnElement[Any], kind: Any) -> Carriage:
    del column, kind
    raise UncarriedError


_AS_IT_IS: dict[type, pa.DataType] = {
    sa.BOOLEAN: pa.bool_(),
    sa.SMALLINT: pa.int16(),
    sa.INTEGER: pa.int32(),
    sa.BIGINT: pa.int64(),
    sa.REAL: pa.float32(),
    sa.DOUBLE_PRECISION: pa.float64(),
    sa.TEXT: pa.string(),
    sa.VARCHAR: pa.string(),
}
_Way = Callable[[sa.ColumnElement[Any], Any], Carriage]
_WAYS: tuple[tuple[Any, _Way], ...] = (
    (pg.OID, _oids),
    (sa.Numeric, _numbers),
    (sa.Date, _dates),
    (sa.DateTime, _moments),
    (sa.Time, _clock_times),
    (pg.INTERVAL, _spans),
    (pg.BYTEA, _bytes),
    (sa.JSON, _json),
    (pg.HSTORE, _hstore),
    (sa.ARRAY, _lists),
    # psycopg2 has classes for these, of which the RECORD mode writes the fields
    (pg.ranges.AbstractSingleRange, _nothing),
)
"""By type, the first that fits; all other types are text to psycopg2, spelled by the server."""
