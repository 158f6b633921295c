"""External schemas; see r_CREATE_EXTERNAL_SCHEMA and querying-iceberg."""

from __future__ import annotations

import asyncio
import datetime as dt
from decimal import Decimal
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from psycopg import AsyncConnection
from pyiceberg import types
from pyiceberg.schema import Schema
from pyiceberg.types import NestedField

from deftunes_redshift.errors import RedshiftError
from deftunes_redshift.external import refresh, shadows
from deftunes_redshift.external.glue import GlueDatabase
from deftunes_redshift.external.snapshots import Snapshot

from .backend import PsycopgBackend
from .bench import ROLE, Bench
from .lake import Lake

UTC = dt.timezone.utc
SONG = pa.schema([pa.field("id", pa.int64()), pa.field("title", pa.string())])


@pytest.fixture
def lake(bench: Bench) -> Lake:
    return Lake.of(bench)


def songs(*rows: tuple[int, str | None]) -> pa.Table:
    return pa.table({"id": [row[0] for row in rows], "title": [row[1] for row in rows]}, SONG)


def naive(*parts: int) -> dt.datetime:
    return dt.datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - a TIMESTAMP has no zone


def test_every_type_is_shown_as_spectrum_shows_it(lake: Lake) -> None:
    kinds = {
        "yes": types.BooleanType(), "whole": types.IntegerType(), "long": types.LongType(),
        "real": types.FloatType(), "double": types.DoubleType(), "price": types.DecimalType(38, 9),
        "day": types.DateType(), "at": types.TimestampType(), "zoned": types.TimestamptzType(),
        "Text": types.StringType(), "raw": types.BinaryType(),
        "list": types.ListType(100, types.DecimalType(4, 2), element_required=False),
        "map": types.MapType(101, types.StringType(), 102, types.IntegerType()),
        "struct": types.StructType(NestedField(103, "in", types.StringType(), required=False)),
    }  # fmt: skip
    fields = [NestedField(n, name, kind) for n, (name, kind) in enumerate(kinds.items(), 1)]
    table = lake.create("zoo", Schema(*fields))
    row = {
        "yes": True, "whole": -1, "long": -(1 << 63), "real": 0.1, "double": 1e300,
        "price": Decimal("12345678901234567890123456789.123456789"), "day": dt.date(2020, 2, 29),
        "at": naive(2020, 1, 1, 0, 0, 0, 1), "zoned": dt.datetime(2020, 1, 1, tzinfo=UTC),
        "Text": "ü\n\"',", "raw": b"\0", "list": [Decimal("1.10"), None], "map": [("k", 1)],
        "struct": {"in": "x"},
    }  # fmt: skip
    table.append(pa.Table.from_pylist([row, {}], table.schema().as_arrow()))
    first, second = lake.select("select * from {}.zoo order by yes", "zoo")
    assert first == (
        True, -1, -(1 << 63), pytest.approx(0.1), 1e300, row["price"], row["day"], row["at"],
        row["zoned"], row["Text"], b"\0", [1.10, None], {"k": 1}, {"in": "x"},
    )  # fmt: skip
    assert second == (None,) * 14
    shown = lake.bench.sql(
        "select attname, format_type(atttypid, atttypmod) from pg_attribute "
        f"where attrelid = '{lake.schema}.zoo'::regclass and attnum > 0 order by attnum"
    )
    assert shown == [
        ("yes", "boolean"), ("whole", "integer"), ("long", "bigint"), ("real", "real"),
        ("double", "double precision"), ("price", "numeric(38,9)"), ("day", "date"),
        ("at", "timestamp without time zone"), ("zoned", "timestamp with time zone"),
        ("text", "character varying(16384)"), ("raw", "bytea"), ("list", "super"),
        ("map", "super"), ("struct", "super"),
    ]  # fmt: skip
    assert lake.bench.sql(f"select rs_catalog.compact(list) from {lake.schema}.zoo where yes") == [
        ("[1.10,null]",)
    ]


def test_texts_are_cut_at_16384_characters(lake: Lake) -> None:
    lake.create("songs", SONG).append(songs((1, "ü" * 16_384), (2, "ü" * 16_385)))
    assert lake.select("select title from {}.songs", "songs") == [("ü" * 16_384,)] * 2


@pytest.mark.parametrize("kind", [types.UUIDType(), types.TimeType(), types.FixedType(3)])
def test_types_that_redshift_does_not_read_are_refused(lake: Lake, kind: Any) -> None:
    lake.create("odd", Schema(NestedField(1, "x", kind)))
    with pytest.raises(RedshiftError, match=r"Unsupported data type .* of column x"):
        lake.select("select 1 from {}.odd", "odd")


@pytest.mark.slow
def test_the_next_statement_sees_what_changed(lake: Lake) -> None:
    table = lake.create("songs", SONG)
    query = "select * from {}.songs order by 1"
    assert lake.select(query, "songs") == []
    table.append(songs((1, "one"), (2, "two")))
    assert lake.select(query, "songs") == [(1, "one"), (2, "two")]
    table.overwrite(songs((2, "TWO")), "id = 2")
    table.append(songs((3, None)))
    assert lake.select(query, "songs") == [(1, "one"), (2, "TWO"), (3, None)]
    with table.update_schema() as update:
        update.add_column("year", types.IntegerType())
        update.rename_column("title", "name")
    assert lake.select(query, "songs") == [
        (1, "one", None),
        (2, "TWO", None),
        (3, None, None),
    ]
    grown = pa.schema([*SONG.set(1, SONG.field(1).with_name("name")), pa.field("year", pa.int32())])
    table.append(pa.Table.from_pylist([{"id": 4, "name": "four", "year": 1999}], grown))
    with table.update_schema() as update:
        update.delete_column("id")
    assert lake.select("select * from {}.songs where year > 0", "songs") == [("four", 1999)]
    lake.catalog.drop_table((lake.name, "songs"))
    with pytest.raises(psycopg.errors.UndefinedTable):
        lake.select(query, "songs")
    lake.create("songs", SONG).append(songs((9, "nine")))
    assert lake.select(query, "songs") == [(9, "nine")]


@pytest.mark.slow
def test_an_open_transaction_sees_the_new_snapshot_at_its_next_statement(lake: Lake) -> None:
    table = lake.create("songs", SONG)
    table.append(songs((1, "one")))
    name = (lake.schema, "songs")

    async def within(isolation: str) -> list[Any]:
        seen = []
        async with await AsyncConnection.connect(lake.bench.address) as connection:
            backend = PsycopgBackend(connection, lake.bench.address)
            await backend.run(f"set transaction isolation level {isolation}")
            for title in ("two", "three"):
                await refresh([name], backend, lake.bench.aws)
                query = f"select count(*) from {lake.schema}.songs"
                (count,) = (await backend.rows(query))[0]
                seen.append(count)
                table.append(songs((2, title)))
        return seen

    assert asyncio.run(within("read committed")) == [1, 2]
    assert asyncio.run(within("repeatable read")) == [3, 4]


def test_a_statement_that_was_prepared_before_sees_the_new_snapshot(lake: Lake) -> None:
    table = lake.create("songs", SONG)
    table.append(songs((1, "one")))
    lake.bench.refresh((lake.schema, "songs"))
    with psycopg.connect(lake.bench.address, autocommit=True) as connection:
        connection.prepare_threshold = 0
        query = f"select sum(id) from {lake.schema}.songs"
        seen = []
        for number in (2, 3):
            seen.append(connection.execute(query).fetchone())
            table.append(songs((number, "more")))
            lake.bench.refresh((lake.schema, "songs"))
        assert [*seen, connection.execute(query).fetchone()] == [(1,), (3,), (6,)]


@pytest.mark.slow
def test_other_columns_wait_for_the_transactions_that_have_read_the_table(lake: Lake) -> None:
    table = lake.create("songs", SONG)
    table.append(songs((1, "one")))
    lake.select("select 1 from {}.songs", "songs")
    with table.update_schema() as update:
        update.add_column("year", types.IntegerType())
    with psycopg.connect(lake.bench.address) as reader:
        reader.execute(f"select * from {lake.schema}.songs")
        with pytest.raises(RedshiftError, match="end it first"):
            lake.select("select * from {}.songs", "songs")
    assert lake.select("select * from {}.songs", "songs") == [(1, "one", None)]


def test_rows_and_columns_are_told_to_those_who_keep_prepared_statements(lake: Lake) -> None:
    table = lake.create("songs", SONG)
    name = (lake.schema, "songs")
    seen = [lake.bench.refresh(name)]
    assert lake.bench.refresh(name) == seen[0] != ""
    table.append(songs((1, "one")))
    seen.append(lake.bench.refresh(name))
    with table.update_schema() as update:
        update.add_column("year", types.IntegerType())
    seen.append(lake.bench.refresh(name))
    assert len({"", *seen}) == 4
    assert lake.bench.refresh(("public", "songs")) == ""


def test_only_tables_that_are_named_are_looked_at_and_only_new_files_are_read(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = lake.create("songs", SONG)
    lake.create("users", SONG)
    read: list[str] = []
    real = Snapshot.rows

    def noted(snapshot: Snapshot, file: Any) -> Any:
        read.append(file.task.file.file_path)
        return real(snapshot, file)

    monkeypatch.setattr(Snapshot, "rows", noted)
    for number in (1, 2, 3):
        table.append(songs((number, "x")))
        lake.select("select 1 from {}.songs", "songs")
        lake.select("select 1 from {}.songs", "songs")
    assert len(read) == len(set(read)) == 3
    assert lake.bench.sql(
        f"select tablename from rs_catalog.external_snapshots where schemaname = '{lake.schema}'"
    ) == [("songs",)]


def test_sessions_that_ask_at_once_all_see_the_same(lake: Lake) -> None:
    lake.create("songs", SONG).append(songs((1, "one")))
    lake.create("users", SONG).append(songs((2, "two")))

    async def ask(number: int) -> Any:
        async with await AsyncConnection.connect(lake.bench.address) as connection:
            backend = PsycopgBackend(connection, lake.bench.address)
            names = [(lake.schema, "songs"), (lake.schema, "users")]
            await refresh(names[:: (-1) ** number], backend, lake.bench.aws)
            return await backend.rows(
                f"select s.title, u.title from {lake.schema}.songs s, {lake.schema}.users u"
            )

    async def all_at_once() -> list[Any]:
        return await asyncio.gather(*map(ask, range(6)))

    assert asyncio.run(all_at_once()) == [[("one", "two")]] * 6


@pytest.mark.slow
def test_files_that_no_snapshot_has_are_dropped_when_nobody_reads_them(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadows, "_GRACE", "0 seconds")
    table = lake.create("songs", SONG)
    table.append(songs((1, "one")))
    lake.select("select 1 from {}.songs", "songs")
    ((first,),) = lake.bench.sql(
        "select unnest(files) from rs_catalog.external_snapshots "
        f"where schemaname = '{lake.schema}'"
    )
    kept = f"select to_regclass('rs_catalog.{first}') is not null"
    table.overwrite(songs((2, "two")))
    with psycopg.connect(lake.bench.address) as reader:
        reader.execute(f"select * from {lake.schema}.songs")
        assert lake.select("select id from {}.songs", "songs") == [(2,)]
        assert lake.bench.sql(kept) == [(True,)]
    table.append(songs((3, "three")))
    assert lake.select("select id from {}.songs order by id", "songs") == [(2,), (3,)]
    assert lake.bench.sql(kept) == [(False,)]


def test_a_session_that_asked_glue_earlier_does_not_put_back_what_was(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = lake.create("songs", SONG)
    table.append(songs((1, "old")))
    database = GlueDatabase(lake.bench.aws, lake.name)
    before = database.table("songs")
    table.append(songs((2, "new")))
    assert lake.select("select count(*) from {}.songs", "songs") == [(2,)]
    answers = [before]
    asked = GlueDatabase.table
    monkeypatch.setattr(
        GlueDatabase, "table", lambda *call: answers.pop() if answers else asked(*call)
    )
    monkeypatch.delattr(Snapshot, "files")
    assert lake.select("select count(*) from {}.songs", "songs") == [(2,)]
    assert answers == []


@pytest.mark.parametrize(
    "statement",
    ["insert into {}.songs values (2, 'b')", "update {}.songs set id = 2",
     "delete from {}.songs where id = 7", "truncate {}.songs"],
)  # fmt: skip
def test_external_tables_cannot_be_written(lake: Lake, statement: str) -> None:
    lake.create("songs", SONG).append(songs((1, "one")))
    with pytest.raises(psycopg.Error):
        lake.select(statement, "songs")
    assert lake.select("select * from {}.songs", "songs") == [(1, "one")]


def test_glue_tables_that_are_not_iceberg_are_refused(lake: Lake) -> None:
    lake.bench.aws.glue.create_table(
        DatabaseName=lake.name, TableInput={"Name": "hive", "TableType": "EXTERNAL_TABLE"}
    )
    with pytest.raises(RedshiftError, match="reads Iceberg tables alone"):
        lake.select("select 1 from {}.hive", "hive")


def test_the_system_views_list_all_tables_of_the_database(lake: Lake) -> None:
    lake.create("songs", SONG)
    lake.create("users", SONG)
    lake.bench.refresh((None, "svv_external_columns"))
    listed = lake.bench.sql(
        "select tablename, columnname, external_type, columnnum from rs_catalog.external_columns "
        f"where schemaname = '{lake.schema}' order by tablename, columnnum"
    )
    assert listed == [
        (table, *column)
        for table in ("songs", "users")
        for column in (("id", "bigint", 1), ("title", "string", 2))
    ]
    lake.catalog.drop_table((lake.name, "users"))
    lake.bench.refresh((None, "svv_external_tables"))
    assert lake.bench.sql(
        "select tablename, location from rs_catalog.external_tables "
        f"where schemaname = '{lake.schema}'"
    ) == [("songs", f"s3://{lake.bench.bucket}/songs")]


def test_a_schema_is_made_once(lake: Lake) -> None:
    create = f"create external schema {lake.schema} from data catalog database '{lake.name}' {ROLE}"
    with pytest.raises(RedshiftError, match="already exists"):
        lake.bench.create_external(create)
    again = create.replace("schema", "schema if not exists")
    outcome = lake.bench.create_external(again)
    assert outcome.notices == [f'Schema "{lake.schema}" already exists and is skipped']
    assert lake.bench.sql(
        "select databasename, esoptions::json ->> 'IAM_ROLE' from rs_catalog.external_schemas "
        f"where schemaname = '{lake.schema}'"
    ) == [(lake.name, "arn:aws:iam::123456789012:role/Spectrum")]


def test_a_database_is_made_on_request_and_needed_otherwise(bench: Bench) -> None:
    create = f"create external schema made from data catalog database 'made_up' {ROLE}"
    with pytest.raises(RedshiftError, match="does not exist in the external catalog"):
        bench.create_external(create)
    asked = f"{create} region 'us-east-1' create external database if not exists;"
    assert bench.create_external(asked).notices == ['External database "made_up" created']
    bench.drop_external("drop schema made drop external database")
    assert bench.sql("select 1 from pg_namespace where nspname = 'made'") == []
    with pytest.raises(RedshiftError, match="does not exist in the external catalog"):
        bench.create_external(create)


def test_only_those_who_may_use_the_schema_may_read_its_tables(lake: Lake) -> None:
    lake.create("songs", SONG).append(songs((1, "one")))
    reader = f"reader_of_{lake.name}"
    lake.select(f"create role {reader}", "songs")
    query = f"select title from {lake.schema}.songs"
    with psycopg.connect(lake.bench.address, autocommit=True) as connection:
        connection.execute(f"set role {reader}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="denied for schema"):
            connection.execute(query)
        lake.bench.sql(f"grant usage on schema {lake.schema} to {reader}")
        assert connection.execute(query).fetchall() == [("one",)]


def test_dropping_a_schema_leaves_the_lake_alone(lake: Lake) -> None:
    lake.create("songs", SONG).append(songs((1, "one")))
    lake.select("select 1 from {}.songs", "songs")
    lake.bench.drop_external(f"drop schema {lake.schema}")
    with pytest.raises(psycopg.errors.UndefinedTable):
        lake.select("select * from {}.songs", "songs")
    assert lake.catalog.load_table((lake.name, "songs")).scan().count() == 1


@pytest.mark.parametrize(
    ("clause", "says"),
    [
        ("from hive metastore database 'x' uri '1.2.3.4'", "does not know"),
        ("from data catalog database 'x'", "needs IAM_ROLE"),
        (f"from data catalog {ROLE}", "needs DATABASE"),
        (f"from data catalog database 'x' {ROLE} bogus", 'at or near "bogus"'),
        ("from data catalog database 'x' iam_role 'me'", "Invalid IAM role"),
    ],
)
def test_what_is_not_of_the_form_is_refused(bench: Bench, clause: str, says: str) -> None:
    with pytest.raises(RedshiftError, match=says):
        bench.create_external(f"create external schema odd {clause}")


def test_a_table_whose_files_are_gone_is_told_in_one_sentence(lake: Lake) -> None:
    table = lake.create("songs", SONG)
    table.append(songs((1, "one")))
    (file,) = table.inspect.files().column("file_path").to_pylist()
    lake.bench.aws.s3.delete_object(Bucket=lake.bench.bucket, Key=file.split("/", 3)[3])
    with pytest.raises(RedshiftError, match=r"external table .*\.songs cannot be read: "):
        lake.select("select 1 from {}.songs", "songs")
