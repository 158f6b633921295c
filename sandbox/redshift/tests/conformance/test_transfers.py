"""What COPY and UNLOAD take and refuse; `-m aws` asks a cluster, with a bucket and a role."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import boto3
import pytest
import redshift_connector
from redshift_connector.core import Connection

from deftunes_redshift.backend import Aws
from deftunes_redshift.server import Redshift

from .stored import Place, StoredCase, stored_cases
from .test_conformance import answer

CASES = list(stored_cases())
CLUSTER_FILES = ("DEFTUNES_CLUSTER_BUCKET", "DEFTUNES_CLUSTER_ROLE")


@pytest.fixture(scope="session")
def emulated(aws: Aws) -> Place:
    """A bucket of the emulated AWS."""
    aws.s3.create_bucket(Bucket="conformance")
    return Place(aws.s3, "conformance", "", "arn:aws:iam::123456789012:role/Spectrum")


@pytest.fixture(scope="session")
def with_s3(redshift_with_aws: Redshift) -> Iterator[Connection]:
    """A connection to a stand-in that finds the bucket."""
    keywords = redshift_with_aws.address.keywords()
    with redshift_connector.connect(**keywords) as connection:
        connection.autocommit = True
        yield connection


@pytest.fixture(scope="session")
def cluster_place() -> Place:
    """A bucket that the cluster may read and write, by a role."""
    missing = [variable for variable in CLUSTER_FILES if not os.environ.get(variable)]
    if missing:
        pytest.skip(f"NO CLUSTER WAS ASKED: set {' and '.join(missing)}")
    bucket, role = (os.environ[variable] for variable in CLUSTER_FILES)
    return Place(boto3.client("s3"), bucket, "", role)


def check(case: StoredCase, place: Place, connection: Connection) -> None:
    own = Place(place.s3, place.bucket, f"deftunes-test/{uuid.uuid4()}/", place.role)
    own.put(case.files)
    cursor = connection.cursor()
    schema = f"deftunes_test_{uuid.uuid4().hex[:12]}"
    cursor.execute(f"create schema {schema}")
    cursor.execute(f"set search_path to {schema}")
    try:
        found = answer(own.case(case), connection, schema)
    finally:
        cursor.execute("set search_path to public")
        cursor.execute(f"drop schema {schema} cascade")
        own.clear()
    if case.refused is None:
        assert not isinstance(found, dict), found
        assert case.rows in (None, found)
    else:
        assert isinstance(found, dict), f"it was taken, with {found}"
        assert own.filled(case.refused) in found["M"] + found.get("D", "")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_stand_in_transfers_as_documented(
    case: StoredCase, emulated: Place, with_s3: Connection
) -> None:
    check(case, emulated, with_s3)


@pytest.mark.aws
@pytest.mark.parametrize(
    "case", [case for case in CASES if not case.stand_in_only], ids=lambda case: case.name
)
def test_a_cluster_transfers_as_documented(
    case: StoredCase, cluster_place: Place, cluster_connection: Connection
) -> None:
    check(case, cluster_place, cluster_connection)
