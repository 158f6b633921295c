"""The catalog that a local lake brings along: pyiceberg's SqlCatalog on SQLite, without its weight.

Importing SQLAlchemy and mapping two tables would be a sixth of what a small load costs. So what a
load asks for is done here, and the rest is left to SqlCatalog, on the same file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyiceberg.catalog import Catalog, MetastoreCatalog
from pyiceberg.exceptions import (
    CommitFailedException,
    NamespaceAlreadyExistsError,
    NoSuchNamespaceError,
    NoSuchTableError,
    TableAlreadyExistsError,
)
from pyiceberg.io import load_file_io
from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.serializers import FromInputFile
from pyiceberg.table import CommitTableResponse, Table
from pyiceberg.table.locations import load_location_provider
from pyiceberg.table.metadata import new_table_metadata
from pyiceberg.table.sorting import UNSORTED_SORT_ORDER, SortOrder
from pyiceberg.table.update import TableRequirement, TableUpdate
from pyiceberg.typedef import EMPTY_DICT, Identifier, Properties

from target_s3.iceberg.catalog_file import CatalogFile

if TYPE_CHECKING:
    import pyarrow as pa


def _left_to_pyiceberg(name: str) -> Callable[..., Any]:
    """A method that no load asks for: SqlCatalog's."""

    def method(catalog: LocalCatalog, *arguments: Any, **named: Any) -> Any:
        from pyiceberg.catalog.sql import SqlCatalog  # noqa: PLC0415 - what a load does without

        uri = f"sqlite:///{catalog.file.path}"
        whole = SqlCatalog(catalog.name, **{**catalog.properties, "uri": uri})
        try:
            return getattr(whole, name)(*arguments, **named)
        finally:
            whole.close()

    return method


class LocalCatalog(MetastoreCatalog):
    """Iceberg tables registered in a SQLite file.

    Args:
        name: Of the catalog.
        file: The SQLite file; it is made where it is not there.
        properties: As pyiceberg's catalogs take them; `warehouse` is where tables go.

    Raises:
        sqlite3.Error: In every method, where the file cannot be read or written.
    """

    def __init__(self, name: str, file: Path, **properties: Any) -> None:
        super().__init__(name, **properties)
        self.file = CatalogFile(file, name).made()

    def load_table(self, identifier: str | Identifier) -> Table:
        """The table as it is now.

        Raises:
            NoSuchTableError: There is none of this name.
        """
        namespace, name = _parts(identifier)
        location = self.file.location(namespace, name)
        if not location:
            raise NoSuchTableError(f"Table does not exist: {namespace}.{name}")
        metadata = FromInputFile.table_metadata(
            load_file_io(self.properties, location).new_input(location)
        )
        return Table(
            identifier=(*Catalog.identifier_to_tuple(namespace), name),
            metadata=metadata,
            metadata_location=location,
            io=self._load_file_io(metadata.properties, location),
            catalog=self,
        )

    def create_table(
        self,
        identifier: str | Identifier,
        schema: Schema | pa.Schema,
        location: str | None = None,
        partition_spec: PartitionSpec = UNPARTITIONED_PARTITION_SPEC,
        sort_order: SortOrder = UNSORTED_SORT_ORDER,
        properties: Properties = EMPTY_DICT,
    ) -> Table:
        """Make a table; its first metadata is written before the catalog hears of it.

        Raises:
            NoSuchNamespaceError: Its namespace is not there.
            TableAlreadyExistsError: It is there.
        """
        namespace, name = _parts(identifier)
        if not self.namespace_exists(namespace):
            raise NoSuchNamespaceError(f"Namespace does not exist: {namespace}")
        place = self._resolve_table_location(location, namespace, name)
        metadata = new_table_metadata(
            location=place,
            schema=self._convert_schema_if_needed(schema),
            partition_spec=partition_spec,
            sort_order=sort_order,
            properties=properties,
        )
        provider = load_location_provider(table_location=place, table_properties=properties)
        at = provider.new_table_metadata_file_location()
        self._write_metadata(metadata, load_file_io(self.properties, at), at)
        self._register(namespace, name, at)
        return self.load_table(identifier)

    def commit_table(
        self,
        table: Table,
        requirements: tuple[TableRequirement, ...],
        updates: tuple[TableUpdate, ...],
    ) -> CommitTableResponse:
        """Write what changed of a table's metadata, and show it if nobody else was first.

        Raises:
            CommitFailedException: Somebody was, or a requirement does not hold.
        """
        namespace, name = _parts(table.name())
        try:
            current = self.load_table(table.name())
        except NoSuchTableError:
            current = None
        staged = self._update_and_stage_table(current, table.name(), requirements, updates)
        if current is not None and staged.metadata == current.metadata:
            return _response(current)
        at = staged.metadata_location
        self._write_metadata(staged.metadata, staged.io, at)
        if current is None:
            self._register(namespace, name, at)
        elif not self.file.move(namespace, name, current.metadata_location, at):
            raise CommitFailedException(
                f"Table has been updated by another process: {namespace}.{name}"
            )
        return _response(staged)

    def list_tables(self, namespace: str | Identifier) -> list[Identifier]:
        """The tables of a namespace.

        Raises:
            NoSuchNamespaceError: It is not there.
        """
        name = Catalog.namespace_to_string(namespace)
        if name and not self.namespace_exists(name):
            raise NoSuchNamespaceError(f"Namespace does not exist: {name}")
        return [(*Catalog.identifier_to_tuple(name), table) for table in self.file.tables(name)]

    def namespace_exists(self, namespace: str | Identifier) -> bool:
        """Whether the namespace, or one below it, was made or has a table."""
        return self.file.has_namespace(Catalog.namespace_to_string(namespace, NoSuchNamespaceError))

    def create_namespace(
        self, namespace: str | Identifier, properties: Properties = EMPTY_DICT
    ) -> None:
        """Make a namespace.

        Raises:
            NamespaceAlreadyExistsError: It is there.
        """
        name = Catalog.namespace_to_string(namespace, NoSuchNamespaceError)
        there = NamespaceAlreadyExistsError(f"Namespace {name} already exists")
        if self.namespace_exists(name):
            raise there
        try:
            self.file.add_namespace(name, properties or {"exists": "true"})
        except sqlite3.IntegrityError as fault:  # another process made it just now
            raise there from fault

    def _register(self, namespace: str, name: str, location: str) -> None:
        """Show a new table.

        Raises:
            TableAlreadyExistsError: There is one of this name.
        """
        try:
            self.file.register(namespace, name, location)
        except sqlite3.IntegrityError as fault:
            raise TableAlreadyExistsError(f"Table {namespace}.{name} already exists") from fault

    register_table = _left_to_pyiceberg("register_table")
    drop_table = _left_to_pyiceberg("drop_table")
    rename_table = _left_to_pyiceberg("rename_table")
    drop_namespace = _left_to_pyiceberg("drop_namespace")
    list_namespaces = _left_to_pyiceberg("list_namespaces")
    load_namespace_properties = _left_to_pyiceberg("load_namespace_properties")
    update_namespace_properties = _left_to_pyiceberg("update_namespace_properties")
    create_view = _left_to_pyiceberg("create_view")
    load_view = _left_to_pyiceberg("load_view")
    register_view = _left_to_pyiceberg("register_view")
    list_views = _left_to_pyiceberg("list_views")
    view_exists = _left_to_pyiceberg("view_exists")
    drop_view = _left_to_pyiceberg("drop_view")


def _parts(identifier: str | Identifier) -> tuple[str, str]:
    """Namespace and name of a table."""
    return (
        Catalog.namespace_to_string(Catalog.namespace_from(identifier)),
        Catalog.table_name_from(identifier),
    )


def _response(table: Table) -> CommitTableResponse:
    """What a commit answers."""
    return CommitTableResponse.model_validate(
        {"metadata": table.metadata, "metadata-location": table.metadata_location}
    )
