"""The container image of the pipelines: built once for a tag, and pushed to the platform."""

from __future__ import annotations

import base64
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

ENGINES = ("docker", "podman", "finch", "nerdctl")
"""Programs that build and push images, by the same words."""
PLATFORM = "linux/amd64"
"""What the tasks run on (`cpu_architecture` in terraform/), whatever this machine is."""


class ImageError(Exception):
    """The image cannot be built or pushed; the text says why."""


def is_pushed(repository: str, tag: str, ecr: Any) -> bool:
    """Tell whether the registry has a tag; a tag names one image for good.

    Args:
        repository: Its name.
        tag: The tag.
        ecr: A client of boto3.
    """
    try:
        ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])
    except ClientError as error:
        if error.response["Error"]["Code"] == "ImageNotFoundException":
            return False
        raise
    return True


def build_and_push(root: Path, image: str, ecr: Any) -> None:
    """Build the image of the project and push it.

    Args:
        root: The project's folder, with its Dockerfile.
        image: Its whole name, such as `123….amazonaws.com/deftunes-prod/meltano:1a2b3c4`.
        ecr: A client of boto3.

    Raises:
        ImageError: Nothing here builds images, or a step failed.
    """
    engine = next(filter(None, map(shutil.which, ENGINES)), None)
    if engine is None:
        raise ImageError(
            f"None of {', '.join(ENGINES)} is here to build the image: run this where one is, or "
            "give IMAGE=0 to deploy all else."
        )
    told = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    user, _, password = base64.b64decode(told).decode().partition(":")
    registry = image.partition("/")[0]
    _run([engine, "build", "--platform", PLATFORM, "--tag", image, str(root)])
    _run([engine, "login", "--username", user, "--password-stdin", registry], words=password)
    _run([engine, "push", image])


def _run(command: Sequence[str], *, words: str | None = None) -> None:
    done = subprocess.run(command, input=words, text=True, check=False)
    if done.returncode:
        raise ImageError(f"`{' '.join(command[:2])}` failed; its own words are above.")
