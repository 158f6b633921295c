"""Where two sources of truth say different things of a field.

Each sentence names the field, and both who speak of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from catalogue.contracts.rules import columns_of, named_by_rules
from catalogue.errors import CatalogueError
from catalogue.inputs import LAKE_LOADER, WAREHOUSE_LOADER, Inputs
from catalogue.lineage import lineage
from catalogue.queries import analyse
from catalogue.truths import (
    Relation,
    declared_sources,
    lake_tables,
    loader_tables,
    made_by_loads,
    models,
)
from catalogue.types import of_iceberg, without_length
from deftunes_dqdl import RulesError, parse

SOURCES_YML = "transform/models/staging/_deftunes__sources.yml"


def disagreements(inputs: Inputs) -> list[str]:
    """Everything in which any two sources of truth differ, a sentence each; none if they agree."""
    found: list[str] = []
    try:
        tables = lake_tables(inputs)
        found += _loaders(tables, loader_tables(inputs))
        found += _declarations(inputs, tables)
        found += _rules(inputs, tables)
        found += _api(inputs)
        found += _passed_on(inputs)
        lineage(inputs)
    except CatalogueError as error:
        found.append(str(error))
    return found


def differences(
    relation: str, one: Mapping[str, str], other: Mapping[str, str], here: str, there: str
) -> Iterator[str]:
    """Every column that two who speak of a relation say different things of, a sentence each."""
    for name in [*one, *(name for name in other if name not in one)]:
        first, second = one.get(name, "absent"), other.get(name, "absent")
        if first != second:
            yield f"{relation}.{name} is {first} in {here}, and {second} in {there}."


def _loaders(lake: Mapping[str, Relation], warehouse: Mapping[str, Relation]) -> Iterator[str]:
    for name, table in lake.items():
        yield from differences(
            name, table.types, warehouse[name].types, LAKE_LOADER, WAREHOUSE_LOADER
        )
        if table.keys != warehouse[name].keys:
            other = warehouse[name].keys
            yield f"{name}: keys are {table.keys} in {LAKE_LOADER}, {other} in {WAREHOUSE_LOADER}."


def _declarations(inputs: Inputs, tables: Mapping[str, Relation]) -> Iterator[str]:
    declared = declared_sources(inputs.manifest)
    for relation in [*tables.values(), *made_by_loads(dict(tables)).values()]:
        other = declared.get(relation.full_name)
        if other is None:
            yield f"{relation.full_name} is in the lake and not in {SOURCES_YML}."
            continue
        own = {name: of_iceberg(kind) for name, kind in relation.types.items()}
        if relation.schema.endswith("_quarantine"):
            # only what the models may read of rows that are set aside is told of
            own = {name: kind for name, kind in own.items() if name in other.types}
        where = f"the lake (the tap's schema and {LAKE_LOADER})"
        yield from differences(relation.full_name, own, other.types, where, "dbt's sources")


def _rules(inputs: Inputs, tables: Mapping[str, Relation]) -> Iterator[str]:
    for name in sorted(set(tables) - set(inputs.rules)):
        yield f"{name}: the lake's table has no rule file quality/{name}.dqdl."
    for name in sorted(set(inputs.rules) - set(tables)):
        yield f"{name}: quality/{name}.dqdl is of no table of the lake."
    for name in sorted(set(inputs.rules) & set(tables)):
        try:
            rules = parse(inputs.rules[name]).rules
        except RulesError as error:
            yield f"quality/{name}.dqdl: {error}"
            continue
        for column, text in named_by_rules(name, rules):
            if not _is_there(column, tables):
                yield f"{column}: quality/{name}.dqdl says {text}; the lake has no such column."
        keys = [tuple(columns_of(rule)) for rule in rules if rule.text.startswith("IsPrimaryKey")]
        if keys != [tables[name].keys]:
            yield f"{name}: its rules' IsPrimaryKey and its key {tables[name].keys} differ."


def _is_there(column: str, tables: Mapping[str, Relation]) -> bool:
    table, name = column.split(".", 1)
    return table in tables and name in tables[table].columns


def _api(inputs: Inputs) -> Iterator[str]:
    """Fields that the tap passes on by their own name, against the API's own description."""
    for relation, fields in inputs.api.items():
        properties = inputs.streams[relation]["properties"]
        for name, kind in fields.items():
            said = properties.get(name)
            if said is not None and kind.removesuffix("?") not in said["type"]:
                yield (
                    f"{relation}.{name} is {kind} in the purchase API and "
                    f"{said['type'][0]} in the tap's schema."
                )


def _passed_on(inputs: Inputs) -> Iterator[str]:
    """Columns that a model passes on as they are, against the type of what they are."""
    found = models(inputs.manifest)
    known = {
        name: relation.types
        for name, relation in (declared_sources(inputs.manifest) | found).items()
    }
    for model in found.values():
        query = analyse(model.sql, known, where=model.name)
        for name, made in query.columns.items():
            for relation, column in made.of if made.as_it_is and name in model.columns else ():
                own, other = model.types[name], known[relation][column]
                if without_length(own) != without_length(other):
                    yield (
                        f"{model.name}.{name} is {own} in its yml, and {relation}.{column}, which "
                        f"it passes on, is {other}."
                    )
