"""COPY of CSV, text with delimiters, and JSON; see copy-parameters-data-format."""

from __future__ import annotations

import bz2
import datetime as dt
import gzip
from collections.abc import Callable
from decimal import Decimal

import pyarrow as pa
import pytest

from deftunes_redshift.errors import RedshiftError

from .bench import ROLE, Bench

ERRORS = """
    select line_number, trim(colname), err_code, trim(err_reason), trim(raw_line),
           trim(raw_field_value)
    from stl_load_errors where tbl = 't'::regclass order by line_number
"""
CHECK = "Check 'stl_load_errors' system table for details."
FAILED = f"Load into table 't' failed.  {CHECK}"


def loaded(bench: Bench, content: str | bytes, options: str) -> list[tuple[object, ...]]:
    raw = content if isinstance(content, bytes) else content.encode()
    bench.copy(f"copy t from '{bench.put('data', raw)}' {ROLE} {options}")
    return bench.sql("table t")


def refused(bench: Bench, content: str | bytes, options: str = "csv") -> list[tuple[object, ...]]:
    """The load errors of a COPY that fails."""
    raw = content if isinstance(content, bytes) else content.encode()
    error = bench.refused(f"copy t from '{bench.put('data', raw)}' {ROLE} {options}")
    assert error.message == FAILED
    assert bench.sql("table t") == []
    return bench.sql(ERRORS)


def test_csv_is_read_with_its_quotes_and_lines(bench: Bench) -> None:
    bench.sql("create table t (a int, b varchar(40), c numeric(8, 2), d boolean, e date)")
    rows = loaded(
        bench,
        'a,b,c,d,e\n1,"x, ""y""\nz",20.259,t,2020-02-29\n,,,,\n -3 ,\\N,-0.999,0,2020-1-2\n',
        "csv ignoreheader 1",
    )
    assert rows == [
        (1, 'x, "y"\nz', Decimal("20.25"), True, dt.date(2020, 2, 29)),
        (None, "", None, None, None),
        (-3, None, Decimal("-0.99"), False, dt.date(2020, 1, 2)),
    ]


def test_delimited_text_has_pipes_escapes_and_quotes(bench: Bench) -> None:
    bench.sql("create table t (a varchar(20), b varchar(20))")
    assert loaded(bench, "1|two\n", "") == [("1", "two")]
    bench.sql("truncate t")
    assert loaded(bench, "a\\|b|c\\\nd\n\\N|x\\\\y\n", "escape") == [
        ("a|b", "c\nd"),
        (None, "x\\y"),
    ]
    bench.sql("truncate t")
    text = "'it|is'\t\"a\tb\"\n"
    assert loaded(bench, text, "delimiter '\\t' removequotes") == [("it|is", "a\tb")]


@pytest.mark.parametrize(
    ("press", "option"),
    [
        (gzip.compress, "gzip"),
        (bz2.compress, "bzip2"),
        (lambda content: pa.Codec("zstd").compress(content, asbytes=True), "zstd"),
    ],
)
def test_files_may_be_pressed(bench: Bench, press: Callable[[bytes], bytes], option: str) -> None:
    bench.sql("create table t (a int)")
    assert loaded(bench, press(b"1\n2\n"), f"csv {option}") == [(1,), (2,)]


def test_a_file_that_is_not_pressed_as_told_is_a_load_error(bench: Bench) -> None:
    bench.sql("create table t (a int)")
    for option in ("gzip", "bzip2", "zstd"):
        assert refused(bench, b"1\n2\n", f"csv {option}")[-1][2] == 1200


def test_the_options_of_conversion_do_what_they_say(bench: Bench) -> None:
    bench.sql("create table t (a varchar(4), b varchar(4), c numeric(4, 1), d timestamptz)")
    rows = loaded(
        bench,
        ",  ,0.25,1577836800500\nüüü,x  ,-9.95,\n",
        "csv emptyasnull blanksasnull truncatecolumns trimblanks roundec "
        "timeformat 'epochmillisecs'",
    )
    moment = dt.datetime(2020, 1, 1, 0, 0, 0, 500_000, tzinfo=dt.timezone.utc)
    assert rows == [
        (None, None, Decimal("0.3"), moment),
        ("üü", "x", Decimal("-10.0"), None),
    ]


@pytest.mark.parametrize(
    ("kind", "text", "option", "value"),
    [
        ("date", "12.31.2020", "dateformat 'MM.DD.YYYY'", "2020-12-31"),
        ("date", "2020-12-31T10:00:00Z", "dateformat 'auto'", "2020-12-31"),
        ("timestamp", "2020-12-31 10:11:12.123456", "", "2020-12-31 10:11:12.123456"),
        ("timestamp", "2020-12-31T10:11:12.5+02", "timeformat 'auto'", "2020-12-31 08:11:12.5"),
        ("timestamp", "31/12/2020 22:01", "timeformat 'DD/MM/YYYY HH24:MI'", "2020-12-31 22:01:00"),
        ("timestamptz", "2020-12-31 10:11:12+02", "", "2020-12-31 08:11:12+00"),
        ("timestamptz", "2020-12-31 10:11:12", "", "2020-12-31 10:11:12+00"),
        ("timestamp", "1577836800", "timeformat as 'epochsecs'", "2020-01-01 00:00:00"),
    ],
)
def test_times_are_read_in_the_form_that_is_asked_for(
    bench: Bench, kind: str, text: str, option: str, value: str
) -> None:
    bench.sql(f"create table t (a {kind})")
    loaded(bench, text, f"csv {option}")
    assert bench.sql("select a::text from t") == [(value,)]


@pytest.mark.parametrize(
    ("kind", "text", "code", "reason"),
    [
        ("int", "12a", 1207, "Invalid digit, Value 'a', Pos 2, Type: Integer"),
        ("int", "1.5", 1207, "Invalid digit, Value '.', Pos 1, Type: Integer"),
        ("smallint", "32768", 1222, "Overflow, Column type: Short"),
        ("bigint", "9223372036854775808", 1222, "Overflow, Column type: Long"),
        ("float8", "1,5", 1202, "Extra column(s) found"),
        ("float8", "one", 1208, "Invalid FLOAT value"),
        ("numeric(4, 2)", "100", 1204, "Overflow for NUMERIC(4,2)"),
        ("numeric(4, 2)", "1e", 1209, "Invalid DECIMAL value"),
        ("boolean", "maybe", 1210, "Unknown boolean format"),
        ("date", "2020-02-30", 1205, "Invalid date format or value [YYYY-MM-DD]"),
        ("date", "20200101", 1205, "Invalid Date Format - length must be 10 or more"),
        ("timestamp", "2020-01-01T00:00:00", 1206,
         "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]"),
        ("timestamptz", "2025-09-22T14:42:59.172000Z", 1206,
         "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SSOF]"),
        ("varchar(3)", "üü", 1204, "String length exceeds DDL length"),
        ("char(3)", "ü", 1215, "Multibyte character not supported for CHAR"),
        ("super", "{", 1224, "Input data is not properly formatted JSON"),
        ("int not null", "", 1213, "Missing data for not-null field"),
    ],
)  # fmt: skip
def test_a_value_of_another_form_is_a_load_error(
    bench: Bench, kind: str, text: str, code: int, reason: str
) -> None:
    bench.sql(f"create table t (a {kind})")
    column = "" if code == 1202 else "a"
    value = "" if code == 1202 else text
    assert refused(bench, f"\n{text}\n", "csv ignoreheader 1") == [
        (2, column, code, reason, text, value)
    ]


def test_lines_of_another_number_of_fields_are_load_errors(bench: Bench) -> None:
    bench.sql("create table t (a int, b varchar(3), c int)")
    assert refused(bench, "1\n")[0][2:4] == (1203, "Delimiter not found")
    assert loaded(bench, "1\n", "csv fillrecord") == [(1, "", None)]


def test_maxerror_lets_some_rows_pass_and_tells_which(bench: Bench) -> None:
    bench.sql("create table t (a int)")
    url = bench.put("data", b"1\nx\n2\ny\n3\n")
    outcome = bench.copy(f"copy t from '{url}' {ROLE} csv maxerror 3")
    assert outcome.notices == [
        "Load into table 't' completed, 3 record(s) loaded successfully.",
        f"Load into table 't' completed, 2 record(s) could not be loaded.  {CHECK}",
    ]
    assert bench.sql("table t") == [(1,), (2,), (3,)]
    assert [row[0] for row in bench.sql(ERRORS)] == [2, 4]
    assert bench.refused(f"copy t from '{url}' {ROLE} csv maxerror 2").message == FAILED


def test_noload_checks_and_loads_nothing(bench: Bench) -> None:
    bench.sql("create table t (a int)")
    assert loaded(bench, "1\n", "csv noload") == []
    assert refused(bench, "x\n", "csv noload")[0][2] == 1207


def test_json_goes_by_name_with_every_digit(bench: Bench) -> None:
    bench.sql("create table t (a bigint, b numeric(38, 20), c varchar(40), d super, e boolean)")
    rows = loaded(
        bench,
        """{"a": 9007199254740993, "b": 0.12345678901234567890, "c": "\\u00fc\\n", "x": 1,
        "d": {"n": 1.10, "l": [null, true]}, "e": true} {"c": {"k": 1.0}, "A": 5}""",
        "format as json 'auto'",
    )
    assert rows == [
        (9007199254740993, Decimal("0.12345678901234567890"), "ü\n",
         {"n": 1.10, "l": [None, True]}, True),
        (None, None, '{"k":1.0}', None, None),
    ]  # fmt: skip
    assert bench.sql("select rs_catalog.compact(d) from t where a > 0") == [
        ('{"l":[null,true],"n":1.10}',)
    ]
    bench.sql("truncate t")
    assert loaded(bench, '{"A": 5}', "json 'auto ignorecase'") == [(5, None, None, None, None)]


def test_json_goes_by_path(bench: Bench) -> None:
    bench.sql("create table t (a int, b varchar(9))")
    paths = bench.put("paths", b'{"jsonpaths": ["$[0].n", "$[1][\'x y\'][1]"]}')
    assert loaded(bench, '[{"n": 1}, {"x y": ["p", "q"]}]', f"json '{paths}'") == [(1, "q")]
    short = refused_json(bench, '[{}, {"x y": []}]', paths)
    assert short == "Invalid JSONPath format: Not an array or index out of range."


def refused_json(bench: Bench, content: str, paths: str) -> object:
    bench.sql("truncate t")
    return refused(bench, content, f"json '{paths}'")[0][3]


def test_whole_documents_go_into_one_super(bench: Bench) -> None:
    bench.sql("create table t (a super)")
    assert loaded(bench, '{"n": 1}\n[2]\n', "json 'noshred'") == [({"n": 1},), ([2],)]


def test_broken_json_is_a_load_error(bench: Bench) -> None:
    bench.sql("create table t (a int)")
    assert [row[:4] for row in refused(bench, '{"a": 1}\n{"a": ', "json 'auto'")] == [
        (2, "", 1224, "Invalid JSON")
    ]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("format as parquet", "needs an authorization"),
        (f"{ROLE} format as parquet region 'us-east-1'",
         "REGION argument is not supported for PARQUET based COPY"),
        (f"{ROLE} parquet maxerror 3", "MAXERROR argument is not supported for PARQUET based COPY"),
        (f"{ROLE} parquet truncatecolumns",
         "TRUNCATECOLUMNS argument is not supported for PARQUET based COPY"),
        (f"{ROLE} parquet compupdate off",
         "COMPUPDATE argument is not supported for PARQUET based COPY"),
        (f"{ROLE} parquet gzip", "GZIP argument is not supported for PARQUET based COPY"),
        (f"{ROLE} parquet delimiter ','",
         "DELIMITER argument is not supported for PARQUET based COPY"),
        (f"{ROLE} parquet noload", "NOLOAD argument is not supported for PARQUET based COPY"),
        (f"{ROLE} csv serializetojson", "SERIALIZETOJSON argument is not supported for CSV"),
        (f"{ROLE} csv escape", "ESCAPE argument is not supported for CSV"),
        (f"{ROLE} json 'auto' null as 'x'", "NULL AS argument is not supported for JSON"),
        (f"{ROLE} json 'auto' fillrecord", "FILLRECORD argument is not supported for JSON"),
        (f"{ROLE} csv gzip bzip2", "conflicting or redundant options"),
        (f"{ROLE} csv parquet", "conflicting or redundant options"),
        (f"{ROLE} csv emptyasnull emptyasnull", "conflicting or redundant options"),
        (f"{ROLE} {ROLE} csv", "conflicting or redundant options"),
        (f"{ROLE} csv maxerror 1 ignoreallerrors", "cannot be used together"),
        (f"{ROLE} csv maxerror 100001", "MAXERROR must be between"),
        (f"{ROLE} csv sideways", 'syntax error at or near "sideways"'),
        (f"{ROLE} format as xml", 'syntax error at or near "xml"'),
        (f"{ROLE} avro 'auto'", "does not know AVRO"),
        (f"{ROLE} explicit_ids", "does not know EXPLICIT_IDS"),
        ("iam_role 'Spectrum' csv", "Invalid IAM role"),
        ("credentials 'aws_iam_role=me' csv", "Invalid credentials. Must be of the format"),
        ("credentials 'aws_access_key_id=AK' csv", "Invalid credentials. Must be of the format"),
        ("access_key_id 'AK' csv", 'syntax error at or near "csv"'),
    ],
)  # fmt: skip
def test_what_redshift_does_not_take_is_refused(bench: Bench, options: str, says: str) -> None:
    bench.sql("create table t (a int)")
    error = bench.refused(f"copy t from '{bench.put('data', b'1')}' {options}")
    assert says in error.message


@pytest.mark.parametrize(
    "authorization",
    [
        "iam_role default",
        "iam_role 'arn:aws:iam::123456789012:role/a,arn:aws:iam::210987654321:role/path/b'",
        "credentials 'aws_iam_role=arn:aws:iam::123456789012:role/Spectrum'",
        "with credentials as 'aws_access_key_id=AK;aws_secret_access_key=S/K+='",
        "credentials 'aws_access_key_id=AK;aws_secret_access_key=SK;token=T'",
        "access_key_id 'AK' secret_access_key 'SK'",
        "access_key_id as 'AK' secret_access_key as 'SK' session_token as 'T'",
    ],
)
def test_every_form_of_authorization_is_taken(bench: Bench, authorization: str) -> None:
    bench.sql("create table t (a int)")
    bench.copy(f"copy t from '{bench.put('data', b'1')}' {authorization} csv")
    assert bench.sql("table t") == [(1,)]


def test_no_secret_is_in_an_error(bench: Bench) -> None:
    bench.sql("create table t (a int)")
    keys = "access_key_id 'AK' 'hunter2'"
    error = bench.refused(f"copy t from '{bench.put('data', b'1')}' {keys} csv")
    assert "hunter2" not in error.message + error.detail


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("copy nothing from 's3://b/k'", "Cannot COPY into nonexistent table nothing"),
        ("copy t (a, b) from 's3://b/k'", 'column "b" of relation "t" does not exist'),
        ("copy t (a, a) from 's3://b/k'", 'column "a" specified more than once'),
        ("copy v from 's3://b/k'", 'cannot copy to "v": it is not a table'),
        ("copy t from 'dynamodb://x'", "copies from S3 alone"),
        ("copy t from stdin", 'syntax error at or near "stdin"'),
    ],
)
def test_targets_and_sources_that_are_not_there_are_refused(
    bench: Bench, statement: str, says: str
) -> None:
    bench.sql("create table t (a int); create view v as select 1 as a")
    with pytest.raises(RedshiftError, match=says.replace("(", r"\(")):
        bench.copy(f"{statement} {ROLE} csv")
