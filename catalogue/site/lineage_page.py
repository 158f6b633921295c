"""The lineage as data for its page."""

from __future__ import annotations

import json
from typing import Any

from catalogue.graph import LAYERS, Field, Graph

TITLES = {
    "source": "Sources",
    "tap": "Taps",
    "lake": "Lake",
    "staging": "Staging",
    "gold": "Star schema",
    "view": "Views",
    "chart": "Charts",
}


def lineage_data(graph: Graph) -> dict[str, Any]:
    """What the page shows.

    Returns:
        `layers`: each with `name`, `title` and `relations` (`name`, `fields`), a field with
        `number`, `name` and `words`. `graph`: JSON of `names` by number, and `edges` as lists of
        origin, result and 1 where it decides on rows only.
    """
    # of the lake its tables first, and then what loads keep beside them
    fields = sorted(
        graph.fields,
        key=lambda one: (LAYERS.index(one.layer), "." in one.relation, one.relation),
    )
    number = {field: place for place, field in enumerate(fields)}
    values = {(edge.origin, edge.result) for edge in graph.edges if edge.kind == "value"}
    edges = sorted(
        (number[edge.origin], number[edge.result], int(edge.kind == "rows"))
        for edge in graph.edges
        if edge.kind == "value" or (edge.origin, edge.result) not in values
    )
    data = json.dumps({"names": [str(field) for field in fields], "edges": edges})
    return {
        "layers": [_layer(layer, fields, number, graph) for layer in LAYERS],
        # within a script element: no tag may end it
        "graph": data.replace("<", "\\u003c"),
    }


def _layer(
    layer: str, fields: list[Field], number: dict[Field, int], graph: Graph
) -> dict[str, Any]:
    relations: dict[str, list[dict[str, Any]]] = {}
    for field in fields:
        if field.layer == layer:
            words = graph.made_here.get(field) or graph.fields[field] or str(field)
            shown = {"number": number[field], "name": field.name, "words": words}
            relations.setdefault(field.relation, []).append(shown)
    found = [{"name": name, "fields": shown} for name, shown in relations.items()]
    return {"name": layer, "title": TITLES[layer], "relations": found}
