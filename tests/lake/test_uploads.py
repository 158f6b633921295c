"""What is uploaded to S3 is there whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest

from columnar_target.errors import StorageError
from columnar_target.storage import placing
from columnar_target.storage.storage import Storage, open_storage

from .lakes import GlueLake

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("aws-uploads")]

PARTS = 3
CONTENT = bytes(range(256)) * 100_000  # more than two parts of an upload


@pytest.fixture
def storage(glue_lake: GlueLake, impatient: None) -> Storage:
    del impatient
    return open_storage(f"s3://{glue_lake.name}/lake", endpoint_url=glue_lake.aws.url)


@pytest.fixture
def local(tmp_path: Path) -> Path:
    file = tmp_path / "local"
    file.write_bytes(CONTENT)
    return file


def content_of(lake: GlueLake, key: str) -> bytes:
    return bytes(boto3.client("s3").get_object(Bucket=lake.name, Key=key)["Body"].read())


@pytest.mark.parametrize("in_one_call", [True, False])
def test_a_large_file_arrives_as_it_is(
    glue_lake: GlueLake,
    storage: Storage,
    local: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    in_one_call: bool,
) -> None:
    if not in_one_call:
        monkeypatch.setattr(placing, "WHOLE_BYTES", 1_000_000)
        monkeypatch.setattr(placing, "_PIECE", 7_000_000)
    storage.put(local, storage.url("file"))
    assert content_of(glue_lake, "lake/file") == CONTENT


def test_an_empty_file_arrives(glue_lake: GlueLake, storage: Storage) -> None:
    storage.write_bytes(storage.url("empty"), b"")
    assert content_of(glue_lake, "lake/empty") == b""


@pytest.mark.parametrize("part", range(1, PARTS + 1))
def test_a_file_of_which_a_part_does_not_arrive_is_not_there(
    glue_lake: GlueLake, storage: Storage, local: Path, part: int
) -> None:
    glue_lake.aws.put_fault(f"answer=denied;call=s3 PUT *partNumber*;at={part}")
    with pytest.raises(StorageError, match="AWS denies access"):
        storage.put(local, storage.url("file"))
    glue_lake.aws.put_fault("")
    assert glue_lake.files("lake/") == []


def test_a_file_that_cannot_be_read_leaves_nothing(
    glue_lake: GlueLake, storage: Storage, tmp_path: Path
) -> None:
    with pytest.raises(StorageError, match="No such file or directory"):
        storage.put(tmp_path / "gone", storage.url("file"))
    assert glue_lake.files("lake/") == []
