"""The gate for the SQL that both engines have: what it lets through, and what it stops."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.scripts import load_script

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType


@pytest.fixture
def dialect(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return load_script("dialect", monkeypatch)


def compiled(folder: Path, sql: str, node: str = "model.deftunes.fact_session") -> Path:
    """A folder as dbt leaves it that has compiled one statement."""
    results = [{"unique_id": node, "compiled_code": sql}]
    (folder / "run_results.json").write_text(json.dumps({"results": results}), encoding="utf-8")
    return folder


DOUBLE = "cast(a as double precision)"
TAKEN = [
    f"with b as (select a, count(*) as n from s.t group by a) select {DOUBLE} / {DOUBLE} from b",
    f"select avg({DOUBLE}) as x, sum(case when b then 1 else 0 end) as y from s.t as t",
    "select distinct a, coalesce(b, 'none') as b, nullif(c, '') as c from s.t where d is not null",
    "select a, row_number() over (partition by b order by c desc nulls last) as n from s.t as t",
    "select cast(date_trunc('month', a) as date) as m, extract(year from a) as y from s.t",
    "select t.a from s.t as t left join s.u as u on t.a = u.a where u.a is null union select 1",
]


@pytest.mark.parametrize("sql", TAKEN)
def test_what_both_engines_mean_alike_is_taken(dialect: Any, tmp_path: Path, sql: str) -> None:
    assert dialect.main([str(compiled(tmp_path, sql))]) == 0


REFUSED = {
    "count(*) filter (where a) as x": ("agg_filter of FuncCall", "case when"),
    "sum(a order by b) as x": ("agg_order of FuncCall", "aggregate to a number"),
    "percentile_cont(0.5) within group (order by a asc nulls last) as x": (
        "agg_within_group of FuncCall",
        "row_number()",
    ),
    "a ->> 'b' as x": ("the operator `->>`", "let the lake have a column"),
    "list_agg(a) as x": ("the function list_agg", "aggregate to a number"),
    "array[a, b] as x": ("the syntax A_ArrayExpr", "a row for each element"),
    "[a, b] as x": ('syntax error at or near "["', "only one engine reads this"),
    "a / b as x": ("a division of what is not cast", "cast(a as double precision) /"),
    "cast(a as decimal(10, 2)) / cast(b as decimal(10, 2)) as x": (
        "a division of what is not cast",
        "cast(a as double precision) /",
    ),
    "avg(a) as x": ("`avg` of what is not cast", "avg(cast("),
    "avg(cast(a as integer)) as x": ("`avg` of what is not cast", "avg(cast("),
    "row_number() over (order by a) as x": ("does not say where nulls come", "nulls first"),
    "date_trunc('month', a) as x": ("`date_trunc` without a cast", "as date)"),
    "strftime(a, '%Y') as x": ("the function strftime", "transform/dialect.yml"),
    "round(a, 2) as x": ("the function round", "rounded_ratio"),
    "a::hugeint as x": ("the type hugeint", "transform/dialect.yml"),
    "a::jsonb as x": ("the type jsonb", "transform/dialect.yml"),
    "a is distinct from b as x": ("`is distinct from`", "Redshift lacks it"),
    "a ilike 'b' as x": ("`ilike`", "transform/dialect.yml"),
    "(select max(b) from s.u) as x": ("the syntax SubLink", "join what"),
    "s.t.*": ("`*` in a model", "name the columns"),
    "sum(a) over (partition by b order by c asc nulls last) as x": (
        "an aggregate over rows in order",
        "Redshift asks for a frame",
    ),
    "count(distinct a) over (partition by b) as x": ("or over distinct ones", "knows no distinct"),
    "row_number() over (partition by a) as x": ("`row_number` without an order", "add `order by`"),
    "extract(epoch from a) as x": ("`extract` of another part", "whole numbers in both"),
    "cast(date_trunc('decade', a) as date) as x": ("`date_trunc` of another part", "take year"),
    "f.sum(a) as x": ("the function sum", "transform/dialect.yml"),
    'a as "X"': ('the name "X" in quotation marks', "small letters"),
    't."X" as x': ('the name "X" in quotation marks', "small letters"),
    "'a\\b' as x": ("a backslash in a text", "one character"),
    "1e3 as x": ("a number with an exponent", "write its digits"),
    "cast(a as decimal) as x": ("a decimal without precision", "its own default"),
    "cast(a as varchar(65536)) as x": ("the type varchar(65536)", "varchar(65535)"),
    "cast(a as timestamp(3)) as x": ("the type timestamp(3)", "no width"),
}


@pytest.mark.parametrize("column", REFUSED)
def test_a_column_that_one_engine_lacks_or_means_otherwise_is_refused(
    dialect: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], column: str
) -> None:
    refused(dialect, tmp_path, capsys, f"select\n    b,\n    {column}\nfrom s.t", REFUSED[column])


REFUSED_STATEMENTS = {
    "select\n    a\nfrom s.t\nwhere 1 = 1\n    and exists (select 1 from s.u)": ("SubLink", "join"),
    "select distinct on (a)\n    a,\n    b\nfrom s.t order by a asc nulls last, b": (
        "`distinct on`",
        "row_number()",
    ),
    "select a\nfrom s.t,\n    lateral (select b from s.u where u.a = t.a) as u": (
        "lateral of RangeSubselect",
        "join a common table expression",
    ),
    "select a\nfrom unnest(b) as u (a)": ("the syntax RangeFunction", "joins no table function"),
    "insert into s.t (a) values (1)\non conflict (a) do nothing": (
        "the syntax InsertStmt",
        "one `select`",
    ),
    "select a, count(*)\nfrom s.t\ngroup by all": ("syntax error", "only one engine"),
    "select a\nfrom s.t\nqualify row_number() over () = 1": ("syntax error", "only one engine"),
    "select a\nfrom s.t\nlimit 1": ("limitCount of SelectStmt", "row_number()"),
    "select a\nfrom s.t\nexcept\nselect a from s.u": ("`intersect` or `except`", "look for null"),
    "select a\nfrom s.t\nfull outer join s.u on t.a = u.a": ("JOIN_FULL", "inner, left and cross"),
    "select a\nfrom s.t\ninner join s.u using (a)": ("usingClause of JoinExpr", "after `on`"),
    "select a\nfrom (select b as a from s.t)": ("a subquery without a name", "Redshift wants one"),
    "select a\nfrom only s.t": ("`only`", "no children"),
    "select 1 as a; select 2 as a": ("not one statement", "one `select`"),
}


@pytest.mark.parametrize("sql", REFUSED_STATEMENTS)
def test_a_statement_that_one_engine_lacks_or_means_otherwise_is_refused(
    dialect: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], sql: str
) -> None:
    refused(dialect, tmp_path, capsys, sql, REFUSED_STATEMENTS[sql])


def refused(
    dialect: Any,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    sql: str,
    told: tuple[str, str],
) -> None:
    what, instead = told
    assert dialect.main([str(compiled(folder, sql))]) == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if what in line]
    assert len(lines) == 1
    assert lines[0].startswith(f"{folder}: model fact_session, line ")
    assert instead in lines[0]


def test_a_finding_names_its_line(
    dialect: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sql = "select\n    a,\n    b\nfrom s.t\nwhere\n    c\n    ~ 'é'\n    and d ->> 'é' = e"
    assert dialect.main([str(compiled(tmp_path, sql))]) == 1
    told = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[1:3] for line in told] == [
        ["model fact_session, line 7", "the operator `~`"],
        ["model fact_session, line 8", "the operator `->>`"],
    ]


@pytest.mark.parametrize("node", ["model.deftunes.stg_deftunes__users", "test.deftunes.unique_a.1"])
def test_staging_and_tests_may_select_all_columns(dialect: Any, tmp_path: Path, node: str) -> None:
    assert dialect.main([str(compiled(tmp_path, "select * from s.t", node))]) == 0


def test_a_folder_without_compiled_models_is_no_pass(
    dialect: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dialect.main([str(tmp_path)]) == 2
    assert f"run `dbt compile` with --target-path {tmp_path}" in capsys.readouterr().err
    assert dialect.main([]) == 2


@pytest.mark.slow
@pytest.mark.xdist_group("transform")
def test_every_model_and_test_on_duckdb_is_in_the_shared_dialect(
    dialect: Any, built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dialect.main([str(built / "target")]) == 0, capsys.readouterr().out
