"""Tables of the lake as rules see them: relations of DuckDB with columns by name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import NoSuchTableError

from columnar_target.quality.rules import TableRules
from columnar_target.relations.sql import literal, parquet_schema
from columnar_target.storage.storage import Storage
from deftunes_dqdl import Relation
from target_s3.iceberg.datafiles import refuse_delete_files
from target_s3.iceberg.fields import Field, empty_columns, table_fields
from target_s3.merging.arrival import Published
from target_s3.merging.keys import alive


def rows_of_table(fields: Sequence[Field], files: Sequence[Path]) -> Relation:
    """The rows of a table's data files; those marked as gone at their source are left out.

    Args:
        fields: The table's columns.
        files: Local copies of its data files.
    """
    columns = {field.name: field.alias for field in fields}
    if not files:
        return Relation(f"select {empty_columns(fields)} where false", columns)
    paths = ", ".join(literal(str(path)) for path in files)
    schema = parquet_schema((field.field_id, field.alias, field.sql_type) for field in fields)
    source = f"read_parquet([{paths}], schema={schema})"
    return Relation(f"select * from {source} where {alive(fields)}", columns)


@dataclass(frozen=True)
class Neighbours:
    """The other tables that rules speak of, as they would be after the load.

    Attributes:
        catalog: Where tables are registered.
        namespace: Theirs.
        storage: The lake's files.
        scratch: Where copies of them may be put.
        staged: What the load would make of its own tables, by name.
    """

    catalog: Catalog
    namespace: str
    storage: Storage
    scratch: Path
    staged: Mapping[str, Published]

    def spoken_of(self, rules: TableRules) -> dict[str, Relation]:
        """The tables whose names stand in rules, a rule's own among them, if they are there."""
        texts = "\n".join(rule.text for rule in rules.of_table.rules)
        there = {identifier[-1] for identifier in self.catalog.list_tables(self.namespace)}
        named = [
            name
            for name in sorted(there)
            if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", texts)
        ]
        found = {name: self._rows(name) for name in named}
        return {name: relation for name, relation in found.items() if relation is not None}

    def _rows(self, name: str) -> Relation | None:
        published = self.staged.get(name)
        if published is not None and published.fields:
            return rows_of_table(published.fields, published.files)
        try:
            table = self.catalog.load_table((self.namespace, name))
        except NoSuchTableError:  # dropped just now
            return None
        tasks = list(table.scan().plan_files())
        refuse_delete_files(table, tasks)
        files = [self.storage.local_copy(task.file.file_path, self.scratch) for task in tasks]
        return rows_of_table(table_fields(table.schema()), files)
