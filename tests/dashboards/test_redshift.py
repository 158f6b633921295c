"""The same dashboards over Redshift: the stand-in, which speaks its protocol and its dialect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dashboards.expected import FILTERS, QUERIES, comparable, expected
from tests.dashboards.running import Dashboards, Person, free_port
from tests.leftovers import assert_none_left
from tests.transform.dbt import run_dbt
from tests.transform.loads import THIRD
from tests.transform.redshift import Warehouse

pytestmark = [pytest.mark.heavy, pytest.mark.xdist_group("transform-redshift")]

READER = {"REDSHIFT_USER": "dashboards", "REDSHIFT_PASSWORD": "Only1/reads@all"}


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse that dbt makes of the same lake on DuckDB."""
    folder = tmp_path_factory.mktemp("local")
    THIRD.write(folder / "lake")
    done = run_dbt("run", folder=folder)
    assert done.returncode == 0, done.stdout
    return folder / "warehouse.duckdb"


@pytest.fixture(scope="module")
def analyst(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """Who looks at a Superset that reads Redshift as one who may read the models and no more."""
    folder = tmp_path_factory.mktemp("redshift")
    with Warehouse(folder) as warehouse:
        user, password = READER.values()
        warehouse.rows(f"create user {user} password '{password}'")
        warehouse.write(THIRD)
        done = warehouse.dbt("run", REDSHIFT_READERS=user)
        assert done.returncode == 0, done.stdout
        settings = {**warehouse.variables, **READER, "DASHBOARDS_WAREHOUSE": "redshift"}
        dashboards = Dashboards(folder, free_port(), folder / "none.duckdb", settings)
        with dashboards.up():
            yield dashboards.log_in("analyst")
        assert_none_left(folder, dashboards.mark)


@pytest.mark.parametrize("chart", sorted(QUERIES))
def test_a_chart_shows_of_redshift_what_it_shows_of_duckdb(
    analyst: Person, local: Path, chart: str
) -> None:
    shown = analyst.data(analyst.charts()[chart])
    assert shown, "a chart without data proves nothing"
    assert comparable([tuple(row.values()) for row in shown]) == expected(local, chart)


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_a_filter_leaves_of_redshift_what_it_leaves_of_duckdb(
    analyst: Person, local: Path, name: str
) -> None:
    asked, said = FILTERS[name]
    shown = analyst.data(analyst.charts()["Top artists"], asked)
    found = comparable([tuple(row.values()) for row in shown])
    assert found == expected(local, "Top artists", said) != expected(local, "Top artists")
