"""The SQLite file of a local lake's catalog: which table is where, with Python's own sqlite3.

The tables are those that pyiceberg's SqlCatalog makes, so either reads what the other wrote.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_TABLES = (
    """create table if not exists iceberg_tables (
        catalog_name VARCHAR(255) NOT NULL,
        table_namespace VARCHAR(255) NOT NULL,
        table_name VARCHAR(255) NOT NULL,
        metadata_location VARCHAR(1000),
        previous_metadata_location VARCHAR(1000),
        iceberg_type VARCHAR(5),
        PRIMARY KEY (catalog_name, table_namespace, table_name)
    )""",
    """create table if not exists iceberg_namespace_properties (
        catalog_name VARCHAR(255) NOT NULL,
        namespace VARCHAR(255) NOT NULL,
        property_key VARCHAR(255) NOT NULL,
        property_value VARCHAR(1000) NOT NULL,
        PRIMARY KEY (catalog_name, namespace, property_key)
    )""",
)
_LOCKED_SECONDS = 5.0
"""For so long another process may keep the file locked, as SqlCatalog waits."""


@dataclass(frozen=True)
class CatalogFile:
    """What one catalog has in a file that may hold several.

    Attributes:
        path: The file; `made` makes it where it is not there.
        catalog: The catalog's name.

    Raises:
        sqlite3.Error: In every method, where the file cannot be read or written.
    """

    path: Path
    catalog: str

    def made(self) -> CatalogFile:
        """The file with its tables; where they are there, nothing is written."""
        with self._open() as database:
            for table in _TABLES:
                database.execute(table)
        return self

    def location(self, namespace: str, table: str) -> str | None:
        """Where a table's metadata is; None without such a table."""
        with self._open() as database:
            found = database.execute(
                "select metadata_location from iceberg_tables"  # noqa: S608 - a constant of two
                " where catalog_name = ? and table_namespace = ? and table_name = ?"
                f" and {self._is_table}",
                (self.catalog, namespace, table),
            ).fetchone()
        return found[0] if found else None

    def tables(self, namespace: str) -> list[str]:
        """The names of a namespace's tables."""
        with self._open() as database:
            rows = database.execute(
                "select table_name from iceberg_tables"  # noqa: S608 - a constant of two
                f" where catalog_name = ? and table_namespace = ? and {self._is_table}",
                (self.catalog, namespace),
            )
            return [row[0] for row in rows]

    def register(self, namespace: str, table: str, location: str) -> None:
        """Show a new table.

        Raises:
            sqlite3.IntegrityError: There is one of this name.
        """
        row = {
            "catalog_name": self.catalog,
            "table_namespace": namespace,
            "table_name": table,
            "metadata_location": location,
        }
        if self._tells_kinds:
            row["iceberg_type"] = "TABLE"
        names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
        with self._open() as database:
            database.execute(f"insert into iceberg_tables ({names}) values ({values})", row)  # noqa: S608 - the names above

    def move(self, namespace: str, table: str, before: str, location: str) -> bool:
        """Show a table's next metadata.

        Returns:
            False, and nothing has changed, if what it replaces is no longer the table's.
        """
        with self._open() as database:
            moved = database.execute(
                "update iceberg_tables set metadata_location = ?, previous_metadata_location = ?"
                " where catalog_name = ? and table_namespace = ? and table_name = ?"
                " and metadata_location = ?",
                (location, before, self.catalog, namespace, table, before),
            )
            return moved.rowcount > 0

    def has_namespace(self, namespace: str) -> bool:
        """Whether the namespace, or one below it, was made or has a table."""
        below = f"{namespace}."
        with self._open() as database:
            return any(
                database.execute(
                    f"select 1 from {table} where catalog_name = ?"  # noqa: S608 - constants
                    f" and ({column} = ? or substr({column}, 1, ?) = ?) limit 1",
                    (self.catalog, namespace, len(below), below),
                ).fetchone()
                for table, column in (
                    ("iceberg_tables", "table_namespace"),
                    ("iceberg_namespace_properties", "namespace"),
                )
            )

    def add_namespace(self, namespace: str, properties: Mapping[str, str]) -> None:
        """Make a namespace.

        Raises:
            sqlite3.IntegrityError: It is there.
        """
        with self._open() as database:
            database.executemany(
                "insert into iceberg_namespace_properties values (?, ?, ?, ?)",
                [(self.catalog, namespace, *pair) for pair in properties.items()],
            )

    @cached_property
    def _tells_kinds(self) -> bool:
        """Whether the file tells tables from views: what pyiceberg made before 0.12 does not."""
        with self._open() as database:
            columns = database.execute("pragma table_info(iceberg_tables)").fetchall()
        return "iceberg_type" in {column[1] for column in columns}

    @property
    def _is_table(self) -> str:
        return "coalesce(iceberg_type, 'TABLE') = 'TABLE'" if self._tells_kinds else "true"

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """The file, in a transaction that ends with the block."""
        with closing(sqlite3.connect(self.path, timeout=_LOCKED_SECONDS)) as database, database:
            yield database
