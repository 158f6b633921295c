"""The Glue databases behind the external schemas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from deftunes_redshift.backend import Aws
from deftunes_redshift.errors import RedshiftError

_MISSING = "EntityNotFoundException"


@dataclass(frozen=True)
class GlueTable:
    """A table as Glue describes it.

    Attributes:
        name: Its name.
        metadata_location: Where its Iceberg metadata is; empty: it is no Iceberg table.
        location: Where its files are.
        columns: Hive's type of each column by name, in their order.
        parameters: What else Glue keeps of it.
    """

    name: str
    metadata_location: str
    location: str
    columns: dict[str, str]
    parameters: dict[str, str]


@dataclass(frozen=True)
class GlueDatabase:
    """A database in Glue."""

    aws: Aws
    name: str

    def exists(self) -> bool:
        """Whether Glue has it."""
        return self._asked(self.aws.glue.get_database, Name=self.name) is not None

    def create(self) -> bool:
        """Make it, unless there is one; tell whether it was made."""
        if self.exists():
            return False
        self.aws.glue.create_database(DatabaseInput={"Name": self.name})
        return True

    def drop(self) -> None:
        """Drop it and all its tables."""
        self._asked(self.aws.glue.delete_database, Name=self.name)

    def table(self, name: str) -> GlueTable | None:
        """Give one of its Iceberg tables; None if there is no such table.

        Raises:
            RedshiftError: It is another kind of table.
        """
        answer = self._asked(self.aws.glue.get_table, DatabaseName=self.name, Name=name)
        table = None if answer is None else _table(answer["Table"])
        if table is not None and not table.metadata_location:
            raise RedshiftError(
                f"the stand-in reads Iceberg tables alone, and {self.name}.{name} is none", "0A000"
            )
        return table

    def tables(self) -> Iterator[GlueTable]:
        """Give all its tables; none if there is no such database."""
        if not self.exists():
            return
        pages = self.aws.glue.get_paginator("get_tables").paginate(DatabaseName=self.name)
        for page in pages:
            yield from map(_table, page["TableList"])

    def _asked(self, call: Any, **what: str) -> Any:
        try:
            return call(**what)
        except ClientError as error:
            said = error.response.get("Error", {})
            if said.get("Code") == _MISSING:
                return None
            raise RedshiftError(
                f"Glue refused to tell of {self.name}: {said.get('Code')}, {said.get('Message')}"
            ) from error


def _table(described: dict[str, Any]) -> GlueTable:
    storage = described.get("StorageDescriptor", {})
    parameters = dict(described.get("Parameters", {}))
    is_iceberg = parameters.get("table_type", "").upper() == "ICEBERG"
    return GlueTable(
        described["Name"],
        parameters.get("metadata_location", "") if is_iceberg else "",
        storage.get("Location", ""),
        {
            column["Name"]: column.get("Type", "")
            for column in storage.get("Columns", [])
            if column.get("Parameters", {}).get("iceberg.field.current", "true") == "true"
        },
        parameters,
    )
