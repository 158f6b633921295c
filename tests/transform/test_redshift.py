"""The models on the Redshift stand-in, load after load, against DuckDB's of the same lake."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from subprocess import CompletedProcess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.scripts import load_script

from .dbt import PROJECT, rows, run_dbt
from .loads import FIRST, SECOND, THIRD, State
from .redshift import Warehouse

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("transform-redshift")]

GOLD = ("deftunes_serving", "deftunes_bi_views")
TABLES = {
    "dim_artists": ("ALL", "artist_key"),
    "dim_dates": ("ALL", "date_day"),
    "dim_sessions": ("KEY(user_key)", "session_start_time"),
    "dim_songs": ("ALL", "song_key"),
    "dim_users": ("KEY(user_key)", "user_key"),
    "fact_quality_check": ("EVEN", "checked_at"),
    "fact_quarantine": ("EVEN", "last_set_aside_at"),
    "fact_session": ("KEY(user_key)", "session_start_time"),
}
VIEWS = {
    "music_preference_vw",
    "monthly_listeners_vw",
    "monthly_sales_vw",
    "quality_history_vw",
    "quarantine_vw",
    "sales_per_artist_vw",
    "sales_per_country_vw",
    "user_activity_vw",
}
STAGING = (
    "quality_results",
    "quarantined_rows",
    "session_items",
    "sessions",
    "songs",
    "users",
)
BUILT = "built"  # what dbt wrote of the one build that has all models and tests
READERS = "group:analysts, awsreader"
OBJECTS = (
    "select n.nspname, c.relname, c.oid from pg_class as c "
    "join pg_namespace as n on n.oid = c.relnamespace "
    "where n.nspname in ('deftunes_serving', 'deftunes_bi_views') order by 1, 2"
)
GRANTS = (
    "select relation_name, identity_type, identity_name from svv_relation_privileges "
    "where privilege_type = 'select' and identity_name in ('analysts', 'awsreader')"
)
Gold = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Step:
    """What a build left.

    Attributes:
        done: How dbt ended, and what it said.
        written: Rows that the last statement of each model wrote, by model.
        gold: Every gold table and view, sorted.
        local: The same after the same load on DuckDB.
        objects: What there is, with its id.
        granted: Who was let in to what.
    """

    done: CompletedProcess[str]
    written: dict[str, int]
    gold: Gold
    local: Gold
    objects: list[tuple[Any, ...]]
    granted: list[tuple[Any, ...]]


@dataclass(frozen=True)
class Story:
    """Steps, and where they were taken."""

    folder: Path
    warehouse: Warehouse
    steps: list[Step]


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Three loads, each followed by a build, in one warehouse."""
    folder = tmp_path_factory.mktemp("redshift")
    with Warehouse(folder) as warehouse:
        warehouse.rows("create group analysts")
        warehouse.rows("create user awsreader password 'Deftunes1'")
        steps = [
            step(warehouse, folder / "local", FIRST, "run"),
            step(warehouse, folder / "local", SECOND, "run"),
            step(warehouse, folder / "local", THIRD, "build", REDSHIFT_READERS=READERS),
        ]
        shutil.copytree(folder / "target", folder / BUILT)
        yield Story(folder, warehouse, steps)


def step(warehouse: Warehouse, local: Path, state: State, *command: str, **variables: str) -> Step:
    local.mkdir(exist_ok=True)
    state.write(local / "lake")
    warehouse.write(state)
    done = warehouse.dbt(*command, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    beside = run_dbt("run", folder=local)
    assert beside.returncode == 0, beside.stdout
    columns = gold_columns(local)
    return Step(
        done,
        written(warehouse.folder / "target"),
        gold(warehouse, columns),
        {
            name: sorted(rows(local, f"select {chosen} from {name}"), key=repr)
            for name, chosen in columns.items()
        },
        warehouse.rows(OBJECTS),
        warehouse.rows(GRANTS),
    )


def gold(warehouse: Warehouse, columns: dict[str, str], database: str = "dev") -> Gold:
    return {
        name: sorted(warehouse.rows(f"select {chosen} from {name}", database), key=repr)
        for name, chosen in columns.items()
    }


def gold_columns(local: Path) -> dict[str, str]:
    """What to select of each gold table: each column, single precision with all its digits."""
    found = rows(
        local,
        "select table_schema || '.' || table_name, string_agg(case data_type when 'FLOAT' then "
        "'cast(' || column_name || ' as double precision)' else column_name end, ', ' "
        "order by ordinal_position) from information_schema.columns "
        f"where table_schema in {GOLD} group by all",
    )
    return {str(name): str(chosen) for name, chosen in found}


def written(target: Path) -> dict[str, int]:
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    return {
        result["unique_id"].split(".")[-1]: result["adapter_response"].get("rows_affected")
        for result in results
        if result["unique_id"].startswith("model.")
    }


@pytest.mark.parametrize("number", range(3))
def test_after_every_load_gold_equals_a_full_refresh_on_duckdb(story: Story, number: int) -> None:
    step = story.steps[number]
    assert set(step.gold) == {
        *(f"deftunes_serving.{table}" for table in TABLES),
        *(f"deftunes_bi_views.{view}" for view in VIEWS),
    }
    for name, expected in step.local.items():
        assert step.gold[name] == expected, name


def test_the_loads_say_something_of_every_table(story: Story) -> None:
    """Each differs after each load, so that none is equal for want of a change."""
    for name in story.steps[0].gold:
        versions = {repr(step.gold[name]) for step in story.steps}
        assert len(versions) > 1, name


def test_a_build_writes_the_rows_that_differ_and_no_other(story: Story) -> None:
    before, after = story.steps[0], story.steps[1]
    for table in TABLES:
        old, new = (set(step.gold[f"deftunes_serving.{table}"]) for step in (before, after))
        assert after.written[table] == len(new - old), table


def test_tables_and_views_outlive_every_build(story: Story) -> None:
    first, *later = (step.objects for step in story.steps)
    assert {(schema, name) for schema, name, _ in first} >= {
        *(("deftunes_serving", table) for table in TABLES),
        *(("deftunes_bi_views", view) for view in VIEWS),
    }
    for objects in later:
        assert objects == first


def test_each_table_lies_as_its_model_says(story: Story) -> None:
    found = story.warehouse.rows(
        'select "table", diststyle, sortkey1 from svv_table_info '
        "where schema = 'deftunes_serving'"
    )
    assert {name: (style, key) for name, style, key in found} == TABLES


def test_bi_views_are_materialized_and_refreshed_by_the_build_alone(story: Story) -> None:
    found = story.warehouse.rows(
        "select name, autorefresh from svv_mv_info where schema_name = 'deftunes_bi_views'"
    )
    assert sorted(found) == [(view, "f") for view in sorted(VIEWS)]


def test_readers_are_let_in_when_they_are_named_and_nobody_else(story: Story) -> None:
    assert story.steps[1].granted == []
    assert sorted(story.steps[2].granted) == sorted(
        (name, *reader)
        for name in [*TABLES, *VIEWS, *(f"stg_deftunes__{name}" for name in STAGING)]
        for reader in (("group", "analysts"), ("user", "awsreader"))
    )
    login = {"user": "awsreader", "password": "Deftunes1"}
    for name, expected in story.steps[2].gold.items():
        found = story.warehouse.rows(f"select count(*) from {name}", **login)
        assert found == [(len(expected),)]


def test_connection_documentation_and_freshness_are_asked_without_a_complaint(
    story: Story,
) -> None:
    for command in (("debug",), ("docs", "generate"), ("source", "freshness")):
        done = story.warehouse.dbt(*command, REDSHIFT_READERS=READERS)  # parsed so before
        assert done.returncode == 0, done.stdout + done.stderr
        # the sources were loaded long ago, and say so
        left = [line for line in done.stdout.splitlines() if "WARN freshness of" not in line]
        assert left == [], command
    catalog = json.loads((story.folder / "target" / "catalog.json").read_text(encoding="utf-8"))
    described = {name.split(".")[-1]: entry for name, entry in catalog["nodes"].items()}
    assert {*TABLES, *VIEWS} <= set(described)
    assert "session_item_key" in described["fact_session"]["columns"]


def test_a_build_mends_what_is_there_twice_too_much_or_longer_by_a_blank(story: Story) -> None:
    warehouse, columns = story.warehouse, gold_columns(story.folder / "local")
    for statement in (
        (
            "insert into deftunes_serving.fact_session select * from deftunes_serving.fact_session "
            "where item_index = 0"
        ),
        (
            "insert into deftunes_serving.fact_quarantine (table_name, row_count) "
            "values ('users', 1), (null, 2)"
        ),
        (
            "update deftunes_serving.dim_users set user_name = user_name || ' ' "
            "where user_name is not null"
        ),
    ):
        warehouse.rows(statement)
    assert gold(warehouse, columns) != story.steps[-1].gold

    hit = ("fact_session+", "fact_quarantine+", "dim_users+")
    done = warehouse.dbt("run", "--select", *hit, REDSHIFT_READERS=READERS)
    assert done.returncode == 0, done.stdout
    assert gold(warehouse, columns) == story.steps[-1].gold


def test_a_table_that_is_no_longer_in_sight_stops_the_build_and_empties_nothing(
    story: Story,
) -> None:
    warehouse, columns = story.warehouse, gold_columns(story.folder / "local")
    table = "deftunes_transform.songs"
    warehouse.lose(table)
    try:
        reading = "stg_deftunes__songs+"
        done = warehouse.dbt("run", "--select", reading, REDSHIFT_READERS=READERS)
    finally:
        warehouse.write(State(THIRD.loaded, {"songs": THIRD.tables["songs"]}))
    assert done.returncode == 1
    assert f"table {table} was in the warehouse 127.0.0.1 at the last build" in done.stdout
    assert "drop the view deftunes_staging.stg_deftunes__songs first" in done.stdout
    assert gold(warehouse, columns) == story.steps[-1].gold


def test_sources_of_no_known_kind_stop_the_build(story: Story) -> None:
    done = story.warehouse.dbt("run", REDSHIFT_SOURCES="nativ", REDSHIFT_READERS=READERS)
    assert done.returncode != 0
    assert "REDSHIFT_SOURCES is 'nativ': set it to external or native" in done.stdout


@pytest.mark.heavy
def test_variables_that_are_empty_count_as_unset_and_readers_wait_for_their_schemas(
    story: Story,
) -> None:
    story.warehouse.rows("create database part")
    done = story.warehouse.dbt(
        "run", "--select", "staging", REDSHIFT_DATABASE="part", REDSHIFT_READERS=READERS,
        REDSHIFT_SOURCES="", REDSHIFT_SOURCES_SCHEMA="",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    found = story.warehouse.rows(
        "select count(*) from deftunes_staging.stg_deftunes__users", "part"
    )
    assert found == [(3,)]


@pytest.mark.heavy
def test_neither_empty_builds_nor_full_refreshes_nor_native_tables_change_what_is_built(
    story: Story,
) -> None:
    """In a database of its own: empty first, then filled, refreshed, and read from tables."""
    database = {"REDSHIFT_DATABASE": "other"}
    warehouse, last = story.warehouse, story.steps[-1]
    columns = gold_columns(story.folder / "local")
    warehouse.rows("create database other")
    objects = []

    for command in (["build", "--empty"], ["build"], ["build", "--full-refresh"]):
        done = warehouse.dbt(*command, **database)
        assert done.returncode == 0, done.stdout
        found = gold(warehouse, columns, "other")
        if "--empty" in command:
            assert not any(found[f"deftunes_bi_views.{view}"] for view in VIEWS)
        else:
            assert found == last.local
        ids = warehouse.rows(OBJECTS, "other")
        objects.append([row for row in ids if row[1] in TABLES])
    assert objects[1:] == objects[:-1]

    warehouse.rows("create schema loaded", "other")
    for table in THIRD.tables:
        copy = f"create table loaded.{table} as select * from deftunes_transform.{table}"
        warehouse.rows(copy, "other")
    warehouse.rows("update loaded.users set user_name = 'Native'", "other")
    native = {"REDSHIFT_SOURCES": "native", "REDSHIFT_SOURCES_SCHEMA": "loaded"}
    done = warehouse.dbt("build", **database, **native)
    assert done.returncode == 0, done.stdout
    found = gold(warehouse, columns, "other")
    assert warehouse.rows(
        "select distinct user_name from deftunes_serving.dim_users where user_name is not null",
        "other",
    ) == [("Native",)]
    for name in columns.keys() - {"deftunes_serving.dim_users"}:
        if "qua" not in name:  # no load with rules goes that way
            assert found[name] == last.local[name], name


def test_a_build_warns_of_the_lake_and_of_nothing_else(story: Story) -> None:
    first, second, third = (step.done.stdout.splitlines() for step in story.steps)
    # the first load had no songs; of results and quarantine there is nothing to say
    missing = "table deftunes_transform.songs is not in the warehouse 127.0.0.1 yet"
    assert [missing in line for line in first] == [True, False]
    ended = "dbt run on emulated: 22 ok, 0 warnings, 0 failed, 0 skipped"
    assert first[1:] == second == [ended]
    assert "dbt build on emulated: 80 ok, 0 warnings, 0 failed, 0 skipped" in third[-1]
    assert len(third) == 1


def test_every_model_and_test_is_in_the_shared_dialect(
    story: Story, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dialect = load_script("dialect", monkeypatch)
    assert dialect.main([str(story.folder / BUILT)]) == 0, capsys.readouterr().out


def test_targets_differ_in_nothing_but_variables() -> None:
    outputs = yaml.safe_load((PROJECT / "profiles.yml").read_text(encoding="utf-8"))["deftunes"]
    assert outputs["outputs"]["emulated"] == outputs["outputs"]["aws"]
