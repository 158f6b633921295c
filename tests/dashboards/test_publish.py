"""The file that the dashboards read: whole at any time, and with no more in it than they show."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.dashboards.running import Dashboards, free_port
from tests.project import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("transform")]

TABLES = "select schema_name || '.' || table_name from duckdb_tables() order by 1"
REVENUE = "select sum(total_sales) from deftunes_bi_views.monthly_sales_vw"


@pytest.fixture
def project(built: Path, tmp_path: Path) -> Dashboards:
    """Nothing runs, and nothing is published."""
    shutil.copy(built, tmp_path / "warehouse.duckdb")
    return Dashboards(tmp_path, free_port(), built=tmp_path / "warehouse.duckdb")


def publish(project: Dashboards, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts/dashboards_publish.py")]
    environment = {**project.environment, **settings}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_what_is_published_is_what_the_datasets_name_and_nothing_of_anybody(
    project: Dashboards,
) -> None:
    assert publish(project).returncode == 0
    with duckdb.connect(project.published, read_only=True) as published:
        assert [name for (name,) in published.execute(TABLES).fetchall()] == [
            "deftunes_bi_views.monthly_listeners_vw",
            "deftunes_bi_views.monthly_sales_vw",
            "deftunes_bi_views.quality_history_vw",
            "deftunes_bi_views.quarantine_vw",
            "deftunes_bi_views.user_activity_vw",
            "deftunes_serving.fact_quality_check",
        ]


def test_a_reader_keeps_what_it_reads_while_a_run_writes_and_the_next_one_sees_the_new(
    project: Dashboards,
) -> None:
    assert publish(project).returncode == 0
    with duckdb.connect(project.published, read_only=True) as reader:
        (before,) = reader.execute(REVENUE).fetchall()[0]
        with duckdb.connect(project.built) as build:
            build.execute("update deftunes_serving.fact_session set price = price + 1")
            # the build has its own file to itself, and this one can be opened all the same
            other = f"import duckdb; duckdb.connect({str(project.published)!r}, read_only=True)"
            subprocess.run([sys.executable, "-c", other], check=True)
        assert publish(project).returncode == 0
        assert reader.execute(REVENUE).fetchall() == [(before,)]
    with duckdb.connect(project.built, read_only=True) as build:
        wanted = build.execute("select sum(price) from deftunes_serving.fact_session").fetchall()
    with duckdb.connect(project.published, read_only=True) as reader:
        assert reader.execute(REVENUE).fetchall() == wanted != [(before,)]
    assert [file.name for file in project.published.parent.iterdir()] == ["warehouse.duckdb"]


def test_a_warehouse_that_lacks_something_leaves_the_old_file_as_it_was(
    project: Dashboards,
) -> None:
    assert publish(project).returncode == 0
    before = project.published.read_bytes()
    with duckdb.connect(project.built) as build:
        build.execute("drop view deftunes_bi_views.quarantine_vw")
    done = publish(project)
    assert done.returncode == 1
    assert "run `meltano invoke dbt:build`" in done.stderr
    assert "Traceback" not in done.stderr
    assert project.published.read_bytes() == before


def test_what_a_killed_publisher_left_is_removed_and_what_another_writes_is_not(
    project: Dashboards,
) -> None:
    with subprocess.Popen(["true"]) as ended:
        pass
    folder, name = project.published.parent, project.published.name
    folder.mkdir(parents=True, exist_ok=True)
    left = [folder / f".{name}.{ended.pid}", folder / f".{name}.{ended.pid}.wal"]
    kept = [folder / f".{name}.{os.getpid()}", folder / f".{name}.of.mine"]
    for file in (*left, *kept):
        file.touch()

    assert publish(project).returncode == 0
    assert sorted(folder.iterdir()) == sorted([*kept, project.published])


def test_what_one_of_our_own_number_left_is_in_nobodys_way(
    project: Dashboards, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    folder, name = project.published.parent, f".{project.published.name}.{os.getpid()}"
    folder.mkdir(parents=True)
    for file in (folder / name, folder / f"{name}.wal"):
        file.write_text("cut off", "utf-8")
    assert importlib.import_module("dashboards_publish").publish(project.environment)
    assert list(folder.iterdir()) == [project.published]


@pytest.mark.parametrize("way", ["itself", "a link"])
def test_the_warehouse_itself_is_never_replaced(project: Dashboards, way: str) -> None:
    before = project.built.read_bytes()
    goal = project.folder / "link.duckdb"
    goal.symlink_to(project.built)
    named = project.built if way == "itself" else goal
    done = publish(project, DASHBOARDS_WAREHOUSE=str(named))
    assert done.returncode == 1
    assert done.stderr == (
        f"dashboards: DASHBOARDS_WAREHOUSE names the warehouse itself, {project.built}, which "
        "would be replaced by a part of it: name another file.\n"
    )
    assert project.built.read_bytes() == before
    assert goal.is_symlink()


def test_a_warehouse_that_is_no_database_is_told_at_once_in_duckdb_s_words(
    project: Dashboards,
) -> None:
    project.built.write_bytes(b"no database" * 1000)
    done = publish(project)
    assert done.returncode == 1
    assert "not a valid DuckDB database file" in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_a_warehouse_one_sentence_says_what_to_run(project: Dashboards) -> None:
    project.built.unlink()
    done = publish(project)
    assert (done.returncode, done.stderr) == (
        1,
        f"dashboards: there is no warehouse at {project.built}: run `meltano invoke dbt:build`.\n",
    )


def test_where_the_dashboards_read_redshift_there_is_nothing_to_publish(
    project: Dashboards,
) -> None:
    for setting in (
        {"DASHBOARDS_WAREHOUSE": "redshift"},
        {"DASHBOARDS_DATABASE_URL": "redshift+redshift_connector://reader@example/dev"},
    ):
        done = publish(project, **setting)
        assert (done.returncode, done.stderr) == (0, "")
        assert not project.published.exists()


def test_a_taken_port_is_named_before_anything_is_made(project: Dashboards) -> None:
    with project.taken():
        done = project.run("up")
    assert done.returncode == 1
    assert done.stderr.startswith(f"dashboards: port {project.port} is taken: ")
    assert "set DASHBOARDS_PORT to another" in done.stderr
    assert not project.home.exists()


@pytest.mark.parametrize(
    ("login", "says"),
    [
        ({}, "and REDSHIFT_HOST is not set: "),
        ({"REDSHIFT_LOGIN": "iam"}, "and REDSHIFT_CLUSTER_ID is not set: "),
        ({"REDSHIFT_LOGIN": "ldap"}, "REDSHIFT_LOGIN is 'ldap': set it to password, iam,"),
    ],
)
def test_a_redshift_that_nothing_leads_to_is_refused_before_anything_is_made(
    project: Dashboards, login: dict[str, str], says: str
) -> None:
    project.settings.update({"DASHBOARDS_WAREHOUSE": "redshift", **login})
    done = project.run("up")
    assert done.returncode == 1
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not project.home.exists()


def test_lost_passwords_are_told_and_no_others_are_made_up(project: Dashboards) -> None:
    project.home.mkdir()
    (project.home / "superset.db").touch()
    done = project.run("up")
    assert done.returncode == 1
    assert "put passwords.json back, or remove the folder to begin anew." in done.stderr
    assert not (project.home / "passwords.json").exists()


def test_stopping_what_does_not_run_is_no_fault(project: Dashboards) -> None:
    done = project.run("down")
    assert (done.returncode, done.stdout) == (0, "dashboards: nothing to stop.\n")
