"""The graph of all fields, from the API's to the charts.

Nothing is left out in silence: a column whose origin is not found is an error that names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from catalogue.errors import CatalogueError
from catalogue.graph import Edge, Field, Graph
from catalogue.inputs import SONGS_STREAM, Inputs
from catalogue.queries import Column, analyse
from catalogue.sources import tap_columns_of
from catalogue.truths import (
    LAKE,
    LAYERS,
    Relation,
    declared_sources,
    lake_tables,
    made_by_loads,
    models,
)

_LOAD = "made by the load itself"


def lineage(inputs: Inputs) -> Graph:
    """Follow every field from the sources to the charts.

    Raises:
        CatalogueError: A column's origin cannot be found, or something reads what is not there.
    """
    made = _Making()
    tables = lake_tables(inputs)
    made.sources(inputs)
    made.lake(inputs, tables)
    found = declared_sources(inputs.manifest) | models(inputs.manifest)
    made.declared_only(found, tables)
    known = {name: relation.types for name, relation in found.items()}
    for relation in models(inputs.manifest).values():
        made.model(relation, known)
    for chart in inputs.charts:
        query = analyse(chart.sql, known, where=f"{chart.page}: {chart.name}")
        made.chart(Field("chart", chart.page, chart.name), query.reads)
    graph = Graph(made.fields, frozenset(made.edges), made.made_here)
    for field in graph.nowhere():
        raise CatalogueError(
            f"Nothing tells where {field} ({field.layer}) is from: see that the layer before it "
            "has it, in the tap's schema, load/*.meltano.yml or the models."
        )
    return graph


class _Making:
    """A graph as it is put together, from the sources on."""

    def __init__(self) -> None:
        self.fields: dict[Field, str] = {}
        self.edges: set[Edge] = set()
        self.made_here: dict[Field, str] = {}

    def sources(self, inputs: Inputs) -> None:
        for relation, names in inputs.api.items():
            for name, kind in names.items():
                self.fields[Field("source", relation, name)] = f"purchase API, {kind}"
        for name, kind in inputs.songs.items():
            self.fields[Field("source", "songs", name)] = f"songs database, {kind}"
        for stream, schema in inputs.streams.items():
            for name, said in schema["properties"].items():
                self.fields[Field("tap", stream, name)] = said.get("description", "")
        for relation, name, stream, column in tap_columns_of(inputs.api):
            if column in inputs.streams[stream]["properties"]:
                self._edge(Field("source", relation, name), Field("tap", stream, column))
        for name in inputs.streams[SONGS_STREAM]["properties"]:
            self._edge(Field("source", "songs", name), Field("tap", SONGS_STREAM, name))

    def lake(self, inputs: Inputs, tables: Mapping[str, Relation]) -> None:
        streams = {
            table.name: stream
            for stream, table in zip(_streams(inputs), tables.values(), strict=True)
        }
        for table in tables.values():
            sent = inputs.streams[streams[table.name]]["properties"]
            for column in table.columns.values():
                field = Field("lake", table.name, column.name)
                self.fields[field] = column.type
                if column.name in sent:
                    self._edge(Field("tap", streams[table.name], column.name), field)
                else:
                    self.made_here[field] = _LOAD
        for relation in made_by_loads(dict(tables)).values():
            for column in relation.columns.values():
                field = _lake_field(relation, column.name)
                self.fields[field] = column.type
                own = relation.name in tables and column.name in tables[relation.name].columns
                if own:
                    self._edge(Field("lake", relation.name, column.name), field)
                else:
                    self.made_here[field] = _LOAD

    def declared_only(self, found: Mapping[str, Relation], tables: Mapping[str, Relation]) -> None:
        """What dbt alone makes of the lake: the loads as target-s3's run records tell them."""
        for relation in found.values():
            if relation.schema == LAKE and relation.name not in tables:
                for column in relation.columns.values():
                    field = _lake_field(relation, column.name)
                    self.fields[field] = column.description
                    self.made_here[field] = "read from the run records by dbt's plugin"

    def model(self, relation: Relation, known: Mapping[str, Mapping[str, str]]) -> None:
        query = analyse(relation.sql, known, where=relation.name)
        layer = LAYERS[relation.schema]
        for name in [*relation.columns, *query.columns]:
            if name not in relation.columns or name not in query.columns:
                where = "its yml" if name in relation.columns else "its SQL"
                raise CatalogueError(
                    f"Column {name} of model {relation.name} is in {where} only: bring both "
                    "together in transform/models."
                )
        for name, column in relation.columns.items():
            field = Field(layer, relation.name, name)
            self.fields[field] = column.description
            made = query.columns[name]
            for origin in made.of:
                self._edge(_field_of(origin), field)
            for origin in query.rows:
                self.edges.add(Edge(_field_of(origin), field, "rows"))
            if not made.of:
                self.made_here[field] = ", ".join(sorted(made.here))

    def chart(self, field: Field, reads: Iterable[Column]) -> None:
        self.fields[field] = ""
        for origin in reads:
            self._edge(_field_of(origin), field)

    def _edge(self, origin: Field, result: Field) -> None:
        for end in (origin, result):
            if end not in self.fields:
                raise CatalogueError(
                    f"{result} ({result.layer}) is made of {origin} ({origin.layer}), and "
                    f"{end} is not there."
                )
        self.edges.add(Edge(origin, result, "value"))


def _streams(inputs: Inputs) -> list[str]:
    return list(next(iter(inputs.loaders.values())))


def _field_of(column: Column) -> Field:
    schema, name = column[0].split(".")
    if schema in LAYERS:
        return Field(LAYERS[schema], name, column[1])
    return _lake_field(Relation(schema, name, {}), column[1])


def _lake_field(relation: Relation, column: str) -> Field:
    """A column of the lake; what lies beside the tables has its place in its name."""
    beside = relation.schema.removeprefix(LAKE).lstrip("_")
    return Field("lake", f"{beside}.{relation.name}" if beside else relation.name, column)
