"""What a BATCH holds is what RECORDs hold, value by value, for every type; or it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from psycopg.conninfo import make_conninfo
from tap_postgres.client import PostgresConnector

from deftunes_sandbox import Sandbox
from deftunes_tap_postgres.batches.reader import rows_of
from deftunes_tap_postgres.batches.selection import Selection
from deftunes_tap_postgres.batches.statement import statement_of
from deftunes_tap_postgres.errors import TapError

from .conftest import Database
from .tap import Tap
from .zoo import COLUMNS, means, table_of_all

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("songs")]

EXACT = {
    "int2": pa.int16(), "int4": pa.int32(), "int8": pa.int64(), "oid": pa.int64(),
    "yes": pa.bool_(), "real": pa.float32(), "double": pa.float64(),
    "price": pa.decimal128(10, 2), "most": pa.decimal128(38, 38),
    "date": pa.date32(), "plain": pa.timestamp("us"), "zoned": pa.timestamp("us", "UTC"),
    "clock": pa.time64("us"), "amount": pa.int32(),
}  # fmt: skip


def test_a_batch_holds_what_records_hold_of_every_type(own_tap: Tap, database: Database) -> None:
    database.execute(table_of_all())
    catalog = own_tap.discovered()
    recorded = own_tap.run(catalog=catalog)
    for file_format in ("arrow", "parquet"):
        batched = own_tap.run(catalog=catalog, **own_tap.batches(file_format))
        assert batched.of_type("SCHEMA") == recorded.of_type("SCHEMA")
        table = batched.table
        types = {field.name: field.type for field in table.schema}
        assert types == {name: EXACT.get(name, pa.string()) for name in COLUMNS}
        rows = sorted(table.to_pylist(), key=lambda row: (row["int2"] is None, row["int2"]))
        records = sorted(recorded.records, key=lambda row: (row["int2"] is None, row["int2"]))
        assert len(rows) == len(records) == 3
        for row, record in zip(rows, records, strict=True):
            assert row == {name: means(record[name], types[name]) for name in COLUMNS}


def test_days_and_moments_can_be_text_and_then_nothing_of_them_is_refused(
    own_tap: Tap, database: Database
) -> None:
    database.execute("create table days (d date, t timestamp, z timestamptz)")
    database.execute("insert into days values ('infinity', '-infinity', '2024-07-01 00:00+00')")
    database.execute("insert into days values ('0044-03-15 BC', '20000-01-01', 'infinity')")
    catalog = own_tap.discovered()
    both: dict[str, Any] = {
        "catalog": catalog,
        "dates_as_string": True,
        "env": {"PGTZ": "America/St_Johns"},
    }
    recorded = own_tap.run(**both).records
    assert own_tap.run(**both, **own_tap.batches()).table.to_pylist() == recorded
    assert recorded[0] == {"d": "infinity", "t": "-infinity", "z": "2024-06-30 21:30:00-02:30"}


REFUSED = [
    ("date", "'infinity'", "infinity"),
    ("date", "'-infinity'", "infinity"),
    ("date", "'10000-01-01'", "years 1 to 9999"),
    ("date", "'0001-12-31 BC'", "years 1 to 9999"),
    ("timestamp", "'infinity'", "infinity"),
    ("timestamp", "'-infinity'", "infinity"),
    ("timestamp", "'294276-12-31 23:59'", "years 1 to 9999"),
    ("timestamptz", "'infinity'", "infinity"),
    ("timestamptz", "'10000-01-01 00:00+00'", "years 1 to 9999"),
    ("time", "'24:00'", "24:00"),
    ("interval", "'infinity'", "interval"),
    ("interval", "'178000000 years'", "interval"),
    ("numeric(9, 2)", "'NaN'", "NaN"),
    ("numeric", "'NaN'", "NaN"),
    ("numeric", "'-Infinity'", "NaN or infinity"),
    ("numeric[]", "'{1,NaN}'", "NaN"),
    ("double precision[]", "'{Infinity}'", "NaN or infinity"),
]


@pytest.mark.parametrize(("kind", "value", "what"), REFUSED)
def test_a_value_that_cannot_be_exact_is_refused_in_words_that_find_it(
    songs: Sandbox, database: Database, schema: str, kind: str, value: str, what: str
) -> None:
    database.execute(f'create table strange ("a Key" int, "bad one" {kind})')
    database.execute(f"insert into strange values (1, null), (4711, {value})")
    with pytest.raises(TapError) as refusal:
        read(songs.songs_dsn, "strange", schema)
    sentence = str(refusal.value)
    assert f"Column 'bad one' of table {schema}.strange holds" in sentence
    assert what in sentence.split("which no batch", maxsplit=1)[0]
    assert "4711" not in sentence
    condition = sentence.split("WHERE ")[1].split("`", maxsplit=1)[0]
    found = database.execute(f'select "a Key" from strange where {condition}').fetchall()
    assert found == [(4711,)], sentence


def read(dsn: Mapping[str, Any], name: str, schema: str) -> list[pa.RecordBatch]:
    """Read a table as a stream does, in this process."""
    address = {**dsn, "username": dsn["user"], "database": dsn["dbname"]}
    parts = ("username", "password", "host", "port", "database")
    url = sa.URL.create("postgresql", **{part: address[part] for part in parts})
    connector = PostgresConnector(
        {"dates_as_string": False}, url.render_as_string(hide_password=False)
    )
    with connector._connect() as connection:
        table = sa.Table(name, sa.MetaData(), schema=schema, autoload_with=connection)
    selection = Selection.of(table.select(), days_as_text=False)
    sql = statement_of(selection.query, connector)
    return list(selection.finished(rows_of(make_conninfo(**dsn), sql, selection.table)))


def test_what_is_refused_ends_the_run_with_a_sentence_and_no_value(
    own_tap: Tap, database: Database
) -> None:
    database.execute("create table strange (id int, price numeric(9, 2))")
    database.execute("insert into strange values (4711, 'NaN')")
    run = own_tap.run(expect=1, **own_tap.batches())
    assert f"Column 'price' of table {own_tap.schema}.strange holds NaN or infinity" in run.words
    assert "4711" not in run.words
    assert "Traceback" not in run.words
    assert run.kinds == ["SCHEMA"]
    assert not list(own_tap.files.glob("*"))


@pytest.mark.parametrize("kind", ["timetz", "tsrange", "date[]", "bytea[]", "jsonb[]"])
def test_a_type_that_no_batch_carries_is_refused_before_anything_is_read(
    own_tap: Tap, database: Database, kind: str
) -> None:
    database.execute(f"create table strange (id int, other {kind})")
    catalog = own_tap.discovered()
    run = own_tap.run(catalog=catalog, expect=1, **own_tap.batches())
    assert f"Column 'other' of table {own_tap.schema}.strange is of type" in run.words
    assert "Traceback" not in run.words
    database.execute("insert into strange values (1)")
    others = own_tap.run(catalog=catalog, without=["other"], **own_tap.batches())
    assert others.table.to_pylist() == [{"id": 1}]


def test_floats_that_are_no_numbers_are_carried_where_a_record_has_null(
    own_tap: Tap, database: Database
) -> None:
    database.execute("create table floats (r real, d double precision)")
    database.execute("insert into floats values ('NaN', '-Infinity')")
    assert own_tap.run().records == [{"r": None, "d": None}]
    (row,) = own_tap.run(**own_tap.batches()).table.to_pylist()
    assert repr(row) == "{'r': nan, 'd': -inf}"


def test_a_column_that_is_not_selected_is_not_read(own_tap: Tap, database: Database) -> None:
    database.execute("create table guarded (id int, secret text, bad date)")
    database.execute("insert into guarded values (1, 'x', 'infinity')")
    run = own_tap.run(without=["secret", "bad"], **own_tap.batches())
    assert run.table.to_pylist() == [{"id": 1}]
    assert list(run.of_type("SCHEMA")[0]["schema"]["properties"]) == ["id"]
