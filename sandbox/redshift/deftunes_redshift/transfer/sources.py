"""The files that a COPY reads: those below a prefix, or those that a manifest names.

See "COPY from Amazon S3" (copy-parameters-data-source-s3) and "Using a manifest to specify data
files" (loading-data-files-using-manifest).
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import IO, Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from deftunes_redshift.backend import Aws, SessionState
from deftunes_redshift.errors import RedshiftError
from deftunes_redshift.transfer.failure import engine_error

S3_ERROR = 8001
_NO_META = 15003
_IN_MEMORY = 16 << 20  # bytes; larger files wait on disk
_MANIFEST_NEEDS_KEY = "COPY with MANIFEST parameter requires full path of an S3 object."


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
    """S3, as a session's statement sees it."""

    aws: Aws
    session: SessionState

    def files(self, url: str, *, manifest: bool, columnar: bool) -> list[SourceFile]:
        """Find the files to load; a file that a manifest names twice comes twice.

        Raises:
            RedshiftError: There are none, or a manifest is not what it should be.
        """
        return self._of_manifest(url, columnar=columnar) if manifest else self._below(url)

    @contextmanager
    def opened(self, file: SourceFile) -> Iterator[IO[bytes]]:
        """A local copy of a file, while the block runs."""
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as copy:
            body = self._get(file.bucket, file.key)["Body"]
            shutil.copyfileobj(body, copy)
            copy.seek(0)
            yield copy

    def text(self, url: str) -> bytes:
        """The content of a small object."""
        bucket, key = split(url)
        content: bytes = self._get(bucket, key)["Body"].read()
        return content

    def below(self, url: str) -> dict[str, int]:
        """Keys below a prefix, in S3's order, with their bytes.

        Raises:
            RedshiftError: There is no such bucket.
        """
        bucket, prefix = split(url)
        pages = self.aws.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        try:
            return {
                item["Key"]: item["Size"] for page in pages for item in page.get("Contents", [])
            }
        except ClientError as error:
            raise self.refusal(error, f"Listing bucket={bucket} prefix={prefix}") from error

    def refusal(self, error: ClientError, context: str, before: str = "") -> RedshiftError:
        """What Redshift says when S3 refuses."""
        said = error.response.get("Error", {})
        code = {"404": "NoSuchKey"}.get(said.get("Code", ""), said.get("Code", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        words = "The specified key does not exist." if code == "NoSuchKey" else said.get("Message")
        message = f"{before}S3ServiceException:{words},Status {status},Error {code}"
        return self.error(message, context)

    def error(self, message: str, context: str = "", code: int = S3_ERROR) -> RedshiftError:
        """An error of the engine's part that reads S3."""
        return engine_error(message, self.session, code=code, context=context)

    def _below(self, url: str) -> list[SourceFile]:
        bucket, prefix = split(url)
        found = self.below(url)
        if not found:
            raise self.error(f"The specified S3 prefix '{prefix}' does not exist")
        return [SourceFile(bucket, key, self.aws.region, size) for key, size in found.items()]

    def _of_manifest(self, url: str, *, columnar: bool) -> list[SourceFile]:
        found = []
        for entry in self._entries(url):
            file = SourceFile(*split(entry["url"]), self.aws.region)
            promised = self._promised(entry, columnar=columnar)
            size = self._size(file, mandatory=bool(entry.get("mandatory", False)))
            if size is None:
                continue
            if promised is not None and promised != size:
                raise self.error(
                    "The manifest's content_length is not the file's length: "
                    f"{promised} for {size} bytes, File name: {file.https}",
                    code=_NO_META,
                )
            found.append(replace(file, size=size))
        if not found:
            raise self.error(f"The manifest {url} names no file that exists")
        return found

    def _entries(self, url: str) -> list[dict[str, Any]]:
        bucket, key = split(url)
        if not key or key.endswith("/"):
            raise self.error(_MANIFEST_NEEDS_KEY)
        try:
            content = self.aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            raise self.refusal(
                error, f"S3 key being read : {url}", "Problem reading manifest file - "
            ) from error
        try:
            entries = json.loads(content)["entries"]
            whole = all(len(split(entry["url"])[1]) > 0 for entry in entries)
        except (ValueError, KeyError, TypeError) as error:
            raise self.error(
                f"Invalid manifest file {url}: JSON with entries and a url in each is needed"
            ) from error
        if not whole:
            raise self.error(_MANIFEST_NEEDS_KEY)
        return list(entries)

    def _promised(self, entry: dict[str, Any], *, columnar: bool) -> int | None:
        meta = entry.get("meta")
        if columnar and not isinstance(meta, dict):
            raise self.error("File entry does not have 'meta' key.", code=_NO_META)
        length = (meta or {}).get("content_length")
        if columnar and length is None:
            raise self.error("File entry does not have 'content_length' key.", code=_NO_META)
        return None if length is None else int(length)

    def _size(self, file: SourceFile, *, mandatory: bool) -> int | None:
        try:
            return int(self.aws.s3.head_object(Bucket=file.bucket, Key=file.key)["ContentLength"])
        except ClientError as error:
            if mandatory:
                raise self.refusal(error, f"S3 key being read : {file.url}") from error
            return None

    def _get(self, bucket: str, key: str) -> Any:
        try:
            return self.aws.s3.get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            raise self.refusal(error, f"S3 key being read : s3://{bucket}/{key}") from error


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
