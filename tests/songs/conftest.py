"""One database and one process that has the tap's imports, for all tests of this folder."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deftunes_sandbox import Sandbox, SandboxSettings
from deftunes_sandbox.forks import Forks

from .tap import Tap

_NUMBERS = itertools.count(1)
Database = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture(scope="session")
def songs() -> Iterator[Sandbox]:
    with Sandbox(SandboxSettings(songs_port=0, songs=100), services=["songs"]) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    with Forks(tmp_path_factory.mktemp("forks"), ["deftunes_tap_postgres.tap"]) as forks:
        yield forks


@pytest.fixture
def tap(songs: Sandbox, forks: Forks, tmp_path: Path) -> Tap:
    """A tap for the songs."""
    return Tap(forks, tmp_path, songs.songs_dsn, "deftunes")


@pytest.fixture
def database(songs: Sandbox) -> Iterator[Database]:
    with psycopg.connect(**songs.songs_dsn, autocommit=True) as connection:  # type: ignore[arg-type]
        yield connection


@pytest.fixture
def schema(database: Database) -> str:
    """An empty schema of the database, in which unqualified names are looked for."""
    name = f"own_{next(_NUMBERS)}"
    database.execute(f"create schema {name}")
    database.execute(f"set search_path = {name}")
    return name


@pytest.fixture
def own_tap(songs: Sandbox, forks: Forks, tmp_path: Path, schema: str) -> Tap:
    """A tap for the tables of the test's own schema."""
    return Tap(forks, tmp_path, songs.songs_dsn, schema)
