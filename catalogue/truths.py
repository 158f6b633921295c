"""The sources of truth in one form: relations with typed columns, from the sources to the views."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from catalogue.errors import CatalogueError
from catalogue.inputs import LAKE_LOADER, WAREHOUSE_LOADER, Inputs
from columnar_target.errors import TargetError
from columnar_target.own_columns import LOAD_FIELDS, QUARANTINE_FIELDS
from columnar_target.records.columns import stream_columns
from columnar_target.records.types import name_of
from columnar_target.settings import StreamSettings
from target_s3.quality.history import RESULT_FIELDS

LAKE = "deftunes_transform"
LAYERS = {
    "deftunes_staging": "staging",
    "deftunes_serving": "gold",
    "deftunes_bi_views": "view",
}
"""The layer of a dbt model, by its schema."""


@dataclass(frozen=True)
class Column:
    """A column, its type as its own world spells it, and what it means."""

    name: str
    type: str
    description: str = ""


@dataclass(frozen=True)
class Relation:
    """A source, a table or a view.

    Attributes:
        schema: Its schema or namespace.
        name: Its name.
        columns: In order.
        description: What it holds; opens with its grain.
        sql: The query that dbt made of the model; empty for what is no model.
        keys: The columns that identify a row, as far as said.
        freshness: Hours after which it is stale; None where nothing is said.
    """

    schema: str
    name: str
    columns: dict[str, Column]
    description: str = ""
    sql: str = ""
    keys: tuple[str, ...] = ()
    freshness: int | None = field(default=None)

    @property
    def full_name(self) -> str:
        """Schema and name."""
        return f"{self.schema}.{self.name}"

    @property
    def types(self) -> dict[str, str]:
        """Type by column."""
        return {column.name: column.type for column in self.columns.values()}


def lake_tables(inputs: Inputs, loader: str = LAKE_LOADER) -> dict[str, Relation]:
    """The tables as a loader makes them of the tap's schemas, by its own code.

    Raises:
        CatalogueError: It types a column that the tap does not send, or its type does not exist.
    """
    tables = {}
    for stream, settings in inputs.loaders[loader].items():
        schema = inputs.streams[stream]
        typed = StreamSettings(table=settings["table"], types=settings.get("types", {}))
        try:
            made = stream_columns(stream, schema, typed)
        except TargetError as error:
            raise CatalogueError(f"{loader}: {error}") from error
        columns = {column.name: Column(column.name, name_of(column.type.arrow)) for column in made}
        columns |= _columns_of(LOAD_FIELDS)
        keys = tuple(settings.get("keys", inputs.keys[stream]))
        tables[typed.table] = Relation(LAKE, typed.table, columns, keys=keys)
    return tables


def loader_tables(inputs: Inputs) -> dict[str, Relation]:
    """The tables as the loader of the warehouse makes them."""
    return lake_tables(inputs, WAREHOUSE_LOADER)


def made_by_loads(tables: dict[str, Relation]) -> dict[str, Relation]:
    """What target-s3 keeps beside the tables: results of rules, and rows set aside."""
    results = Relation(f"{LAKE}_quality", "results", _columns_of(RESULT_FIELDS))
    quarantine = [
        Relation(f"{LAKE}_quarantine", name, table.columns | _columns_of(QUARANTINE_FIELDS))
        for name, table in tables.items()
    ]
    return {relation.full_name: relation for relation in [results, *quarantine]}


def declared_sources(manifest: dict[str, Any]) -> dict[str, Relation]:
    """The sources as dbt's yml tells of them, by `schema.name`."""
    found = (_declared(node) for node in manifest["sources"].values())
    return {relation.full_name: relation for relation in found}


def models(manifest: dict[str, Any]) -> dict[str, Relation]:
    """The models as dbt's yml tells of them, by `schema.name`, each after what it reads."""
    nodes = {
        key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"
    }
    ordered: dict[str, Relation] = {}

    def add(key: str) -> None:
        node = nodes.get(key)
        if node is None or f"{node['schema']}.{node['name']}" in ordered:
            return
        for other in node["depends_on"]["nodes"]:
            add(other)
        relation = _declared(node)
        ordered[relation.full_name] = relation

    for key in sorted(nodes):
        add(key)
    return ordered


def _declared(node: dict[str, Any]) -> Relation:
    columns = {
        column["name"]: Column(
            column["name"], column["data_type"] or "", " ".join(column["description"].split())
        )
        for column in node["columns"].values()
    }
    warn_after = (node.get("freshness") or {}).get("warn_after") or {}
    return Relation(
        node["schema"],
        node["name"],
        columns,
        " ".join(node["description"].split()),
        node.get("compiled_code") or "",
        tuple(node.get("primary_key") or ()),
        warn_after.get("count"),
    )


def _columns_of(fields: Any) -> dict[str, Column]:
    return {one.name: Column(one.name, name_of(one.type)) for one in map(_plain, fields)}


def _plain(one: pa.Field) -> pa.Field:
    return pa.field(one.name, one.type)
