"""What the dashboards show is what the warehouse says, and who may do what with them."""

from __future__ import annotations

import importlib
import shutil
from pathlib import Path

import duckdb
import pytest
import yaml

from tests.dashboards.expected import FILTERS, QUERIES, comparable, expected
from tests.dashboards.running import Dashboards, Person
from tests.project import ROOT
from tests.transform.quality import SECOND

# with the tests of transform/: by one worker, which has dbt at hand
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("transform")]

ASSETS = ROOT / "analyze/dashboards/assets"


@pytest.fixture(scope="module")
def analyst(dashboards: Dashboards) -> Person:
    return dashboards.log_in("analyst")


@pytest.fixture(scope="module")
def admin(dashboards: Dashboards) -> Person:
    return dashboards.log_in("admin")


def test_an_analyst_sees_every_chart_of_the_files_and_no_other(analyst: Person) -> None:
    files = [yaml.safe_load(file.read_text("utf-8")) for file in (ASSETS / "charts").iterdir()]
    assert set(analyst.charts()) == {each["slice_name"] for each in files} == set(QUERIES)


@pytest.mark.parametrize("chart", sorted(QUERIES))
def test_a_chart_shows_what_the_warehouse_says(analyst: Person, built: Path, chart: str) -> None:
    shown = analyst.data(analyst.charts()[chart])
    assert shown, "a chart without data proves nothing"
    assert comparable([tuple(row.values()) for row in shown]) == expected(built, chart)


def test_a_stopped_load_makes_no_table_fresh_and_is_counted_apart(analyst: Person) -> None:
    rows = {row["table_name"]: row for row in analyst.data(analyst.charts()["Freshness"])}
    (published,) = comparable([(SECOND,)])
    songs = rows["songs"]
    assert comparable([(songs["last_load"],)]) == [published]
    assert (songs["loads"], songs["stopped_loads"]) == (1, 1)


def test_loads_of_a_minute_have_bars_of_their_own_and_a_stopped_one_brings_no_rows(
    analyst: Person,
) -> None:
    rows = [tuple(row.values()) for row in analyst.data(analyst.charts()["Rows per load"])]
    assert ("2024-03-02 06:00:10", "users", 3) in rows
    assert ("2024-03-02 06:00:20", "users", 5 + 7) in rows, "of two loads in one second"
    assert ("2024-03-03 06:00:00", "songs", 0) in rows


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_a_filter_leaves_what_was_bought_then_there_or_of_them(
    analyst: Person, built: Path, name: str
) -> None:
    asked, said = FILTERS[name]
    shown = analyst.data(analyst.charts()["Top artists"], asked)
    found = comparable([tuple(row.values()) for row in shown])
    assert found == expected(built, "Top artists", said) != expected(built, "Top artists")


def test_an_analyst_changes_nothing_and_has_no_sql_lab(analyst: Person, admin: Person) -> None:
    chart = analyst.charts()["Revenue"]
    dashboard = analyst.ask("/api/v1/dashboard/sales")[1]["result"]["id"]
    sql = {"database_id": 1, "sql": "select 1"}
    made = {"slice_name": "x", "datasource_id": 1, "datasource_type": "table"}
    refused = {
        "chart": analyst.change(f"/api/v1/chart/{chart}", {"slice_name": "x"}, method="PUT"),
        "dashboard": analyst.change(
            f"/api/v1/dashboard/{dashboard}", {"dashboard_title": "x"}, method="PUT"
        ),
        "new": analyst.change("/api/v1/dashboard/", {"dashboard_title": "x"}, method="POST"),
        "new chart": analyst.change("/api/v1/chart/", made, method="POST"),
        "gone": analyst.change(f"/api/v1/chart/{chart}", None, method="DELETE"),
        "sql": analyst.change("/api/v1/sqllab/execute/", sql, method="POST"),
        "users": analyst.ask("/api/v1/security/users/")[0],
        "database": analyst.change("/api/v1/database/1", {"expose_in_sqllab": True}, method="PUT"),
    }
    assert set(refused.values()) == {403}, refused
    assert analyst.charts()["Revenue"] == chart
    # it is no general refusal
    path = f"/api/v1/chart/{chart}"
    assert admin.change(path, {"description": "Changed."}, method="PUT") == 200


def test_what_is_published_while_it_is_up_is_shown_at_once(
    analyst: Person, dashboards: Dashboards, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    publish = importlib.import_module("dashboards_publish").publish
    chart = analyst.charts()["Revenue"]
    try:
        with duckdb.connect(dashboards.built) as build:
            build.execute("update deftunes_serving.fact_session set price = price + 1")
        publish(dashboards.environment)
        shown = comparable([tuple(row.values()) for row in analyst.data(chart)])
        assert shown == expected(dashboards.built, "Revenue") != expected(built, "Revenue")
    finally:
        shutil.copy(built, dashboards.built)
        publish(dashboards.environment)


def test_nobody_sees_anything_without_a_login(dashboards: Dashboards) -> None:
    nobody = Person(dashboards.url)
    wrong = {"username": "admin", "password": "guessed", "provider": "db"}
    assert nobody.answer("/api/v1/security/login", wrong)[0] == 401
    assert nobody.answer("/api/v1/chart/1/data/")[0] == 401
    found = nobody.ask("/api/v1/chart/")
    assert found[0] == 401 or found[1]["count"] == 0


def test_a_change_without_the_token_of_a_form_is_refused(admin: Person) -> None:
    status, _, content = admin.answer("/api/v1/chart/1", {"slice_name": "x"}, method="PUT")
    assert (status, b"CSRF token is missing" in content) == (400, True)


def test_the_page_asks_nobody_else_and_is_shown_in_no_other(dashboards: Dashboards) -> None:
    _, headers, _ = Person(dashboards.url).answer("/login/")
    policy = headers["Content-Security-Policy"]
    assert "http" not in policy, "no other host is named"
    parts = dict(part.split(None, 1) for part in policy.split("; "))
    assert parts["default-src"] == parts["connect-src"] == "'self'"
    assert parts["frame-ancestors"] == "'none'"
    assert "unsafe" not in parts["script-src"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    cookie = headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_passwords_are_their_owner_s_only(dashboards: Dashboards) -> None:
    assert set(dashboards.passwords) == {"admin", "analyst"}
    assert dashboards.home.stat().st_mode & 0o777 == 0o700
    for name in ("passwords.json", "secret_key"):
        assert (dashboards.home / name).stat().st_mode & 0o777 == 0o600
