"""S3, as a statement sees it: what fails there fails the statement, in Redshift's words."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import IO
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from deftunes_redshift.backend import Aws, SessionState
from deftunes_redshift.errors import RedshiftError
from deftunes_redshift.transfer.failure import engine_error

S3_ERROR = 8001


@dataclass(frozen=True)
class SourceFile:
    """An object on S3.

    Attributes:
        bucket: Its bucket.
        key: Its key.
        region: The region in whose name messages show it.
        size: Its bytes.
    """

    bucket: str
    key: str
    region: str
    size: int = 0

    @property
    def url(self) -> str:
        """As load errors name it."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def https(self) -> str:
        """As scans of columnar files name it."""
        return f"https://s3.{self.region}.amazonaws.com/{self.bucket}/{self.key}"


@dataclass(frozen=True)
class S3:
    """S3 for one statement of a session; every method raises `RedshiftError` if S3 refuses."""

    aws: Aws
    session: SessionState

    @contextmanager
    def opened(self, file: SourceFile) -> Iterator[IO[bytes]]:
        """A local copy of a file, while the block runs."""
        with scratch() as copy:
            with self._asked(f"S3 key being read : {file.url}"):
                body = self.aws.s3.get_object(Bucket=file.bucket, Key=file.key)["Body"]
                shutil.copyfileobj(body, copy)
            copy.seek(0)
            yield copy

    def content(self, url: str, before: str = "") -> bytes:
        """The content of a small object; what comes `before` goes before S3's words."""
        bucket, key = split(url)
        with self._asked(f"S3 key being read : {url}", before):
            content: bytes = self.aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return content

    def size(self, file: SourceFile, *, mandatory: bool) -> int | None:
        """The bytes of a file; None if it is not there and need not be."""
        with self._asked(f"S3 key being read : {file.url}"):
            try:
                head = self.aws.s3.head_object(Bucket=file.bucket, Key=file.key)
            except ClientError as error:
                if mandatory or _status(error) != HTTPStatus.NOT_FOUND:
                    raise
                return None
        return int(head["ContentLength"])

    def below(self, url: str) -> dict[str, int]:
        """Keys below a prefix, in S3's order, with their bytes."""
        bucket, prefix = split(url)
        with self._asked(f"Listing bucket={bucket} prefix={prefix}"):
            lister = self.aws.s3.get_paginator("list_objects_v2")
            return {
                item["Key"]: item["Size"]
                for page in lister.paginate(Bucket=bucket, Prefix=prefix)
                for item in page.get("Contents", [])
            }

    def put(self, bucket: str, key: str, content: IO[bytes]) -> None:
        """Write an object."""
        with self._asked(f"S3 key being written : s3://{bucket}/{key}"):
            self.aws.s3.upload_fileobj(content, bucket, key)

    def delete(self, bucket: str, key: str) -> None:
        """Remove an object."""
        with self._asked(f"S3 key being removed : s3://{bucket}/{key}"):
            self.aws.s3.delete_object(Bucket=bucket, Key=key)

    def error(self, message: str, context: str = "", code: int = S3_ERROR) -> RedshiftError:
        """An error of the engine's part that works with S3."""
        return engine_error(message, self.session, code=code, context=context)

    @contextmanager
    def _asked(self, context: str, before: str = "") -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            said = error.response.get("Error", {})
            code = {"404": "NoSuchKey"}.get(said.get("Code", ""), said.get("Code", ""))
            words = said.get("Message")
            if code == "NoSuchKey":  # a HEAD has no words
                words = "The specified key does not exist."
            message = f"{before}S3ServiceException:{words},Status {_status(error)},Error {code}"
            raise self.error(message, context) from error
        except (BotoCoreError, boto3.exceptions.Boto3Error) as error:
            raise self.error(f"{before}S3 cannot be used: {error}", context) from error


def scratch() -> IO[bytes]:
    """A file of nobody else's, which is gone when it is closed."""
    return tempfile.TemporaryFile()


def split(url: str) -> tuple[str, str]:
    """Bucket and key of an `s3://` URL.

    Raises:
        RedshiftError: It is none.
    """
    parts = urlsplit(url, allow_fragments=False)
    if parts.scheme != "s3" or not parts.netloc:
        raise RedshiftError(f"Invalid S3 URL: {url}", "22023")
    # no '?' of a key is a query
    return parts.netloc, url.removeprefix(f"s3://{parts.netloc}").removeprefix("/")


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
