"""COPY of Parquet; see copy-usage_notes-copy-from-columnar."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from deftunes_redshift.backend import Aws
from deftunes_redshift.transfer import parquet_rows

from .bench import ROLE, Bench

UTC = dt.timezone.utc
PARQUET = f"{ROLE} format as parquet"
ERRORS = """
    select trim(filename), line_number, trim(colname), trim(type), trim(col_length), err_code,
           trim(err_reason), trim(raw_field_value)
    from stl_load_errors where tbl = 't'::regclass
"""


def naive(*parts: int) -> dt.datetime:
    return dt.datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - a TIMESTAMP has no zone


def ints(*values: int | None) -> pa.Array:
    return pa.array(values, pa.int32())


def numbers(kind: pa.DataType, *values: str | None) -> pa.Array:
    return pa.array([None if value is None else Decimal(value) for value in values], kind)


def test_every_type_arrives_as_it_was(bench: Bench) -> None:
    bench.sql(
        "create table t (a smallint, b int, c bigint, d real, e float8, f numeric(38, 10), "
        "g numeric(10, 2), h boolean, i varchar(20), j char(3), k date, l timestamp, "
        "m timestamptz, n bytea, o timestamp)"
    )
    moment = naive(2020, 2, 29, 23, 59, 59, 999_999)
    rows = [
        (-32768, -(1 << 31), -(1 << 63), 0.1, 1e300, "9999999999999999999999999999.0123456789",
         "-0.01", True, 'ü, "quoted"\n', "abc", dt.date(1, 1, 1), moment, moment, b"\0\xff",
         moment),
        (32767, (1 << 31) - 1, (1 << 63) - 1, -0.0, float("nan"), "-0.0000000001", "99999999.99",
         False, "", "", dt.date(9999, 12, 31), naive(1, 1, 1),
         naive(9999, 12, 31), b"", moment),
        (None,) * 15,
    ]  # fmt: skip
    kinds = [
        pa.int16(), pa.int32(), pa.int64(), pa.float32(), pa.float64(), pa.decimal128(38, 10),
        pa.decimal128(10, 2), pa.bool_(), pa.string(), pa.string(), pa.date32(), pa.timestamp("us"),
        pa.timestamp("us", "Europe/Berlin"), pa.binary(), pa.timestamp("ms", "UTC"),
    ]  # fmt: skip
    columns = {}
    for name, kind, values in zip("abcdefghijklmno", kinds, zip(*rows, strict=True), strict=True):
        if pa.types.is_decimal(kind):
            columns[name] = numbers(kind, *values)
        elif pa.types.is_timestamp(kind) and kind.tz:
            utc = [None if value is None else value.replace(tzinfo=UTC) for value in values]
            columns[name] = pa.array(utc, pa.timestamp("us", "UTC")).cast(kind, safe=False)
        else:
            columns[name] = pa.array(values, kind)
    url = bench.parquet("all/part.parquet", columns)
    outcome = bench.copy(f"copy t from '{url}' {PARQUET}")
    assert outcome.tag == "COPY"
    assert outcome.notices == ["Load into table 't' completed, 3 record(s) loaded successfully."]
    assert bench.state.last_copy == bench.state.statement
    text = "select a, b, c, d::text, e::text, f, g, h, i, trim(j), k, l, m, n, o from t"
    first, second, third = bench.sql(f"{text} order by a nulls last")
    in_milliseconds = moment.replace(microsecond=999_000)
    assert first == (
        -32768, -(1 << 31), -(1 << 63), "0.1", "1e+300",
        Decimal("9999999999999999999999999999.0123456789"), Decimal("-0.01"), True,
        'ü, "quoted"\n', "abc", dt.date(1, 1, 1), moment, moment.replace(tzinfo=UTC), b"\0\xff",
        in_milliseconds,
    )  # fmt: skip
    assert second == (
        32767, (1 << 31) - 1, (1 << 63) - 1, "-0", "NaN", Decimal("-0.0000000001"),
        Decimal("99999999.99"), False, "", "", dt.date(9999, 12, 31), naive(1, 1, 1),
        naive(9999, 12, 31).replace(tzinfo=UTC), b"", in_milliseconds,
    )  # fmt: skip
    assert third == (None,) * 15


def test_columns_go_by_position_and_not_by_name(bench: Bench) -> None:
    bench.sql("create table t (a int, b varchar(5), c int default 7)")
    url = bench.parquet("p/1.parquet", {"b": ints(1), "a": ["one"]})
    bench.copy(f"copy t (a, b) from '{url}' {PARQUET}")
    assert bench.sql("table t") == [(1, "one", 7)]


def test_all_files_below_a_prefix_are_loaded(bench: Bench) -> None:
    bench.sql("create table t (a int)")
    bench.parquet("p/1.parquet", {"a": ints(1)})
    bench.parquet("p/deep/2.parquet", {"a": ints(2)})
    bench.parquet("q/3.parquet", {"a": ints(3)})
    bench.copy(f"copy t from 's3://{bench.bucket}/p' {PARQUET}")
    assert bench.sql("select a from t order by a") == [(1,), (2,)]


def test_a_file_is_loaded_for_each_time_that_a_manifest_names_it(bench: Bench) -> None:
    bench.sql("create table t (a int)")
    one, two = (bench.parquet(f"m/{n}.parquet", {"a": ints(n)}) for n in (1, 2))
    meta = {url: {"content_length": bench.size(url)} for url in (one, two)}
    gone = {"url": f"s3://{bench.bucket}/m/gone.parquet", "mandatory": False, "meta": meta[one]}
    entries = [{"url": url, "mandatory": True, "meta": meta[url]} for url in (one, two, one)]
    manifest = bench.manifest("m.manifest", [*entries, gone])
    bench.copy(f"copy t from '{manifest}' {PARQUET} manifest")
    assert bench.sql("select a from t order by a") == [(1,), (1,), (2,)]


@pytest.mark.parametrize(
    ("entry", "says", "code"),
    [
        ({}, "File entry does not have 'meta' key.", 15003),
        ({"meta": {}}, "File entry does not have 'content_length' key.", 15003),
        ({"meta": {"content_length": 1}}, "The manifest's content_length is not the file's", 15003),
    ],
)
def test_a_manifest_of_parquet_must_tell_the_length_of_each_file(
    bench: Bench, entry: dict[str, Any], says: str, code: int
) -> None:
    bench.sql("create table t (a int)")
    url = bench.parquet("m/1.parquet", {"a": ints(1)})
    manifest = bench.manifest("m.manifest", [{"url": url, **entry}])
    error = bench.refused(f"copy t from '{manifest}' {PARQUET} manifest")
    assert error.message.startswith(says)
    assert f"code:      {code}" in error.detail


def test_a_mandatory_file_that_is_missing_ends_the_copy(bench: Bench) -> None:
    bench.sql("create table t (a int)")
    one = bench.parquet("m/1.parquet", {"a": ints(1)})
    meta = {"content_length": bench.size(one)}
    gone = f"s3://{bench.bucket}/m/gone.parquet"
    entries = [{"url": url, "mandatory": True, "meta": meta} for url in (one, gone)]
    error = bench.refused(f"copy t from '{bench.manifest('m', entries)}' {PARQUET} manifest")
    assert error.message.startswith("S3ServiceException:The specified key does not exist.")
    assert f"S3 key being read : {gone}" in error.detail
    assert bench.sql("table t") == []


def test_s3_that_cannot_be_reached_is_told_in_one_sentence(bench: Bench) -> None:
    bench.sql("create table t (a int)")
    bench.aws = Aws("http://127.0.0.1:1", "us-east-1", "sandbox", "sandbox")
    error = bench.refused(f"copy t from 's3://{bench.bucket}/x' {PARQUET}")
    assert error.message.startswith("S3 cannot be used: Could not connect to the endpoint URL")


def test_what_is_not_on_s3_is_told_in_redshifts_words(bench: Bench) -> None:
    bench.sql("create table t (a int)")
    here = f"s3://{bench.bucket}/"
    said = {
        f"copy t from '{here}none/' {PARQUET}": "The specified S3 prefix 'none/' does not exist",
        f"copy t from 's3://no-such-bucket/x' {PARQUET}": (
            "S3ServiceException:The specified bucket does not exist,Status 404,Error NoSuchBucket"
        ),
        f"copy t from '{here}none' {PARQUET} manifest": (
            "Problem reading manifest file - S3ServiceException:The specified key does not exist."
            ",Status 404,Error NoSuchKey"
        ),
        f"copy t from '{here}' {PARQUET} manifest": (
            "COPY with MANIFEST parameter requires full path of an S3 object."
        ),
    }
    for statement, words in said.items():
        error = bench.refused(statement)
        assert (error.message, error.sqlstate) == (words, "XX000")
        assert "code:      8001" in error.detail


def test_another_number_of_columns_is_refused(bench: Bench) -> None:
    bench.sql("create table t (a int, b int)")
    url = bench.parquet("p/1.parquet", {"a": ints(1)})
    error = bench.refused(f"copy t from '{url}' {PARQUET}")
    assert error.message == "Spectrum Scan Error"
    assert (
        "context:   Unmatched number of columns between table and file. Table columns: 2, "
        f"Data columns: 1, File name: https://s3.us-east-1.amazonaws.com/{bench.bucket}/p/1.parquet"
    ) in error.detail
    assert "code:      15007" in error.detail


def test_fillrecord_fills_what_is_missing_at_the_end(bench: Bench) -> None:
    bench.sql("create table t (a int, b varchar(3), c int)")
    url = bench.parquet("p/1.parquet", {"a": ints(1)})
    bench.copy(f"copy t from '{url}' {PARQUET} fillrecord")
    assert bench.sql("table t") == [(1, None, None)]
    wide = bench.parquet("p/2.parquet", {name: ints(1) for name in "abcd"})
    assert "Data columns: 4" in bench.refused(f"copy t from '{wide}' {PARQUET} fillrecord").detail


@pytest.mark.parametrize(
    ("kind", "array", "scanned_as"),
    [
        ("int", pa.array([1], pa.int64()), "INT"),
        ("bigint", pa.array([1], pa.int32()), "BIGINT"),
        ("varchar(9)", pa.array([1], pa.int64()), "VARCHAR"),
        ("int", pa.array(["1"]), "INT"),
        ("float8", pa.array([1.5], pa.float32()), "DOUBLE"),
        ("numeric(10, 2)", pa.array([1.5]), "DECIMAL(10, 2)"),
        ("numeric(10, 2)", numbers(pa.decimal128(10, 3), "1.500"), "DECIMAL(10, 2)"),
        ("date", pa.array([naive(2020, 1, 1)], pa.timestamp("us")), "DATE"),
        ("timestamp", pa.array([naive(2020, 1, 1)], pa.timestamp("ns")), "TIMESTAMP"),
        ("varchar(9)", pa.array([["a"]]), "VARCHAR"),
        ("jsonb", pa.array([["a"]]), "SUPER"),
        ("jsonb", pa.array(["a"]), "SUPER"),
    ],
)  # fmt: skip
def test_a_column_of_another_type_is_refused(
    bench: Bench, kind: str, array: pa.Array, scanned_as: str
) -> None:
    bench.sql(f"create table t (x {kind})")
    url = bench.parquet("p/1.parquet", {"name": array})
    error = bench.refused(f"copy t from '{url}' {PARQUET}")
    assert (
        f"has an incompatible Parquet schema for column '{url}.name'. "
        f"Column type: {scanned_as}, Parquet schema:\n"
    ) in error.detail
    assert "code:      15007" in error.detail


@pytest.mark.parametrize(
    ("kind", "array", "entry"),
    [
        (
            "varchar(3)",
            pa.array(["abc", "ünü"]),
            ("varchar", "3", 1204, "String length exceeds DDL length", "ünü"),
        ),
        ("smallint", ints(1, 32768), ("int2", "", 1204, "Overflow for INT2, column x", "32768")),
        (
            "numeric(4, 2)",
            numbers(pa.decimal128(10, 2), "-99.99", "100.00"),
            ("numeric", "4, 2", 1204, "Overflow for NUMERIC(4,2), column x", "100.00"),
        ),
        (
            "int not null",
            ints(1, None),
            ("int4", "", 1213, "Cannot insert a NULL value into column x", ""),
        ),
    ],
)
def test_a_value_that_does_not_fit_is_an_entry_that_outlives_the_rollback(
    bench: Bench,
    kind: str,
    array: pa.Array,
    entry: tuple[Any, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parquet_rows, "_AT_ONCE", 1)
    bench.sql(f"create table t (x {kind})")
    url = bench.parquet("p/1.parquet", {"name": array}, row_group_size=1)
    error = bench.refused(f"copy t from '{url}' {PARQUET}")
    assert error.message == "Spectrum Scan Error"
    assert "code:      15001" in error.detail
    assert bench.sql("table t") == []
    assert bench.sql(ERRORS) == [(url, 2, "x", *entry)]


def test_the_history_tells_of_loads_that_were_and_that_failed(bench: Bench) -> None:
    bench.sql("create table t (x varchar(3))")
    url = bench.parquet("p/1.parquet", {"x": ["abc", "x"]})
    bench.copy(f"copy t from '{url}' {PARQUET}")
    bench.state.statement += 1
    bench.refused(f"copy t (x) from '{bench.put('q', b'abcd')}' {ROLE} csv")
    assert bench.state.last_copy == bench.state.statement
    size = bench.size(url)
    assert bench.sql(
        "select query_id, status, file_format, loaded_rows, source_file_count, source_file_bytes, "
        f"error_count from sys_load_history where data_source like '%{bench.bucket}/%' order by 1"
    ) == [
        (bench.state.statement - 1, "completed", "parquet", 2, 1, size, 0),
        (bench.state.statement, "aborted", "csv", 0, 1, 4, 1),
    ]


def test_the_length_of_a_text_is_counted_in_bytes(bench: Bench) -> None:
    bench.sql("create table t (x varchar(4))")
    url = bench.parquet("p/1.parquet", {"x": ["üü"]})
    bench.copy(f"copy t from '{url}' {PARQUET}")
    url = bench.parquet("p/2.parquet", {"x": ["üüa"]})
    error = bench.refused(f"copy t from '{url}' {PARQUET}")
    assert (
        "context:   The length of the data column x is longer than the length defined in the "
        "table. Table: 4, Data: 5, File name: https://"
    ) in error.detail
    assert bench.sql("table t") == [("üü",)]


def test_nested_values_become_super_with_every_digit(bench: Bench) -> None:
    bench.sql("create table t (x jsonb, y jsonb, z jsonb)")
    inner = pa.struct({"n": pa.decimal128(38, 20), "at": pa.timestamp("us"), "raw": pa.binary()})
    value = {"n": Decimal("0.12345678901234567890"), "at": naive(2020, 1, 1), "raw": b"\xff"}
    columns = {
        "x": pa.array([[value, None], None], pa.list_(inner)),
        "y": pa.array([[("k", 1)], []], pa.map_(pa.string(), pa.int64())),
        "z": pa.array(['{"a": 1}', None]),
    }
    url = bench.parquet("p/1.parquet", columns)
    bench.copy(f"copy t from '{url}' {PARQUET} serializetojson")
    assert bench.sql(
        "select rs_catalog.compact(x), rs_catalog.compact(y), rs_catalog.compact(z) "
        "from t order by x"
    ) == [
        (
            '[{"n":0.12345678901234567890,"at":"2020-01-01 00:00:00","raw":"ff"},null]',
            '{"k":1}',
            '"{\\"a\\": 1}"',
        ),
        (None, "{}", None),
    ]


def test_invalid_utf8_is_refused_or_replaced_byte_by_byte(bench: Bench) -> None:
    bench.sql("create table t (x varchar(9))")
    url = bench.parquet("p/1.parquet", {"x": pa.array([b"ok", b"a\xe2\x82b"])})
    bench.refused(f"copy t from '{url}' {PARQUET}")
    ((_, line, _, _, _, code, reason, _),) = bench.sql(ERRORS)
    assert (line, code) == (2, 1220)
    assert reason.startswith("String contains invalid or unsupported UTF8 codepoints.")
    bench.copy(f"copy t from '{url}' {PARQUET} acceptinvchars as '^'")
    assert bench.sql("table t") == [("ok",), ("a^^b",)]


def test_what_is_no_parquet_is_refused(bench: Bench) -> None:
    bench.sql("create table t (a int)")
    url = bench.put("p/1.parquet", b"a,b,c\n")
    error = bench.refused(f"copy t from '{url}' {PARQUET}")
    assert "has an invalid version number: a,b," in error.detail


def test_int96_is_read_as_a_timestamp(bench: Bench) -> None:
    bench.sql("create table t (x timestamp)")
    moment = naive(2020, 1, 1, 12, 30, 0, 123456)
    file = io.BytesIO()
    table = pa.table({"x": pa.array([moment])})
    pq.write_table(table, file, use_deprecated_int96_timestamps=True)
    bench.copy(f"copy t from '{bench.put('p/1.parquet', file.getvalue())}' {PARQUET}")
    assert bench.sql("table t") == [(moment,)]
