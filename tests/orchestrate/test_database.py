"""Airflow's database is one file: who reads there and then writes is refused by nobody."""

from __future__ import annotations

import importlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.project import ROOT


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database as Airflow makes it."""
    path = tmp_path / "airflow.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("pragma journal_mode=wal")
        database.execute("create table dag_run (id integer)")
    return path


@pytest.fixture
def engine(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """The engine that Airflow gets."""
    monkeypatch.syspath_prepend(str(ROOT / "orchestrate/plugins"))
    settings = importlib.import_module("airflow_local_settings")
    made: Engine = settings.create_metadata_engine(
        f"sqlite:///{file}", engine_args={"pool_pre_ping": True}, connect_args={}
    )
    yield made
    made.dispose()


def test_nobody_writes_between_what_a_savepoint_reads_and_what_it_writes(
    engine: Engine, file: Path
) -> None:
    with engine.connect() as airflow, closing(sqlite3.connect(file, timeout=0)) as other:
        with airflow.begin_nested():
            assert airflow.scalar(text("select count(*) from dag_run")) == 0
            # SQLite would let this one write, and refuse the one that has read
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("insert into dag_run values (2)")
            airflow.execute(text("insert into dag_run values (1)"))
        airflow.commit()
        other.execute("insert into dag_run values (3)")
        other.commit()
        found = airflow.execute(text("select id from dag_run order by id")).scalars().all()
    assert found == [1, 3]


def test_what_a_savepoint_takes_back_is_gone_and_what_came_before_it_stays(
    engine: Engine, file: Path
) -> None:
    with engine.connect() as airflow:
        airflow.execute(text("insert into dag_run values (1)"))
        nested = airflow.begin_nested()
        airflow.execute(text("insert into dag_run values (2)"))
        nested.rollback()
        airflow.commit()
    with closing(sqlite3.connect(file)) as other:
        assert other.execute("select id from dag_run").fetchall() == [(1,)]
