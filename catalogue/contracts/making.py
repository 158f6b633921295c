"""A contract for each source, table of the lake, table of the star schema, and view."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from catalogue.contracts.rules import WHOLE, Rules, foreign_keys, of_dbt_tests, of_rule_file
from catalogue.graph import Field, Graph
from catalogue.inputs import SONGS_STREAM, Inputs
from catalogue.sources import ITEMS
from catalogue.truths import LAYERS, Column, Relation, declared_sources, lake_tables, models
from catalogue.types import logical

Contract = dict[str, Any]

FIRST = "1.0.0"
"""The version of a contract that nobody has seen yet."""

SUFFIX = ".odcs.yaml"
"""How the name of a contract's file ends, after the contract's."""

_LAYER_OF_KEYS = "gold"
"""Keys lead to tables of the star schema only."""

PERSONAL = ("users.user_name", "users.user_lastname", "users.user_location", "sessions.user_agent")
"""The sources' fields that speak of a person; what is made of them does, until it is summed up."""

_PURPOSE = {
    "source": "What the platform reads, and relies on.",
    "lake": "Typed and keyed, each load checked before it is published.",
    "gold": "The star schema: what reports and dashboards are made of.",
    "view": "An answer to one question, for reports and dashboards.",
}
_GRAIN_ENDS = r"[.:]"
_TEAM = {"name": "DeFtunes data platform"}


def all_contracts(inputs: Inputs, graph: Graph) -> dict[str, Contract]:
    """Every contract, by its name, such as `lake-users`."""
    maker = _Maker(inputs, graph)
    made: dict[str, Contract] = {}
    for name, columns in maker.sources():
        made[f"source-{name}"] = columns
    for table in lake_tables(inputs).values():
        made[f"lake-{table.name}"] = maker.lake(table)
    for model in models(inputs.manifest).values():
        layer = LAYERS[model.schema]
        if layer in {"gold", "view"}:
            made[f"{layer}-{model.name}"] = maker.model(layer, model)
    return dict(sorted(made.items()))


class _Maker:
    def __init__(self, inputs: Inputs, graph: Graph) -> None:
        self._inputs = inputs
        self._graph = graph
        self._declared = declared_sources(inputs.manifest)
        self._personal = {
            lost
            for field in graph.fields
            if field.layer == "source" and str(field) in PERSONAL
            for lost in (
                field,
                *(one for one, how in graph.losses(field).items() if how == "value"),
            )
        }

    def sources(self) -> Iterator[tuple[str, Contract]]:
        """The contracts of the API's two answers, and of the songs table."""
        for name in ("users", "sessions"):
            properties = [self._api_property(name, column) for column in self._inputs.api[name]]
            said = f"One record per {name[:-1]}, as GET /{name} of the purchase API answers."
            yield name, _contract("source", name, "object", said, properties, [])
        declared = self._declared["deftunes_transform.songs"]
        keys = self._inputs.keys[SONGS_STREAM]
        properties = [
            self._property(
                "source", "songs", Column(name, kind, declared.columns[name].description), keys, {}
            )
            | {"required": True}
            for name, kind in self._inputs.songs.items()
        ]
        said = "One row per track: table deftunes.songs of the songs database."
        yield "songs", _contract("source", "songs", "table", said, properties, [])

    def lake(self, table: Relation) -> Contract:
        """The contract of a table of the lake: its rules are those of its rule file."""
        declared = self._declared[table.full_name]
        rules = of_rule_file(self._inputs.rules[table.name])
        properties = []
        for column in table.columns.values():
            said = declared.columns[column.name].description
            meant = Column(column.name, column.type, said)
            properties.append(self._property("lake", table.name, meant, table.keys, rules))
        contract = _contract(
            "lake", table.name, "table", declared.description, properties, rules.get(WHOLE, [])
        )
        if declared.freshness:
            contract["slaProperties"] = [
                {
                    "property": "latency",
                    "value": declared.freshness,
                    "unit": "h",
                    "element": f"{table.name}.processing_timestamp",
                    "driver": "operational",
                }
            ]
        return contract

    def model(self, layer: str, model: Relation) -> Contract:
        """The contract of a table of the star schema, or a view: its rules are dbt's tests."""
        rules = of_dbt_tests(self._inputs.manifest, model.name)
        keys = foreign_keys(self._inputs.manifest, model.name)
        properties = []
        for column in model.columns.values():
            made = self._property(layer, model.name, column, model.keys, rules)
            if column.name in keys:
                other, _, key = keys[column.name].partition(".")
                place = f"{_LAYER_OF_KEYS}-{other}{SUFFIX}#/schema/{other}/properties/{key}"
                made["relationships"] = [{"to": place}]
            properties.append(made)
        kind = "view" if layer == "view" else "table"
        whole = rules.get(WHOLE, [])
        return _contract(layer, model.name, kind, model.description, properties, whole)

    def _property(
        self, layer: str, relation: str, column: Column, keys: tuple[str, ...], rules: Rules
    ) -> dict[str, Any]:
        field = Field(layer, relation, column.name)
        held = rules.get(column.name, [])
        made: dict[str, Any] = {
            "id": column.name,
            "name": column.name,
            "logicalType": logical(column.type),
            "physicalType": column.type.removesuffix("?"),
            "description": column.description,
        }
        if column.name in keys:
            made |= {"primaryKey": True, "primaryKeyPosition": keys.index(column.name) + 1}
        if column.name in keys or any(_forbids_null(rule) for rule in held):
            made["required"] = True
        if field in self._personal and layer != "view":
            made["classification"] = "personal"
        origins = sorted(
            f"{edge.origin.layer}:{edge.origin}"
            for edge in self._graph.edges
            if edge.result == field and edge.kind == "value"
        )
        if origins:
            made["transformSourceObjects"] = origins
        elif field in self._graph.made_here:
            made["transformLogic"] = self._graph.made_here[field]
        return made | ({"quality": held} if held else {})

    def _api_property(self, relation: str, name: str) -> dict[str, Any]:
        kind = self._inputs.api[relation][name]
        field = Field("source", relation, name)
        becomes = sorted(
            edge.result
            for edge in self._graph.edges
            if edge.origin == field and edge.result.layer == "tap"
        )
        own = [one for one in becomes if (one.relation, one.name) == (relation, name)]
        described = self._graph.fields[own[0]] if own else ""
        if not own:
            columns = [one.name for one in becomes if one.relation == relation]
            described = f"Becomes {', '.join(columns)}"
        column = Column(name, kind, described)
        keys = self._inputs.keys.get(relation, ()) if relation != ITEMS else ()
        made = self._property("source", relation, column, keys, {})
        if not kind.endswith("?"):
            made["required"] = True
        if name == ITEMS:
            inner = [self._api_property(ITEMS, one) for one in self._inputs.api[ITEMS]]
            made["description"] = "The songs bought; may be none"
            made["items"] = {"logicalType": "object", "properties": inner}
        elif kind == "array":
            made["items"] = {"logicalType": "string"}
        if own and self._format(own[0]) == "date-time":
            made["logicalType"] = "timestamp"
        return made

    def _format(self, field: Field) -> str:
        said = self._inputs.streams[field.relation]["properties"][field.name]
        return str(said.get("format", ""))


def _contract(
    layer: str,
    name: str,
    kind: str,
    description: str,
    properties: list[dict[str, Any]],
    quality: list[dict[str, Any]],
) -> Contract:
    table: dict[str, Any] = {
        "id": name,
        "name": name,
        "logicalType": "object",
        "physicalType": kind,
        "description": description,
        "dataGranularityDescription": f"{re.split(_GRAIN_ENDS, description)[0]}.",
        "properties": properties,
    }
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": f"deftunes-{layer}-{name}".replace("_", "-"),
        "name": f"{layer} {name}",
        "version": FIRST,
        "status": "active",
        "domain": "music sales",
        "description": {"purpose": _PURPOSE[layer]},
        "team": _TEAM,
        "schema": [table | ({"quality": quality} if quality else {})],
    }


def _forbids_null(rule: dict[str, Any]) -> bool:
    return rule.get("metric") == "nullValues" and rule["severity"] == "error"
