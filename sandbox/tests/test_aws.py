"""The emulated AWS does what AWS does where moto does not, and goes wrong when asked to."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ResponseStreamingError,
)

from deftunes_sandbox import SandboxError
from deftunes_sandbox.aws import EmulatedAws
from deftunes_sandbox.processes import wait_until
from deftunes_sandbox.terms import FaultError

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("aws")]

ONCE = Config(retries={"total_max_attempts": 1})


@pytest.fixture(scope="module")
def running() -> Iterator[EmulatedAws]:
    with EmulatedAws() as aws:
        client(aws, "s3").create_bucket(Bucket="lake")
        client(aws, "glue").create_database(DatabaseInput={"Name": "db"})
        yield aws


@pytest.fixture
def aws(running: EmulatedAws) -> Iterator[EmulatedAws]:
    running.forget_calls()
    yield running
    running.put_fault("")


def client(aws: EmulatedAws, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=aws.url,
        region_name=aws.environment["AWS_REGION"],
        aws_access_key_id=aws.environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=aws.environment["AWS_SECRET_ACCESS_KEY"],
        config=ONCE,
    )


def refused(call: Any, **arguments: Any) -> tuple[int, str]:
    """Status and code with which a call was refused."""
    with pytest.raises(ClientError) as refusal:
        call(**arguments)
    answer: Any = refusal.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


def new_table(aws: EmulatedAws, name: str) -> Any:
    glue = client(aws, "glue")
    glue.create_table(DatabaseName="db", TableInput={"Name": name})
    return glue


def version(glue: Any, name: str) -> str:
    return str(glue.get_table(DatabaseName="db", Name=name)["Table"]["VersionId"])


def test_an_update_of_an_old_version_of_a_table_is_refused_as_glue_does(aws: EmulatedAws) -> None:
    glue = new_table(aws, "old")
    assert version(glue, "old") == "0"
    update = {"DatabaseName": "db", "TableInput": {"Name": "old"}}
    glue.update_table(**update, VersionId="0")
    assert version(glue, "old") == "1"
    code = (400, "ConcurrentModificationException")
    assert refused(glue.update_table, **update, VersionId="0") == code
    assert version(glue, "old") == "1"
    glue.update_table(**update)  # without a version it is taken, as in AWS
    assert version(glue, "old") == "2"


def test_of_many_updates_of_one_version_at_once_exactly_one_is_taken(aws: EmulatedAws) -> None:
    glue = new_table(aws, "crowded")

    def update(number: int) -> str | None:
        description = {"Name": "crowded", "Description": str(number)}
        try:
            glue.update_table(DatabaseName="db", TableInput=description, VersionId="0")
        except glue.exceptions.ConcurrentModificationException:
            return None
        return str(number)

    with ThreadPoolExecutor(8) as pool:
        taken = [number for number in pool.map(update, range(24)) if number is not None]
    table = glue.get_table(DatabaseName="db", Name="crowded")["Table"]
    assert [table["Description"]] == taken
    assert table["VersionId"] == "1"


@pytest.mark.parametrize(
    ("answer", "of_s3", "of_glue"),
    [
        ("internal", (500, "InternalError"), (500, "InternalServiceException")),
        ("unavailable", (503, "ServiceUnavailable"), (503, "ServiceUnavailableException")),
        ("slow_down", (503, "SlowDown"), (400, "ThrottlingException")),
        ("expired", (400, "ExpiredToken"), (400, "ExpiredTokenException")),
        ("denied", (403, "AccessDenied"), (400, "AccessDeniedException")),
        ("skewed", (403, "RequestTimeTooSkewed"), (400, "InvalidSignatureException")),
    ],
)
def test_each_service_refuses_in_its_own_words(
    aws: EmulatedAws, answer: str, of_s3: tuple[int, str], of_glue: tuple[int, str]
) -> None:
    aws.put_fault(f"answer={answer}")
    s3, glue = client(aws, "s3"), client(aws, "glue")
    assert refused(s3.put_object, Bucket="lake", Key="k", Body=b"1" * 100_000) == of_s3
    assert refused(s3.list_objects_v2, Bucket="lake") == of_s3
    assert refused(s3.head_object, Bucket="lake", Key="k") == (of_s3[0], str(of_s3[0]))
    assert refused(glue.get_databases) == of_glue


def test_a_fault_strikes_the_calls_it_is_about_and_no_other(aws: EmulatedAws) -> None:
    aws.put_fault("answer=internal;call=s3 PUT *.json;at=2;times=2")
    s3 = client(aws, "s3")

    def put(key: str) -> bool:
        try:
            s3.put_object(Bucket="lake", Key=key, Body=b"x")
        except ClientError:
            return False
        return True

    keys = ["a.json", "b.parquet", "c.json", "d.parquet", "e.json", "f.json"]
    assert [put(key) for key in keys] == [True, True, False, True, False, True]
    s3.get_object(Bucket="lake", Key="f.json")
    client(aws, "glue").get_databases()
    assert aws.calls() == [
        *(f"s3 PUT /lake/{key}" for key in keys),
        "s3 GET /lake/f.json",
        "glue GetDatabases",
    ]


def test_an_answer_that_is_cut_lacks_its_end(aws: EmulatedAws) -> None:
    s3 = client(aws, "s3")
    s3.put_object(Bucket="lake", Key="cut", Body=b"0123456789")
    aws.put_fault("cut=0.5")
    with pytest.raises(ResponseStreamingError):
        s3.get_object(Bucket="lake", Key="cut")["Body"].read()
    aws.put_fault("")
    assert s3.get_object(Bucket="lake", Key="cut")["Body"].read() == b"0123456789"


@pytest.mark.parametrize("lost", ["hang=0.01", "answer=internal"])
@pytest.mark.parametrize("applied", [True, False])
def test_a_call_whose_answer_is_lost_took_place_or_not_as_asked(
    aws: EmulatedAws, lost: str, *, applied: bool
) -> None:
    s3, key = client(aws, "s3"), f"{lost}-{applied}"
    aws.put_fault(f"{lost};applied={int(applied)};call=s3 PUT *")
    with pytest.raises((ClientError, ConnectionClosedError)):
        s3.put_object(Bucket="lake", Key=key, Body=b"x")
    there = s3.list_objects_v2(Bucket="lake", Prefix=key)["KeyCount"]
    assert bool(there) is applied


def test_a_fault_that_cannot_be_read_is_told_and_changes_nothing(aws: EmulatedAws) -> None:
    aws.put_fault("answer=denied")
    with pytest.raises(FaultError, match="'speed' is no fault: choose from answer"):
        aws.put_fault("speed=9")
    connection = http.client.HTTPConnection(aws.url.removeprefix("http://"), timeout=5)
    connection.request("PUT", "/_sandbox/fault", "answer=maybe")
    assert connection.getresponse().status == 400
    connection.close()
    assert refused(client(aws, "s3").list_buckets) == (403, "AccessDenied")


def test_it_ends_with_the_process_that_started_it() -> None:
    code = (
        "from deftunes_sandbox.aws import EmulatedAws\n"
        "with EmulatedAws() as aws: print(aws.server.port, flush=True); input()"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with owner:
        assert owner.stdout is not None
        port = int(owner.stdout.readline())
        assert is_open(port)
        owner.kill()
    assert wait_until(lambda: not is_open(port), 10)


def test_a_port_that_is_taken_ends_in_one_sentence(aws: EmulatedAws, tmp_path: Path) -> None:
    second = EmulatedAws(aws.server.port, tmp_path / "aws.log")
    with pytest.raises(SandboxError, match="wanted for the emulated AWS"):
        second.__enter__()


def is_open(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0
