"""One stand-in and one emulated S3 for all tests, and a schema for each."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from deftunes_redshift.address import RedshiftAddress
from deftunes_redshift.server import Redshift
from deftunes_redshift.settings import RedshiftSettings
from deftunes_sandbox.aws import EmulatedAws

from .warehouses import BUCKET, Warehouse

CLUSTER = {
    "host": "DEFTUNES_CLUSTER_HOST",
    "database": "DEFTUNES_CLUSTER_DATABASE",
    "user": "DEFTUNES_CLUSTER_USER",
    "password": "DEFTUNES_CLUSTER_PASSWORD",
    "staging": "DEFTUNES_CLUSTER_STAGING",
    "role": "DEFTUNES_CLUSTER_ROLE",
}
"""What `pytest -m aws` needs to know of a cluster, and the environment variable of each."""

OF_A_CLUSTER = (
    "batch",
    "deletes",
    "documents",
    "merge",
    "names",
    "schema_changes",
    "sdk_suite",
    "zoo",
)
"""The files whose tests ask nothing of a warehouse but what any has."""

_NUMBERS = itertools.count(1)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """One worker has the stand-in, which takes its time to start; a cluster is asked for."""
    on_cluster = "aws" in config.option.markexpr
    for item in items:
        here = item.path.is_relative_to(Path(__file__).parent)
        if here and "redshift" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("target-redshift"))
            item.add_marker(pytest.mark.slow)
            if on_cluster and item.path.stem.removeprefix("test_") in OF_A_CLUSTER:
                item.add_marker(pytest.mark.aws)


@pytest.fixture(scope="session")
def redshift(request: pytest.FixtureRequest) -> Iterator[Warehouse]:
    """A stand-in that finds an emulated S3, which this process finds, too; or a cluster."""
    if "aws" in request.config.option.markexpr:
        yield _cluster()
        return
    with pytest.MonkeyPatch.context() as patch, EmulatedAws() as aws:
        for name, value in aws.environment.items():
            patch.setenv(name, value)
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        region = os.environ["AWS_REGION"]
        with Redshift(RedshiftSettings(port=0, aws_endpoint=aws.url, aws_region=region)) as running:
            yield Warehouse(running.address, "")


def _cluster() -> Warehouse:
    missing = [name for name in CLUSTER.values() if name not in os.environ]
    if missing:
        pytest.skip(f"no cluster is known: set {', '.join(missing)}")
    known = {name: os.environ[variable] for name, variable in CLUSTER.items()}
    address = RedshiftAddress(
        int(os.environ.get("DEFTUNES_CLUSTER_PORT", "5439")),
        known["host"],
        known["user"],
        known["password"],
        known["database"],
    )
    return Warehouse(address, "", known["staging"].rstrip("/"), {"iam_role": known["role"]})


@pytest.fixture
def warehouse(redshift: Warehouse) -> Iterator[Warehouse]:
    """A schema of the test's own."""
    with redshift.own_schema(f"test_{next(_NUMBERS)}") as own:
        yield own
