"""One PostgreSQL and one emulated AWS for all tests of the handlers."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deftunes_redshift.backend import Aws
from deftunes_redshift.settings import DATABASE, PASSWORD, USER
from deftunes_redshift.warehouse import KIND, Warehouse
from deftunes_sandbox.cluster import remove_cluster

from .bench import Bench

_BUCKETS = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """What is below the stand-in, without the proxy before it."""
    folder = Path(tempfile.mkdtemp(prefix="redshift-test-"))
    folder.chmod(0o755)  # PostgreSQL may run as another user
    warehouse = Warehouse(folder, folder / "log")
    try:
        yield f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{warehouse.port}/{DATABASE}"
    finally:
        warehouse.stop()
        remove_cluster(folder, KIND)
        shutil.rmtree(folder)


@pytest.fixture
def bench(postgres: str, aws: Aws) -> Bench:
    """A bucket and a schema of its own, which is looked in first."""
    name = f"bench-{next(_BUCKETS)}"
    aws.s3.create_bucket(Bucket=name)
    schema = name.replace("-", "_")
    bench = Bench(f"{postgres}?options=-csearch_path%3D{schema},public", aws, name)
    bench.sql(f"create schema {schema}")
    return bench
