"""The star schema as a picture: tables, keys, and what dbt tests to be in another table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from catalogue.truths import Relation

_WIDTH, _GAP, _ROW, _HEAD, _MARGIN = 200, 110, 18, 26, 16


@dataclass(frozen=True)
class _Box:
    left: int
    top: int
    rows: tuple[str, ...]

    def row(self, name: str) -> int:
        """The middle of a column's row."""
        return self.top + _HEAD + self.rows.index(name) * _ROW + _ROW // 2

    @property
    def height(self) -> int:
        return _HEAD + len(self.rows) * _ROW + 6


def erd(tables: Mapping[str, Relation], keys: Mapping[str, Mapping[str, str]]) -> str:
    """Draw the tables, each to the left of those that it refers to.

    Args:
        tables: By name.
        keys: For each table its columns that are in another one, as `table.column`.

    Returns:
        An SVG that stands within a page.
    """
    boxes = _placed(tables, keys)
    width = max(box.left for box in boxes.values()) + _WIDTH + _MARGIN
    height = max(box.top + box.height for box in boxes.values()) + _MARGIN
    lines, drawn = [], []
    for name, refers in keys.items():
        for column, other in refers.items():
            table, key = other.split(".")
            lines.append(
                _line(boxes[name], column, boxes[table], key, f"{name}.{column} → {other}")
            )
    for name, box in boxes.items():
        drawn += _table(name, box, tables[name], keys.get(name, {}))
    return (
        f'<svg class="erd" viewBox="0 0 {width} {height}" width="{width}" role="img" '
        'aria-label="The tables of the star schema and how they refer to each other" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(lines)}{"".join(drawn)}</svg>'
    )


def _placed(
    tables: Mapping[str, Relation], keys: Mapping[str, Mapping[str, str]]
) -> dict[str, _Box]:
    depth = dict.fromkeys(tables, 0)
    for _ in tables:  # as often as the longest way could be
        for name, refers in keys.items():
            for other in refers.values():
                table = other.split(".")[0]
                depth[table] = max(depth[table], depth[name] + 1)
    tops: dict[int, int] = {}
    boxes = {}
    # what refers to others first, so that they lie side by side
    for name in sorted(tables, key=lambda one: (depth[one], not keys.get(one), one)):
        left = _MARGIN + depth[name] * (_WIDTH + _GAP)
        box = _Box(left, tops.get(depth[name], _MARGIN), tuple(tables[name].columns))
        boxes[name] = box
        tops[depth[name]] = box.top + box.height + 2 * _MARGIN
    return boxes


def _line(one: _Box, column: str, other: _Box, key: str, words: str) -> str:
    start, end = one.left + _WIDTH, other.left
    first, last = one.row(column), other.row(key)
    bend = max(40, (end - start) // 2)
    return (
        f'<path d="M{start} {first}C{start + bend} {first} {end - bend} {last} {end} {last}">'
        f"<title>{escape(words)}</title></path>"
    )


def _table(name: str, box: _Box, table: Relation, refers: Mapping[str, str]) -> list[str]:
    middle = box.left + 10
    title = f'<text class="name" x="{middle}" y="{box.top + 18}">{escape(name)}</text>'
    parts = [
        f'<rect x="{box.left}" y="{box.top}" width="{_WIDTH}" height="{box.height}" rx="4"/>',
        f'<a href="dictionary.html#gold-{escape(name)}">{title}</a>',
    ]
    for column in box.rows:
        sign = "key" if column in table.keys else "refers" if column in refers else "plain"
        parts.append(
            f'<text class="{sign}" x="{middle}" y="{box.row(column) + 4}">{escape(column)}</text>'
        )
    return parts
