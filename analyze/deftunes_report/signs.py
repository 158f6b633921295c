"""Signs for what came of rules, and a chart of them: a row per table, a column per load.

Each sign has a shape of its own; its colour, from the page's style sheet, only adds to it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from deftunes_report.svg import GAP, LETTER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHAPES = {
    "passed": Markup('<circle r="6"/>'),
    "held back": Markup('<circle class="outline" r="5"/>'),
    "warned": Markup('<path d="M0-7 7 6H-7Z"/>'),
    "set aside": Markup('<path d="M-6-6H6V6H-6Z"/>'),
    "not answered": Markup('<path class="outline" d="M0-7 7 0 0 7-7 0Z"/>'),
    "failed": Markup('<path class="outline" d="M-5-5 5 5M5-5-5 5"/>'),
}
"""Shape of each sign around the point 0,0, within 7 pixels of it."""

ROW, BOTTOM = 34, 44
"""Height of a row, and room below for two lines of labels."""
CLOSEST, WIDEST = 24, 72
"""The least and the most room from one load to the next."""
RIGHT = 12
"""Room for the half of the last label that is wider than its column."""


@dataclass(frozen=True)
class Load:
    """One column: a load, and its sign in each table that it had something for.

    Attributes:
        label: Below the column.
        note: Below the label.
        signs: Kind of sign, and what it stands for, by table.
    """

    label: str
    note: str
    signs: Mapping[str, tuple[str, str]]


def sign(kind: str) -> Markup:
    """Draw a sign to stand beside its word."""
    return Markup(
        '<svg class="sign" aria-hidden="true" width="16" height="16" viewBox="-8 -8 16 16">{}</svg>'
    ).format(_shape(kind))


def sign_chart(tables: Sequence[str], loads: Sequence[Load], *, width: int, title: str) -> Markup:
    """Draw the loads, the last one at the right; the oldest are left out if room is short.

    Args:
        tables: From top to bottom; at least one.
        loads: Oldest first; at least one.
        width: In pixels.
        title: What a screen reader says instead.
    """
    left = max(map(len, tables)) * LETTER + GAP
    room = width - left - RIGHT
    shown = loads[-int(room // CLOSEST) :]
    step = min(room / len(shown), WIDEST)
    base = ROW * len(tables)
    every = math.ceil((max(len(load.label) for load in shown) * LETTER + GAP) / step)
    parts = [_row(table, (place + 0.5) * ROW, left, width) for place, table in enumerate(tables)]
    for place, load in enumerate(shown):
        middle = left + (place + 0.5) * step
        parts += [_sign(load, table, middle, (row + 0.5) * ROW) for row, table in enumerate(tables)]
        # counted from the last load, which always has its label
        if (len(shown) - 1 - place) % every == 0:
            parts += [_text("label", middle, base + 18, load.label)]
            parts += [_text("note", middle, base + 35, load.note)]
    height = base + BOTTOM
    return Markup(
        '<svg role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}">{}</svg>'
    ).format(title, width, height, width, height, Markup("").join(parts))


def _shape(kind: str) -> Markup:
    return Markup('<g class="{}">{}</g>').format(kind.replace(" ", "-"), SHAPES[kind])


def _row(table: str, y: float, left: float, width: int) -> Markup:
    return Markup(
        '<text class="name" x="0" y="{:.1f}">{}</text>'
        '<line class="grid" x1="{:.1f}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
    ).format(y + 4, table, left, width, y, y)


def _sign(load: Load, table: str, x: float, y: float) -> Markup:
    if table not in load.signs:
        return Markup("")
    kind, words = load.signs[table]
    told = f"{table}, {load.label} {load.note}: {words}"
    return Markup(
        '<g class="sign" transform="translate({:.1f} {:.1f})"><title>{}</title>'
        '<circle class="ground" r="11"/>{}</g>'
    ).format(x, y, told, _shape(kind))


def _text(kind: str, x: float, y: float, text: str) -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>').format(kind, x, y, text)
