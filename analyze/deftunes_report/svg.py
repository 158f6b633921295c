"""Two small charts as inline SVG: columns over an axis, and the bar of a table's row.

Colours and type come from the page's style sheet; everything here is geometry, in CSS pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

TOP, BOTTOM = 22, 44
"""Room above the columns for their values, and below for two lines of labels."""
LEFT = 44
"""Room for the numbers at the grid lines."""
LETTER, GAP = 7.2, 10
"""About the width of a letter of the labels, and the least room between two of them."""
WIDEST = 96
"""A column never grows wider than this."""


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        label: Below the column.
        note: Below the label, such as the year under a January; may be empty.
        value: Its height, 0 or more.
        text: The value as people read it.
    """

    label: str
    note: str
    value: float
    text: str


def column_chart(
    columns: Sequence[Column],
    *,
    width: int,
    height: int,
    title: str,
    tick: Callable[[float], str],
    whole: bool = False,
) -> Markup:
    """Draw columns over an axis that begins at 0.

    Args:
        columns: From left to right; at least one.
        width: In pixels.
        height: In pixels.
        title: What a screen reader says instead.
        tick: Writes a number at a grid line.
        whole: Whether the values are counts.
    """
    ticks = nice_ticks(max(column.value for column in columns), whole=whole)
    base, room = height - BOTTOM, height - BOTTOM - TOP
    step = (width - LEFT) / len(columns)
    shape = _Shape(base, room / ticks[-1], step, min(step * 0.72, WIDEST))
    every = math.ceil(_text_width(column.label for column in columns) / step)
    valued = _text_width(column.text for column in columns) <= step
    parts = [_grid_line(base - value * shape.scale, width, tick(value)) for value in ticks]
    parts += [
        _column(column, shape, index, labelled=index % every == 0, valued=valued)
        for index, column in enumerate(columns)
    ]
    return Markup(
        '<svg role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}">{}</svg>'
    ).format(title, width, height, width, height, Markup("").join(parts))


def bar(share: float) -> Markup:
    """Draw the bar of a table's row; the row's own text says the value.

    Args:
        share: Its length, 0 to 1 of the room there is.
    """
    return Markup(
        '<svg class="bar" aria-hidden="true" width="100%" height="12">'
        '<rect class="track" width="100%" height="12" rx="2"/>'
        '<rect class="mark" width="{:.2f}%" height="12" rx="2"/></svg>'
    ).format(100 * share)


def nice_ticks(largest: float, *, whole: bool, most: int = 4) -> list[float]:
    """Choose round numbers from 0 to at least the largest value.

    Args:
        largest: The largest value; when it is 0 the axis reaches to 1.
        whole: Whether the values are counts, of which there is no half.
        most: How many steps there may be.
    """
    highest = largest or 1.0
    rough = highest / most
    power = 10.0 ** math.floor(math.log10(rough))
    steps = (power * factor for factor in (1, 2, 2.5, 5, 10, 20))
    step = next(step for step in steps if step >= rough and (step.is_integer() or not whole))
    return [step * index for index in range(math.ceil(highest / step - 1e-9) + 1)]


@dataclass(frozen=True)
class _Shape:
    """Where columns stand: base line, pixels per unit, distance and width."""

    base: float
    scale: float
    step: float
    width: float


def _grid_line(y: float, width: int, text: str) -> Markup:
    return Markup(
        '<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
        '<text class="tick" x="{}" y="{:.1f}">{}</text>'
    ).format(LEFT, width, y, y, LEFT - 8, y + 4, text)


def _text_width(texts: Iterable[str]) -> float:
    return max(map(len, texts)) * LETTER + GAP


def _column(column: Column, shape: _Shape, index: int, *, labelled: bool, valued: bool) -> Markup:
    middle = LEFT + (index + 0.5) * shape.step
    height = column.value * shape.scale
    parts = [
        Markup(
            '<rect class="mark" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="2">'
            "<title>{}</title></rect>"
        ).format(
            middle - shape.width / 2,
            shape.base - height,
            shape.width,
            height,
            f"{column.label} {column.note}".strip() + f": {column.text}",
        )
    ]
    if valued and column.value:
        parts.append(_text("value", middle, shape.base - height - 6, column.text))
    if labelled:
        parts.append(_text("label", middle, shape.base + 18, column.label))
    if labelled and column.note:
        parts.append(_text("note", middle, shape.base + 35, column.note))
    return Markup("").join(parts)


def _text(kind: str, x: float, y: float, text: str) -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>').format(kind, x, y, text)
