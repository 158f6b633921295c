"""A stand-in for the whole session, a database or schema for each test, and a real cluster."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import redshift_connector

from deftunes_redshift.address import RedshiftAddress
from deftunes_redshift.backend import Aws
from deftunes_redshift.server import Redshift
from deftunes_redshift.settings import RedshiftSettings
from deftunes_sandbox.aws import EmulatedAws

CLUSTER = {
    "host": "DEFTUNES_CLUSTER_HOST",
    "database": "DEFTUNES_CLUSTER_DATABASE",
    "user": "DEFTUNES_CLUSTER_USER",
    "password": "DEFTUNES_CLUSTER_PASSWORD",
}
"""What `pytest -m aws` needs to know of a cluster, and the environment variable of each."""

_NUMBERS = itertools.count(1)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the cluster alone unless it is asked for by name; one worker has all that need AWS."""
    for item in items:
        if {"aws", "redshift_with_aws"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group("redshift-with-aws"))
    if "aws" in config.option.markexpr:
        return
    real = [item for item in items if item.get_closest_marker("aws")]
    if real:
        config.hook.pytest_deselected(items=real)
        items[:] = [item for item in items if not item.get_closest_marker("aws")]


@pytest.fixture(scope="session")
def redshift() -> Iterator[Redshift]:
    """The stand-in; no other test changes what is in its first database."""
    with Redshift(RedshiftSettings(port=0)) as redshift:
        yield redshift


@pytest.fixture(scope="session")
def aws() -> Iterator[Aws]:
    """An emulated S3 and Glue."""
    with EmulatedAws() as running:
        keys = running.environment
        yield Aws(
            running.url,
            keys["AWS_REGION"],
            keys["AWS_ACCESS_KEY_ID"],
            keys["AWS_SECRET_ACCESS_KEY"],
        )


@pytest.fixture(scope="session")
def redshift_with_aws(aws: Aws) -> Iterator[Redshift]:
    """A stand-in that finds the emulated AWS."""
    settings = RedshiftSettings(port=0, aws_endpoint=aws.endpoint, aws_region=aws.region)
    with Redshift(settings) as redshift:
        yield redshift


@pytest.fixture
def address(redshift: Redshift) -> RedshiftAddress:
    """A database of the test's own; it goes with the stand-in."""
    name = f"test_{next(_NUMBERS)}"
    with psycopg.connect(redshift.address.url(), autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
    return RedshiftAddress(redshift.address.port, database=name)


@pytest.fixture(scope="session")
def _connection(redshift: Redshift) -> Iterator[redshift_connector.Connection]:
    yield from _opened(redshift.address.keywords())


@pytest.fixture
def connection(_connection: redshift_connector.Connection) -> redshift_connector.Connection:
    """A connection to the stand-in, each statement a transaction of its own."""
    return _connection


@pytest.fixture
def schema(connection: redshift_connector.Connection) -> Iterator[str]:
    """A schema of the test's own, where unqualified names lead."""
    yield from _schema(connection)


@pytest.fixture(scope="session")
def cluster_connection() -> Iterator[redshift_connector.Connection]:
    """A connection to a real cluster."""
    missing = [variable for variable in CLUSTER.values() if not os.environ.get(variable)]
    if missing:
        pytest.skip(f"NO CLUSTER WAS ASKED: set {', '.join(missing)} to one that may be written to")
    given: dict[str, Any] = {name: os.environ[variable] for name, variable in CLUSTER.items()}
    yield from _opened({**given, "port": int(os.environ.get("DEFTUNES_CLUSTER_PORT") or 5439)})


@pytest.fixture
def cluster_schema(cluster_connection: redshift_connector.Connection) -> Iterator[str]:
    """A schema of the test's own in the cluster; it is dropped again."""
    yield from _schema(cluster_connection)


def _opened(keywords: dict[str, Any]) -> Iterator[redshift_connector.Connection]:
    with redshift_connector.connect(**keywords) as connection:
        connection.autocommit = True
        yield connection


def _schema(connection: redshift_connector.Connection) -> Iterator[str]:
    name = f"deftunes_test_{os.getpid()}_{next(_NUMBERS)}"
    cursor = connection.cursor()
    cursor.execute(f"create schema {name}")
    cursor.execute(f"set search_path to {name}")
    yield name
    cursor.execute("set search_path to public")
    cursor.execute(f"drop schema {name} cascade")
