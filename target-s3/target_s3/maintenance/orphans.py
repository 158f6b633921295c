"""Files below a table's location that nothing refers to."""

from __future__ import annotations

import datetime as dt
import gzip
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from pyiceberg.table import Table
from pyiceberg.table.locations import load_location_provider

from columnar_target.storage.storage import Storage, StoredFile
from target_s3.maintenance.places import is_below, place

_METADATA = re.compile(r"(.*/)?metadata/[^/]*\.metadata\.json(?:\.gz)?")
_VERSION_HINT = "version-hint.text"
_UUID = re.compile(rb'"table-uuid"\s*:\s*"([^"]+)"')


@dataclass(frozen=True)
class Orphans:
    """What may be removed.

    Attributes:
        files: Files that nothing refers to, old enough that nothing will.
        notes: What was left alone, and why.
    """

    files: tuple[StoredFile, ...] = ()
    notes: tuple[str, ...] = ()


def find_orphans(
    table: Table,
    storage: Storage,
    *,
    others: Sequence[Table],
    before: dt.datetime,
    expired: Collection[int] = (),
) -> Orphans:
    """Find the files of a table that nothing refers to.

    Args:
        table: The table; it is refreshed.
        storage: The lake.
        others: Tables whose files may lie nearby.
        before: Only files last written before this moment count: younger ones may belong to a
            commit under way.
        expired: Ids of snapshots to be taken for gone.
    """
    location = table.location()
    if any(letter in location for letter in "?#"):
        return Orphans(notes=("its location holds ? or #: none of its files is removed",))
    root = place(storage, location)
    sharing = _sharing(root, storage, others)
    if sharing:
        return Orphans(
            notes=(f"its folder is shared with {sharing}: none of its files is removed",)
        )

    known = place(storage, table.metadata_location)
    # first what is there, then what is referred to: a commit in between is seen
    there = {place(storage, file.path): file for file in storage.files_below(location)}
    if is_below(known, root) and known not in there:
        return Orphans(notes=("its metadata moved meanwhile: files are removed next time",))
    used = _used(table.refresh(), storage, expired)
    spared = _foreign_folders(there, used, root, storage, others)
    unused = {
        where: file
        for where, file in there.items()
        # a symbolic link may lead out of the location
        if where not in used
        and is_below(where, root)
        and not any(is_below(where, folder) for folder in spared)
        and not where.endswith(f"/metadata/{_VERSION_HINT}")
    }
    if _holds_metadata_of_another(table, unused, storage):
        return Orphans(
            notes=("its folder is shared with a table unknown here: no file is removed",)
        )
    return Orphans(
        tuple(file for file in unused.values() if file.modified < before),
        tuple(f"folder {folder} below it is another table's, left alone" for folder in spared),
    )


def _used(table: Table, storage: Storage, expired: Collection[int]) -> set[str]:
    """The places of all files that the table needs."""
    return {place(storage, location) for location in _references(table, expired)}


def _references(table: Table, expired: Collection[int]) -> Iterator[str]:
    metadata = table.metadata
    yield table.metadata_location
    yield from (entry.metadata_file for entry in metadata.metadata_log)
    yield from (
        file.statistics_path for file in metadata.statistics if file.snapshot_id not in expired
    )
    yield from (file.statistics_path for file in metadata.partition_statistics)
    read: set[str] = set()
    for snapshot in metadata.snapshots:
        if snapshot.snapshot_id in expired:
            continue
        yield snapshot.manifest_list
        for manifest in snapshot.manifests(table.io):
            if manifest.manifest_path in read:
                continue
            read.add(manifest.manifest_path)
            yield manifest.manifest_path
            for entry in manifest.fetch_manifest_entry(table.io):
                yield entry.data_file.file_path


def _sharing(root: str, storage: Storage, others: Sequence[Table]) -> str | None:
    """Another table that keeps files in this one's own folder."""
    for other in others:
        folders = {place(storage, other.location()), *_folders_of(other, storage)}
        if root in folders or any(is_below(root, folder) for folder in _folders_of(other, storage)):
            return f"table {'.'.join(other.name()[-2:])}"
    return None


def _folders_of(table: Table, storage: Storage) -> tuple[str, str]:
    """Where a table's data and metadata go."""
    provider = load_location_provider(table.location(), table.properties)
    return place(storage, provider.data_path), place(storage, provider.metadata_path)


def _foreign_folders(
    there: dict[str, StoredFile],
    used: set[str],
    root: str,
    storage: Storage,
    others: Sequence[Table],
) -> list[str]:
    """Folders below a table's location where other tables live, whoever has made them."""
    folders = {
        folder
        for other in others
        for folder in (place(storage, other.location()), *_folders_of(other, storage))
        if is_below(folder, root)
    }
    for where in there:
        match = _METADATA.fullmatch(where.removeprefix(f"{root}/"))
        if match and match[1] and where not in used:
            folders.add(f"{root}/{match[1].rstrip('/')}")
    return sorted(
        folder for folder in folders if not any(is_below(folder, other) for other in folders)
    )


def _holds_metadata_of_another(
    table: Table, unused: dict[str, StoredFile], storage: Storage
) -> bool:
    """Whether another table's metadata lies among the files that this one does not use."""
    for where, file in unused.items():
        if not _METADATA.fullmatch(where):
            continue
        content = storage.read_bytes(_url(storage, file.path)) or b""
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
        match = _UUID.search(content)  # a killed commit may have left half a file
        if match and match[1].decode() != str(table.metadata.table_uuid):
            return True
    return False


def _url(storage: Storage, path: str) -> str:
    return f"file://{path}" if storage.is_local else f"s3://{path}"
