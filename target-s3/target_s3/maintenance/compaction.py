"""Small data files of a partition, rewritten as one."""

from __future__ import annotations

import logging
import random
import shutil
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table

from columnar_target.errors import StorageError
from columnar_target.relations.sql import literal, parquet_schema
from columnar_target.storage.storage import Storage
from target_s3.iceberg.commit import replace_files
from target_s3.iceberg.datafiles import DataFiles, write_data_files
from target_s3.iceberg.fields import table_fields
from target_s3.maintenance.report import Compacted
from target_s3.maintenance.small_files import Group, plan_compaction

ATTEMPTS = 5
_RELATION = "small_files"


@dataclass(frozen=True)
class _Rewritten:
    """A group of files, and the one that takes its place."""

    group: Group
    result: DataFile


@dataclass(frozen=True)
class Compaction:
    """What rewriting takes.

    Attributes:
        connection: The DuckDB that rewrites.
        storage: The lake's files.
        scratch: A local folder for files under way.
        run_id: Goes into data files' names.
        logger: Where a repeated attempt is told.
    """

    connection: duckdb.DuckDBPyConnection
    storage: Storage
    scratch: Path
    run_id: str
    logger: logging.Logger

    def compact(self, table: Table, groups: Sequence[Group]) -> tuple[Compacted, str | None]:
        """Rewrite groups of a table's small files, in one commit.

        When another writer commits in between, the groups that it left alone are committed still.

        Args:
            table: The table; it is refreshed.
            groups: Files that become one file each.

        Returns:
            What was done, and what was left for next time, in words.
        """
        rewritten = [self._rewrite(table, group) for group in groups]
        for attempt in range(1, ATTEMPTS + 1):
            if not rewritten or self._committed(table, rewritten):
                break
            self.logger.info("Table %s changed while it was compacted.", table.name()[-1])
            time.sleep(random.uniform(0, 0.2 * 2**attempt))  # noqa: S311 - not a secret
            table.refresh()
            rewritten = self._still_right(table, rewritten)
        else:
            self._discard(rewritten)
            rewritten = []
        left = len(groups) - len(rewritten)
        note = f"groups of small files that changed meanwhile, left for next time: {left}"
        return _summed(rewritten), note if left else None

    def _rewrite(self, table: Table, group: Group) -> _Rewritten:
        """Write the rows of a group into one new file, which nothing refers to yet."""
        fields = table_fields(table.schema())
        folder = Path(tempfile.mkdtemp(dir=self.scratch))
        paths = [str(self.storage.local_copy(file.file_path, folder)) for file in group]
        listed = f"[{', '.join(literal(path) for path in paths)}]"
        self._refuse_unnumbered(table, listed)
        schema = parquet_schema((field.field_id, field.alias, field.sql_type) for field in fields)
        self.connection.execute(
            f"create or replace view {_RELATION} as "
            f"select * from read_parquet({listed}, schema={schema})"
        )
        results = list(
            write_data_files(
                self.connection,
                _RELATION,
                DataFiles(table, fields, self.storage, folder, self.run_id),
            )
        )
        shutil.rmtree(folder)
        rows = sum(file.record_count for file in group)
        if [(file.record_count, file.partition) for file in results] != [
            (rows, group[0].partition)
        ]:
            raise AssertionError(f"{rows} rows of a partition were not rewritten as they were")
        return _Rewritten(group, results[0])

    def _committed(self, table: Table, rewritten: Iterable[_Rewritten]) -> bool:
        """Commit; False if the table moved."""
        try:
            replace_files(
                table,
                [file for one in rewritten for file in one.group],
                [one.result for one in rewritten],
                snapshot_properties=_kept_properties(table),
            )
        except (CommitFailedException, ValidationException):
            return False
        return True

    def _still_right(self, table: Table, rewritten: Iterable[_Rewritten]) -> list[_Rewritten]:
        """The results whose groups another writer left as they were; the others are removed."""
        there = plan_compaction(table).small
        right = [one for one in rewritten if there.issuperset(one.group)]
        self._discard(one for one in rewritten if one not in right)
        return right

    def _discard(self, rewritten: Iterable[_Rewritten]) -> None:
        for one in rewritten:
            self.storage.delete(one.result.file_path)

    def _refuse_unnumbered(self, table: Table, listed: str) -> None:
        """Make sure that columns are found by their ids: DuckDB takes others for absent."""
        found = self.connection.execute(
            f"select count(*) from parquet_schema({listed}) "
            "where field_id is null and coalesce(num_children, 0) = 0"
        ).fetchone()
        if found and found[0]:
            raise StorageError(
                f"Data files of table {table.name()[-1]} have columns without field ids, written "
                "by another engine: compact it there, or leave the table out with --table."
            )


def _summed(rewritten: Sequence[_Rewritten]) -> Compacted:
    results = sum(one.result.file_size_in_bytes for one in rewritten)
    return Compacted.of([one.group for one in rewritten], bytes_after=results)


def _kept_properties(table: Table) -> dict[str, str]:
    """What the last load said of the table holds for the same rows in other files."""
    snapshot = table.current_snapshot()
    summary = snapshot.summary.additional_properties if snapshot and snapshot.summary else {}
    kept = {name: value for name, value in summary.items() if name.startswith("singer.")}
    return {**kept, "target-s3.maintenance": "compaction"}
