"""Fields from the sources to the charts, and which of them is made of which."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

LAYERS = ("source", "tap", "lake", "staging", "gold", "view", "chart")
"""In the order of the flow."""

Kind = Literal["value", "rows"]
"""`value`: it is made of it. `rows`: it decides which rows are joined, kept or put together."""


@dataclass(frozen=True, order=True)
class Field:
    """A field of a source, a column, or a chart (`relation` is then the page it is on)."""

    layer: str
    relation: str
    name: str

    def __str__(self) -> str:
        separator = ": " if self.layer == "chart" else "."
        return f"{self.relation}{separator}{self.name}"


@dataclass(frozen=True, order=True)
class Edge:
    """One field that depends on another."""

    origin: Field
    result: Field
    kind: Kind


@dataclass(frozen=True)
class Graph:
    """Everything that is known of where fields come from.

    Attributes:
        fields: What each is, in words.
        edges: What each is made of.
        made_here: How those are made that are made of nothing before them.
    """

    fields: dict[Field, str]
    edges: frozenset[Edge]
    made_here: dict[Field, str]

    def losses(self, field: Field) -> dict[Field, Kind]:
        """What is lost with a field.

        Returns:
            All fields that depend on it: by value if there is a way of values only, else by rows.
        """
        return {
            **dict.fromkeys(self._reached(field, {"value", "rows"}), "rows"),
            **dict.fromkeys(self._reached(field, {"value"}), "value"),
        }

    def _reached(self, start: Field, kinds: set[str]) -> set[Field]:
        after: dict[Field, set[Field]] = defaultdict(set)
        for edge in self.edges:
            if edge.kind in kinds:
                after[edge.origin].add(edge.result)
        reached: set[Field] = set()
        waiting = [start]
        while waiting:
            new = after[waiting.pop()] - reached
            reached |= new
            waiting += new
        return reached

    def nowhere(self) -> list[Field]:
        """Fields that are made of nothing, though nothing says that they are made there."""
        known = {edge.result for edge in self.edges if edge.kind == "value"} | set(self.made_here)
        return sorted(
            field for field in self.fields if field.layer != "source" and field not in known
        )
