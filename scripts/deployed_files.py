"""The project's files that the platform on AWS reads, and where it expects them."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

DIGEST = "sha256"
"""The metadata of an object that tells what is in it: an ETag does not, of an encrypted one."""

PLACES: Mapping[str, str] = {
    "orchestrate/dags": "dags",
    # what the DAGs are made of
    "meltano.yml": "dags/project/meltano.yml",
    "environments": "dags/project/environments",
    "extract": "dags/project/extract",
    "load": "dags/project/load",
    "orchestrate/orchestrate.meltano.yml": "dags/project/orchestrate/orchestrate.meltano.yml",
    "transform/transform.meltano.yml": "dags/project/transform/transform.meltano.yml",
    "analyze/analyze.meltano.yml": "dags/project/analyze/analyze.meltano.yml",
    "analyze/dashboards.meltano.yml": "dags/project/analyze/dashboards.meltano.yml",
    # for people and other tools; the image has both
    "transform": "transform",
    "quality": "quality",
}
"""File or folder of the project: its place in the bucket of artifacts."""

_AIRFLOW_ROOT = "/usr/local/airflow/dags/project"


class FilesError(Exception):
    """It cannot be told what belongs to the project; the text says why."""


def files_for(root: Path, airflow: Mapping[str, str]) -> dict[str, bytes]:
    """Give all that belongs into the bucket.

    Args:
        root: The project's folder.
        airflow: What Airflow reads to start tasks, by variable.

    Returns:
        The content of each object, by key.

    Raises:
        FilesError: This is no clone.
    """
    found = {key: path.read_bytes() for path, key in _listed(root)}
    # Airflow looks for DAGs in every file below dags/
    found["dags/.airflowignore"] += b"project/\n"
    variables = {**airflow, "DEFTUNES_PROJECT_ROOT": _AIRFLOW_ROOT}
    lines = [f'export {name}="{value}"' for name, value in sorted(variables.items())]
    found["airflow/startup.sh"] = "\n".join(["#!/bin/sh", *lines, ""]).encode()
    return found


def digest(content: bytes) -> str:
    """Tell what is in an object."""
    return hashlib.sha256(content).hexdigest()


def changes(bucket: str, files: Mapping[str, bytes], s3: Any) -> tuple[list[str], list[str]]:
    """Compare the bucket with what belongs there.

    Args:
        bucket: Name of the bucket.
        files: What belongs there, by key.
        s3: A client of boto3.

    Returns:
        The keys to put, and those to delete: what an earlier deployment put in our folders.
    """
    there = set(_keys(bucket, s3))
    folders = tuple({f"{key.split('/')[0]}/" for key in files})
    put = [key for key in sorted(files) if _digest_there(bucket, key, s3) != digest(files[key])]
    return put, sorted(key for key in there - files.keys() if key.startswith(folders))


def _listed(root: Path) -> Iterator[tuple[Path, str]]:
    """What git knows or would add: nothing that a program made."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"]
    done = subprocess.run(
        [*command, *PLACES], cwd=root, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise FilesError(
            f"git cannot list the files of {root}: deploy from a clone of the project."
        )
    for name in filter(None, done.stdout.split("\0")):
        for place, key in PLACES.items():
            if name == place:
                yield root / name, key
            elif name.startswith(f"{place}/") and (root / name).is_file():
                yield root / name, f"{key}/{name.removeprefix(f'{place}/')}"


def _keys(bucket: str, s3: Any) -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for found in page.get("Contents", []):
            yield str(found["Key"])


def _digest_there(bucket: str, key: str, s3: Any) -> str | None:
    try:
        told = s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "NoSuchKey"}:
            return None
        raise
    return str(told["Metadata"].get(DIGEST))
