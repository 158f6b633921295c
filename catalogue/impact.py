"""What is lost with a field, as a person reads it in a terminal."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Mapping, Sequence

from catalogue.errors import CatalogueError
from catalogue.graph import LAYERS, Field, Graph

TITLES = {
    "source": "source",
    "tap": "tap",
    "lake": "lake",
    "staging": "staging",
    "gold": "gold",
    "view": "views",
    "chart": "charts",
}
_WIDTH = 9


def find(graph: Graph, name: str) -> Field:
    """Find the field that is meant by `relation.field`, the earliest in the flow.

    Raises:
        CatalogueError: There is none; the sentence names those that are spelled alike.
    """
    by_name: dict[str, Field] = {}
    for field in sorted(graph.fields, key=lambda one: LAYERS.index(one.layer)):
        by_name.setdefault(str(field), field)
    if name in by_name:
        return by_name[name]
    near = difflib.get_close_matches(name, by_name, n=4, cutoff=0.5)
    last = name.rsplit(".", 1)[-1]
    near += [known for known in by_name if known.endswith(f".{last}") and known not in near][:4]
    hint = f" Is it {' or '.join(near)}?" if near else ""
    raise CatalogueError(
        f"There is no field {name!r}.{hint} Say relation.field, such as session_items.price; the "
        "page that `make docs` makes of the lineage shows all of them."
    )


def impact(graph: Graph, field: Field, rules: Mapping[str, Sequence[str]]) -> str:
    """Write what would be lost with a field, layer by layer.

    Args:
        graph: The lineage.
        field: The field.
        rules: The rules of quality by column of the lake, as `table.column`.
    """
    lost = graph.losses(field)
    lines = [f"{field} ({graph.fields[field] or field.layer})"]
    for kind, title in (
        ("value", "lost with it, or made of it:"),
        ("rows", "its rows are joined, kept or grouped by it:"),
    ):
        found = sorted(one for one, how in lost.items() if how == kind)
        lines += ["", title, *_layers(found)] if found else []
    tables = [one for one in lost if one.layer == "lake" and lost[one] == "value"]
    unanswered = [f"  {one}: {rule}" for one in sorted(tables) for rule in rules.get(str(one), ())]
    lines += ["", "rules that could not be held any more:", *unanswered] if unanswered else []
    if not lost:
        lines += ["", "Nothing is made of it."]
    charts = sum(1 for one in lost if one.layer == "chart")
    lines += ["", f"{len(lost)} columns and charts in all, {charts} of them charts."]
    return "\n".join(lines)


def _layers(fields: list[Field]) -> list[str]:
    lines = []
    for layer in LAYERS:
        names: dict[str, list[str]] = defaultdict(list)
        for field in fields:
            if field.layer == layer:
                names[field.relation].append(field.name)
        for place, (relation, columns) in enumerate(names.items()):
            title = "" if place else TITLES[layer]
            lines.append(f"  {title:<{_WIDTH}}{relation}: {', '.join(columns)}")
    return lines
