"""Which data files of a table are too small to stay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pyiceberg.manifest import DataFile, FileFormat
from pyiceberg.table import FileScanTask, Table
from pyiceberg.typedef import Record

from columnar_target.errors import SchemaError
from target_s3.iceberg.fields import table_fields
from target_s3.iceberg.partitioning import TRANSFORMS
from target_s3.merging.publish import SMALL_FILE_BYTES

LARGEST_RESULT_BYTES = 512 * 1024 * 1024
"""Small files are gathered up to this size, which is what Iceberg's writers aim at."""

_FORMAT_VERSION = 2

Group = tuple[DataFile, ...]
"""Files of one partition that become one file."""


@dataclass(frozen=True)
class Plan:
    """What there is to compact.

    Attributes:
        groups: Files that become one file each.
        small: All files that may be in a group.
        note: Why the table is left alone, if it is.
    """

    groups: tuple[Group, ...] = ()
    small: frozenset[DataFile] = frozenset()
    note: str | None = None


def plan_compaction(table: Table) -> Plan:
    """Find the files of a table that are to become one: small ones of the same partition."""
    tasks = list(table.scan().plan_files())
    obstacle = _obstacle(table, tasks)
    if obstacle:
        return Plan(note=f"{obstacle}: its small files are left as they are")
    spec_id = table.spec().spec_id
    small = [
        task.file
        for task in tasks
        if task.file.file_size_in_bytes < SMALL_FILE_BYTES
        and task.file.record_count > 0
        and task.file.spec_id == spec_id
    ]
    by_partition: dict[Record, list[DataFile]] = defaultdict(list)
    for file in small:
        by_partition[file.partition].append(file)
    groups = (group for files in by_partition.values() for group in _gathered(files))
    return Plan(tuple(group for group in groups if len(group) > 1), frozenset(small))


def _obstacle(table: Table, tasks: Sequence[FileScanTask]) -> str | None:
    """What keeps this target from rewriting a table that another engine wrote or changed."""
    version = table.metadata.format_version
    obstacles = {
        f"it has Iceberg's format version {version}": version != _FORMAT_VERSION,
        "it holds delete files, written by another engine": any(
            task.delete_files for task in tasks
        ),
        "it holds files other than Parquet": any(
            task.file.file_format != FileFormat.PARQUET for task in tasks
        ),
        "it holds files without field ids, written by another engine": table.name_mapping()
        is not None,
        "it is partitioned in a way that this target does not write": any(
            str(field.transform) not in TRANSFORMS for field in table.spec().fields
        ),
        "it has a column of a type that this target does not write": not _has_known_types(table),
    }
    return next((obstacle for obstacle, is_there in obstacles.items() if is_there), None)


def _has_known_types(table: Table) -> bool:
    try:
        table_fields(table.schema())
    except SchemaError:
        return False
    return True


def _gathered(files: Iterable[DataFile]) -> Iterator[Group]:
    """Files in groups, none beyond the largest size of a result."""
    group: list[DataFile] = []
    size = 0
    for file in sorted(files, key=lambda file: file.file_path):
        size += file.file_size_in_bytes
        if size > LARGEST_RESULT_BYTES:
            yield tuple(group)
            group, size = [], file.file_size_in_bytes
        group.append(file)
    yield tuple(group)
