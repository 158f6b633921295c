"""UNLOAD; see r_UNLOAD."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import math
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from deftunes_redshift.errors import RedshiftError

from .bench import ROLE, Bench

VALUES = """
    create table t (a smallint, b int, c bigint, d real, e float8, f numeric(38, 10), h boolean,
                    i varchar(40), k date, l timestamp, m timestamptz, s jsonb);
    insert into t values
      (-32768, 1, -9223372036854775808, 0.1, 'NaN', 1234567890123456789012345678.0123456789, true,
       E'ü|,"quoted"\\n', '0001-01-01', '2020-02-29 23:59:59.999999', '2020-01-01 01:00:00+01',
       '{"n": 1.10}'),
      (null, null, null, null, null, null, null, '', null, null, null, null);
"""


@pytest.fixture
def unloaded(bench: Bench) -> Bench:
    bench.sql(VALUES)
    return bench


def keys(bench: Bench) -> list[str]:
    found = bench.aws.s3.list_objects_v2(Bucket=bench.bucket).get("Contents", [])
    return [item["Key"] for item in found]


def content(bench: Bench, key: str) -> bytes:
    body: bytes = bench.aws.s3.get_object(Bucket=bench.bucket, Key=key)["Body"].read()
    return body


def parquet(bench: Bench, key: str) -> pa.Table:
    return pq.read_table(io.BytesIO(content(bench, key)))


def test_parquet_holds_every_value_in_its_own_type(unloaded: Bench) -> None:
    target = f"s3://{unloaded.bucket}/out/"
    outcome = unloaded.unload(f"unload ('select * from t') to '{target}' {ROLE} format parquet")
    assert (outcome.tag, outcome.notices) == (
        "UNLOAD",
        ["UNLOAD completed, 2 record(s) unloaded successfully."],
    )
    assert unloaded.state.last_unload == unloaded.state.statement
    assert keys(unloaded) == ["out/0000_part_00.parquet"]
    table = parquet(unloaded, "out/0000_part_00.parquet")
    shown = {field.name: str(field.type) for field in table.schema}
    assert shown == {
        "a": "int16", "b": "int32", "c": "int64", "d": "float", "e": "double",
        "f": "decimal128(38, 10)", "h": "bool", "i": "string", "k": "date32[day]",
        "l": "timestamp[us]", "m": "timestamp[us]", "s": "extension<arrow.json>",
    }  # fmt: skip
    first, second = table.to_pylist()
    assert math.isnan(first.pop("e"))
    assert first.pop("d") == pytest.approx(0.1)
    assert first == {
        "a": -32768, "b": 1, "c": -(1 << 63),
        "f": Decimal("1234567890123456789012345678.0123456789"), "h": True,
        "i": 'ü|,"quoted"\n', "k": dt.date(1, 1, 1),
        "l": dt.datetime.fromisoformat("2020-02-29T23:59:59.999999"),
        "m": dt.datetime.fromisoformat("2020-01-01"), "s": '{"n": 1.10}',
    }  # fmt: skip
    assert second == {**dict.fromkeys(shown), "i": ""}


def test_what_was_unloaded_is_copied_back_as_it_was(unloaded: Bench) -> None:
    target = f"s3://{unloaded.bucket}/out/"
    unloaded.unload(
        f"unload ('select * from t') to '{target}' {ROLE} parquet manifest partition by (h) include"
    )
    unloaded.sql("create table back (like t)")
    unloaded.copy(
        f"copy back from '{target}manifest' {ROLE} format parquet manifest serializetojson"
    )
    assert unloaded.sql("select * from back b except select * from t") == []
    assert unloaded.sql("select count(*) from back") == [(2,)]


def test_partitions_are_folders_and_leave_the_files(bench: Bench) -> None:
    bench.sql("create table t (year int, name varchar(9), n int)")
    bench.sql("insert into t values (2020, 'a/b', 1), (2020, 'a/b', 2), (2021, null, 3)")
    bench.unload(
        f"unload ('select * from t order by n') to 's3://{bench.bucket}/out' {ROLE} "
        "format as parquet partition by (year, name)"
    )
    found = {key: parquet(bench, key).to_pydict() for key in keys(bench)}
    assert found == {
        "out/year=2020/name=a%2Fb/0000_part_00.parquet": {"n": [1, 2]},
        "out/year=2021/name=__HIVE_DEFAULT_PARTITION__/0000_part_00.parquet": {"n": [3]},
    }


def test_numbers_without_a_size_keep_their_digits(bench: Bench) -> None:
    query = "select n from (values (99999999999.5), (0.125), (null)) as v (n)"
    bench.unload(f"unload ('{query}') to 's3://{bench.bucket}/x' {ROLE} parquet")
    table = parquet(bench, "x0000_part_00.parquet")
    assert str(table.schema.field(0).type) == "decimal128(38, 3)"
    assert table.to_pydict() == {"n": [Decimal("99999999999.500"), Decimal("0.125"), None]}


def test_rows_of_nothing_but_null_are_rows(bench: Bench) -> None:
    bench.sql("create table t (n int); insert into t values (1), (null), (null)")
    bench.unload(f"unload ('select n from t') to 's3://{bench.bucket}/x' {ROLE} parquet")
    assert parquet(bench, "x0000_part_00.parquet").to_pydict() == {"n": [1, None, None]}
    bench.copy(f"copy t from 's3://{bench.bucket}/x' {ROLE} format parquet")
    assert bench.sql("select count(*), count(n) from t") == [(6, 2)]


def test_text_has_pipes_and_csv_has_quotes_where_they_are_needed(bench: Bench) -> None:
    bench.sql(
        "create table t (a int, b varchar(9)); insert into t values (1, 'x|y,\"z'), (2, null)"
    )
    place = f"s3://{bench.bucket}/"
    query = "unload ('select a, b from t order by a')"
    bench.unload(f"{query} to '{place}text' {ROLE} escape null as 'none' parallel off")
    bench.unload(f"{query} to '{place}csv' {ROLE} format csv header gzip")
    bench.unload(f"{query} to '{place}quotes' {ROLE} addquotes delimiter as '\\t' extension 'tsv'")
    bench.unload(f"{query} to '{place}json' {ROLE} json")
    assert content(bench, "text000") == b'1|x\\|y,"z\n2|none\n'
    assert gzip.decompress(content(bench, "csv0000_part_00.gz")) == b'a,b\n1,"x|y,""z"\n2,\n'
    assert content(bench, "quotes0000_part_00.tsv") == b'"1"\t"x|y,"z"\n"2"\t\n'
    lines = content(bench, "json0000_part_00").splitlines()
    assert list(map(json.loads, lines)) == [{"a": 1, "b": 'x|y,"z'}, {"a": 2, "b": None}]


def test_what_is_there_is_kept_overwritten_or_cleaned(bench: Bench) -> None:
    bench.sql("create table t (a int); insert into t values (1)")
    unload = f"unload ('select a from t') to 's3://{bench.bucket}/out/' {ROLE} format parquet"
    bench.put("out/other", b"")
    with pytest.raises(RedshiftError, match="Specified unload destination on S3 is not empty"):
        bench.unload(unload)
    assert keys(bench) == ["out/other"]
    bench.unload(f"{unload} allowoverwrite")
    assert keys(bench) == ["out/0000_part_00.parquet", "out/other"]
    bench.unload(f"{unload} cleanpath parallel off")
    assert keys(bench) == ["out/000.parquet"]


def test_no_rows_are_no_files(bench: Bench) -> None:
    bench.sql("create table t (a int)")
    bench.unload(f"unload ('select a from t') to 's3://{bench.bucket}/out/' {ROLE} parquet")
    assert keys(bench) == []


def test_files_end_when_they_are_large_enough(bench: Bench) -> None:
    bench.unload(
        "unload ('select md5(n::text) || md5((-n)::text) as a from generate_series(1, 300000) n') "
        f"to 's3://{bench.bucket}/out/' {ROLE} parquet maxfilesize 5 mb"
    )
    found = keys(bench)
    assert found[:2] == ["out/0000_part_00.parquet", "out/0000_part_01.parquet"]
    assert sum(parquet(bench, key).num_rows for key in found) == 300_000


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("parquet", "needs an authorization"),
        (f"{ROLE} parquet gzip", "GZIP is not supported for UNLOAD to PARQUET"),
        (f"{ROLE} parquet null as ''", "NULL AS is not supported for UNLOAD to PARQUET"),
        (f"{ROLE} json header", "HEADER is not supported for UNLOAD to JSON"),
        (f"{ROLE} csv addquotes", "ADDQUOTES is not supported for UNLOAD to CSV"),
        (f"{ROLE} parquet cleanpath allowoverwrite", "cannot be used together"),
        (f"{ROLE} parquet maxfilesize 4 mb", "between 5 MB and 6.2 GB"),
        (f"{ROLE} parquet encrypted", "does not know ENCRYPTED"),
        (f"{ROLE} format as avro", 'at or near "avro"'),
        (f"{ROLE} parquet sideways", 'at or near "sideways"'),
        (f"{ROLE} parquet partition by (nothing)", '"nothing" is not a column'),
    ],
)
def test_what_does_not_go_together_is_refused(bench: Bench, options: str, says: str) -> None:
    with pytest.raises(RedshiftError, match=says.replace("(", r"\(")):
        bench.unload(f"unload ('select 1 as a') to 's3://{bench.bucket}/out/' {options}")
    assert keys(bench) == []


def test_bytes_do_not_go_into_parquet(bench: Bench) -> None:
    statement = f"unload ('select ''\\x00''::bytea as a') to 's3://{bench.bucket}/x' {ROLE} parquet"
    with pytest.raises(RedshiftError, match="does not support type varbyte"):
        bench.unload(statement)
