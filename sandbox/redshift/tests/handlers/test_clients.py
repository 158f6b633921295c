"""The handlers behind the whole stand-in, as Redshift's own driver and psycopg meet them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import redshift_connector
import redshift_connector.error
from pyiceberg.types import IntegerType

from deftunes_redshift.server import Redshift

from .bench import ROLE, Bench
from .lake import Lake, glue_catalog

pytestmark = pytest.mark.slow

SONG = pa.schema([pa.field("id", pa.int64()), pa.field("title", pa.string())])


@dataclass
class Client:
    """A connection of either driver, which begins its transactions by itself."""

    connection: Any

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        cursor = self.connection.cursor()
        cursor.execute(statement)
        return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def refused(self, statement: str) -> str:
        with pytest.raises((psycopg.Error, redshift_connector.error.Error)) as refusal:
            self.run(statement)
        self.connection.rollback()
        return str(refusal.value)


@pytest.fixture(params=["redshift_connector", "psycopg"])
def client(redshift_with_aws: Redshift, request: pytest.FixtureRequest) -> Iterator[Client]:
    address = redshift_with_aws.address
    if request.param == "psycopg":
        connection: Any = psycopg.connect(address.url())
        connection.prepare_threshold = 0
    else:
        keywords: dict[str, Any] = {**address.keywords()}
        connection = redshift_connector.connect(**keywords)
    client = Client(connection)
    client.run("drop table if exists t")
    client.run("create table t (a int, b varchar(3))")
    connection.commit()
    yield client
    connection.rollback()
    connection.close()


@pytest.fixture
def lake(redshift_with_aws: Redshift, bench: Bench, client: Client) -> Lake:
    """A Glue database, and an external schema that the stand-in's client made."""
    del redshift_with_aws
    lake = Lake(bench, glue_catalog(bench.aws), bench.bucket.replace("-", "_"))
    lake.catalog.create_namespace(lake.name)
    client.run(
        f"create external schema {lake.schema} from data catalog database '{lake.name}' {ROLE}"
    )
    return lake


def songs(*titles: str) -> pa.Table:
    return pa.table({"id": list(range(len(titles))), "title": list(titles)}, SONG)


def test_a_copy_is_part_of_its_transaction_and_its_errors_are_not(
    client: Client, bench: Bench
) -> None:
    good = bench.parquet("good/1", {"a": pa.array([1, 2], pa.int32()), "b": ["ab", None]})
    bad = bench.parquet("bad/1", {"a": pa.array([1], pa.int32()), "b": ["toolong"]})
    client.run(f"copy t from '{good}' {ROLE} format as parquet")
    assert client.run("select a, b from t order by a") == [(1, "ab"), (2, None)]
    assert client.run(
        "select loaded_rows from sys_load_history where query_id = pg_last_copy_id()"
    ) == [(2,)]
    client.connection.rollback()
    assert client.run("select a from t") == []
    assert "Spectrum Scan Error" in client.refused(f"copy t from '{bad}' {ROLE} format parquet")
    assert client.run(
        "select trim(file_name), line_number, trim(column_name), error_code, trim(error_message) "
        "from sys_load_error_detail where query_id = pg_last_copy_id()"
    ) == [(bad, 1, "b", 1204, "String length exceeds DDL length")]
    client.run(f"copy t (b) from '{bench.put('text', b'x')}' {ROLE}")
    client.connection.commit()
    assert client.run("select a, b from t") == [(None, "x")]


def test_a_query_in_redshifts_words_is_unloaded(client: Client, bench: Bench) -> None:
    client.run("insert into t values (1, 'x')")
    client.run(
        "unload ('select a, nvl(b, ''none'') as b, datediff(day, ''2020-01-01''::date, "
        f"''2020-03-01''::date) as n from t') to 's3://{bench.bucket}/out/' {ROLE} format parquet"
    )
    body = bench.aws.s3.get_object(Bucket=bench.bucket, Key="out/0000_part_00.parquet")["Body"]
    rows = pq.read_table(io.BytesIO(body.read())).to_pylist()
    assert rows == [{"a": 1, "b": "x", "n": 60}]


def test_the_next_statement_of_a_transaction_sees_the_new_snapshot(
    client: Client, lake: Lake
) -> None:
    table = lake.create("songs", SONG)
    query = f"select id, title from {lake.schema}.songs order by id, title"
    seen = [client.run(query)]
    for title in ("one", "two"):
        table.append(songs(title))
        seen.append(client.run(query))
    assert seen == [[], [(0, "one")], [(0, "one"), (0, "two")]]


def test_a_statement_that_the_driver_keeps_goes_on_when_columns_are_added(
    client: Client, lake: Lake
) -> None:
    table = lake.create("songs", SONG)
    table.append(songs("one"))
    query = f"select title from {lake.schema}.songs order by title"
    assert client.run(query) == [("one",)]
    client.connection.commit()
    with table.update_schema() as update:
        update.add_column("year", IntegerType())
    table.append(songs("two").append_column("year", pa.array([1999], pa.int32())))
    assert client.run(query) == [("one",), ("two",)]
    assert client.run(f"select * from {lake.schema}.songs where year > 0") == [(0, "two", 1999)]


def test_a_late_binding_view_follows_the_lake(client: Client, lake: Lake) -> None:
    table = lake.create("songs", SONG)
    client.run("drop view if exists late")
    client.run(
        f"create view late as select count(*) as n from {lake.schema}.songs with no schema binding"
    )
    assert client.run("select n from late") == [(0,)]
    table.append(songs("one", "two"))
    assert client.run("select n from late") == [(2,)]


def test_external_tables_are_listed_and_are_no_tables_of_the_warehouse(
    client: Client, lake: Lake
) -> None:
    lake.create("songs", SONG).append(songs("one"))
    client.run(f"select * from {lake.schema}.songs")
    assert client.run(
        "select tablename, columnname, external_type from svv_external_columns "
        f"where schemaname = '{lake.schema}' order by columnnum"
    ) == [("songs", "id", "bigint"), ("songs", "title", "string")]
    assert client.run(
        f"select databasename from svv_external_schemas where schemaname = '{lake.schema}'"
    ) == [(lake.name,)]
    assert (
        client.run(
            f"select table_name from information_schema.tables where table_schema = '{lake.schema}'"
        )
        == []
    )


def test_what_external_tables_do_not_allow_is_refused(client: Client, lake: Lake) -> None:
    lake.create("songs", SONG).append(songs("one"))
    for statement in (
        "insert into {}.songs values (2, 'b')",
        "update {}.songs set id = 2",
        "delete from {}.songs",
        "create view bound as select * from {}.songs",
    ):
        client.refused(statement.format(lake.schema))
        assert client.run(f"select title from {lake.schema}.songs") == [("one",)]
