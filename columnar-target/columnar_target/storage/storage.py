"""Files below one URL, in a local folder or on S3: the only module that touches them.

A file is named by its absolute URL, as Iceberg metadata does; `Storage.url` makes one of a path
below the root, such as `landing_zone/users/...`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

import pyarrow.fs as pafs

from columnar_target.errors import StorageError
from columnar_target.reasons import told
from columnar_target.storage.patience import s3_options
from columnar_target.storage.placing import move, upload

COPY_CHUNK = 8 * 1024 * 1024


@dataclass(frozen=True)
class StoredFile:
    """A file that is there.

    Attributes:
        path: Its path in `Storage.filesystem`.
        size: In bytes.
        modified: When it was last written, by the clock of the store.
    """

    path: str
    size: int
    modified: dt.datetime


@dataclass(frozen=True)
class Storage:
    """Files below one lake URL.

    Attributes:
        root_url: `file:///...` or `s3://bucket/prefix`, without a slash at the end.
        filesystem: Arrow's view of the scheme's files.
        is_local: Whether the files are in a folder of this machine.
    """

    root_url: str
    filesystem: pafs.FileSystem
    is_local: bool

    def url(self, path: str) -> str:
        """The absolute location of a path below the root."""
        return f"{self.root_url}/{path}"

    def path_of(self, url: str) -> str:
        """The path in `filesystem` of an absolute URL."""
        parts = urlsplit(url)
        if self.is_local:
            return parts.path  # as pyiceberg reads it: nothing is unquoted
        return f"{parts.netloc}{parts.path}"

    def names_in(self, folder: str) -> list[str]:
        """Names of the files directly in a folder; none if it is not there."""
        selector = pafs.FileSelector(self.path_of(folder), allow_not_found=True)
        return [info.base_name for info in self._infos(selector) if info.is_file]

    def has(self, url: str) -> bool:
        """Whether a file is there."""
        path = self.path_of(url)
        try:
            return bool(self.filesystem.get_file_info(path).is_file)
        except OSError as fault:
            raise self._fault("read", url, fault) from fault

    def read_bytes(self, url: str) -> bytes | None:
        """Content of a file, or None if it is not there."""
        full = self.path_of(url)
        try:
            if self.filesystem.get_file_info(full).type is pafs.FileType.NotFound:
                return None
            with self.filesystem.open_input_stream(full) as stream:
                return bytes(stream.read())
        except OSError as fault:
            raise self._fault("read", url, fault) from fault

    def write_bytes(self, url: str, content: bytes) -> None:
        """Write a file so that a reader sees the old content or the new, nothing between."""
        with tempfile.TemporaryDirectory() as folder:
            staged = Path(folder) / "content"
            staged.write_bytes(content)
            self.put(staged, url)

    def put(self, local: Path, url: str) -> None:
        """Bring a local file to its place, where it appears whole or not at all.

        A local lake takes the file itself (`local` is gone), S3 a copy.

        Raises:
            StorageError: It could not be written (disk full, no permission, no network).
        """
        self._put(local, url, new=False)

    def put_new(self, local: Path, url: str) -> bool:
        """The same for a file that must not take another's place.

        S3 cannot be asked to look and write at once by this client: there the last one stays.

        Returns:
            False, and nothing has changed, if there is a file already.

        Raises:
            StorageError: It could not be written.
        """
        return self._put(local, url, new=True)

    def local_copy(self, url: str, folder: Path) -> Path:
        """A local file with the content of a location: itself if local, else a copy.

        Args:
            url: An absolute location.
            folder: Where a copy may be put.
        """
        full = self.path_of(url)
        if self.is_local:
            return Path(full)
        target = self._copy_of(full, folder)
        if not target.exists():
            try:
                with (
                    self.filesystem.open_input_stream(full, compression=None) as source,
                    target.open("wb") as sink,
                ):
                    shutil.copyfileobj(source, sink, COPY_CHUNK)
            except OSError as fault:
                target.unlink(missing_ok=True)
                raise self._fault("read", url, fault) from fault
        return target

    def keep_copy(self, local: Path, url: str, folder: Path) -> None:
        """Let `local_copy` find a file that was just put at a location.

        Args:
            local: The file; a local lake has taken it.
            url: The location.
            folder: Where copies are put.
        """
        if not self.is_local:
            local.replace(self._copy_of(self.path_of(url), folder))

    def _copy_of(self, path: str, folder: Path) -> Path:
        # a path may be longer than a name can be
        return folder / hashlib.sha256(path.encode()).hexdigest()

    def delete(self, url: str) -> None:
        """Remove a file that nothing refers to."""
        self.remove(self.path_of(url))

    def _put(self, local: Path, url: str, *, new: bool) -> bool:
        path = self.path_of(url)
        try:
            if self.is_local:
                return move(local, Path(path), new=new)
            upload(self.filesystem, local, path)
        except OSError as fault:
            raise self._fault("write", url, fault) from fault
        return True

    def _infos(self, selector: pafs.FileSelector) -> list[pafs.FileInfo]:
        try:
            return list(self.filesystem.get_file_info(selector))
        except OSError as fault:
            raise self._fault("list", selector.base_dir, fault) from fault

    @staticmethod
    def _fault(verb: str, url: str, fault: OSError) -> StorageError:
        return StorageError(f"Could not {verb} {url}: {told(fault)}, and run again.")

    def files_below(self, folder: str) -> list[StoredFile]:
        """All files below a folder, at any depth; none if it is not there."""
        selector = pafs.FileSelector(self.path_of(folder), allow_not_found=True, recursive=True)
        return [
            StoredFile(info.path, info.size, info.mtime)
            for info in self._infos(selector)
            if info.is_file
        ]

    def remove(self, path: str) -> None:
        """Remove a file by its path in `filesystem`, as `files_below` names it."""
        try:
            self.filesystem.delete_file(path)
        except FileNotFoundError:
            return
        except OSError as fault:
            raise self._fault("remove", path, fault) from fault


def open_storage(
    root_url: str,
    *,
    endpoint_url: str | None = None,
    region: str | None = None,
    properties: Mapping[str, str] = MappingProxyType({}),
) -> Storage:
    """Open a place for files.

    Args:
        root_url: `file:///...` or `s3://bucket/prefix`.
        endpoint_url: Another S3 than AWS's.
        region: The bucket's region; None lets AWS's chain decide.
        properties: The catalog's; its time-outs of S3 hold here too.

    Raises:
        SettingError: A time-out is no number of seconds.
    """
    parts = urlsplit(root_url)
    if parts.scheme == "file":
        return Storage(root_url, pafs.LocalFileSystem(), is_local=True)
    options = s3_options(properties)
    if endpoint_url:
        options["endpoint_override"] = endpoint_url
    if region:
        options["region"] = region
    filesystem = pafs.S3FileSystem(
        **options,
        allow_bucket_creation=False,  # a bucket is made by Terraform, not by a loader
        allow_delayed_open=True,  # one call instead of three for what is small
    )
    return Storage(root_url, filesystem, is_local=False)
