"""One PostgreSQL and one emulated AWS for all tests of the handlers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import psycopg
import pytest

from deftunes_redshift.backend import Aws
from deftunes_redshift.catalog import definition
from deftunes_sandbox import Sandbox, SandboxSettings
from deftunes_sandbox.aws import EmulatedAws

from .bench import Bench

_BUCKETS = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    settings = SandboxSettings(api_port=0, songs_port=0, songs=100)
    with Sandbox(settings, services=["songs"]) as sandbox:
        address = sandbox.songs.url()
        with psycopg.connect(address, autocommit=True) as connection:
            for script in definition():
                connection.execute(script.encode())
        yield address


@pytest.fixture(scope="session")
def aws() -> Iterator[Aws]:
    with EmulatedAws() as running:
        keys = running.environment
        yield Aws(
            running.url,
            keys["AWS_REGION"],
            keys["AWS_ACCESS_KEY_ID"],
            keys["AWS_SECRET_ACCESS_KEY"],
        )


@pytest.fixture
def bench(postgres: str, aws: Aws) -> Bench:
    """A bucket and a schema of its own, which is looked in first."""
    name = f"bench-{next(_BUCKETS)}"
    aws.s3.create_bucket(Bucket=name)
    schema = name.replace("-", "_")
    bench = Bench(f"{postgres}?options=-csearch_path%3D{schema},public", aws, name)
    bench.sql(f"create schema {schema}")
    return bench
