"""The files that a COPY reads: those below a prefix, or those that a manifest names.

See "COPY from Amazon S3" (copy-parameters-data-source-s3) and "Using a manifest to specify data
files" (loading-data-files-using-manifest).
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from deftunes_redshift.transfer.s3 import S3, SourceFile, split

_NO_META = 15003
_NEEDED = "JSON with entries and a url in each is needed"
_WHOLE_PATH = "COPY with MANIFEST parameter requires full path of an S3 object."


def find_files(s3: S3, url: str, *, manifest: bool, columnar: bool) -> list[SourceFile]:
    """Find the files to load; a file that a manifest names twice comes twice.

    Args:
        s3: Where they are.
        url: A prefix, or the manifest.
        manifest: Which of both.
        columnar: Whether they are Parquet, for which a manifest must tell their lengths.

    Raises:
        RedshiftError: There are none, or a manifest is not what it should be.
    """
    return _of_manifest(s3, url, columnar=columnar) if manifest else _below(s3, url)


def _below(s3: S3, url: str) -> list[SourceFile]:
    bucket, prefix = split(url)
    found = s3.below(url)
    if not found:
        raise s3.error(f"The specified S3 prefix '{prefix}' does not exist")
    return [SourceFile(bucket, key, s3.aws.region, size) for key, size in found.items()]


def _of_manifest(s3: S3, url: str, *, columnar: bool) -> list[SourceFile]:
    found = []
    for entry in _entries(s3, url):
        file = SourceFile(*split(entry["url"]), s3.aws.region)
        promised = _promised(s3, entry, columnar=columnar)
        size = s3.size(file, mandatory=bool(entry.get("mandatory", False)))
        if size is None:
            continue
        if promised is not None and promised != size:
            raise s3.error(
                "The manifest's content_length is not the file's length: "
                f"{promised} for {size} bytes, File name: {file.https}",
                code=_NO_META,
            )
        found.append(replace(file, size=size))
    if not found:
        raise s3.error(f"The manifest {url} names no file that exists")
    return found


def _entries(s3: S3, url: str) -> list[dict[str, Any]]:
    _, key = split(url)
    if not key or key.endswith("/"):
        raise s3.error(_WHOLE_PATH)
    content = s3.content(url, "Problem reading manifest file - ")
    try:
        entries = json.loads(content)["entries"]
        whole = all(split(entry["url"])[1] for entry in entries)
        lengths = [entry.get("meta", {}).get("content_length", 0) for entry in entries]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise s3.error(f"Invalid manifest file {url}: {_NEEDED}") from error
    if not all(isinstance(length, int) for length in lengths):
        raise s3.error(f"Invalid manifest file {url}: a content_length is no number")
    if not whole:
        raise s3.error(_WHOLE_PATH)
    return list(entries)


def _promised(s3: S3, entry: dict[str, Any], *, columnar: bool) -> int | None:
    """The length that a manifest tells of a file."""
    meta = entry.get("meta")
    if columnar and not isinstance(meta, dict):
        raise s3.error("File entry does not have 'meta' key.", code=_NO_META)
    length = (meta or {}).get("content_length")
    if columnar and length is None:
        raise s3.error("File entry does not have 'content_length' key.", code=_NO_META)
    return None if length is None else int(length)
