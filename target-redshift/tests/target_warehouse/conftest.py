"""One stand-in and one emulated S3 for all tests, and a schema for each."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from deftunes_redshift.server import Redshift
from deftunes_redshift.settings import RedshiftSettings
from deftunes_sandbox.aws import EmulatedAws

from .warehouses import BUCKET, Warehouse

_NUMBERS = itertools.count(1)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker has the stand-in, which takes its time to start."""
    for item in items:
        here = item.path.is_relative_to(Path(__file__).parent)
        if here and "redshift" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("target-redshift"))
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def redshift() -> Iterator[Redshift]:
    """A stand-in that finds an emulated S3, which this process finds, too."""
    with pytest.MonkeyPatch.context() as patch, EmulatedAws() as aws:
        for name, value in aws.environment.items():
            patch.setenv(name, value)
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        region = os.environ["AWS_REGION"]
        with Redshift(RedshiftSettings(port=0, aws_endpoint=aws.url, aws_region=region)) as running:
            yield running


@pytest.fixture
def warehouse(redshift: Redshift) -> Warehouse:
    """A schema of the test's own."""
    return Warehouse(redshift.address, f"test_{next(_NUMBERS)}")
