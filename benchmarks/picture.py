"""Draw how cost grows with rows: CPU and memory of the case `songs`, from results.json.

Runs in the environment of requirements/bench.txt, which has matplotlib.
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

DRAWN = {
    "stock": ("stock Singer", "#9a9a9a"),
    "dlt connectorx": ("dlt", "#d98026"),
    "ours": ("DeFtunes", "#1f6f8b"),
    "floor": ("DuckDB alone", "#555555"),
}
PANELS = (("cpu", "CPU seconds", "log"), ("memory", "peak memory, MB", "linear"))
LINE_OF_TEXT = 13
"""Pixels between two labels, at least."""

TELLING = 10
"""From here on, whole numbers tell enough."""

STYLE = {
    "font.family": "sans-serif",
    "font.size": 10,
    "svg.fonttype": "none",  # text stays text: small, and as legible as the page's own
    "svg.hashsalt": "deftunes",  # the same numbers give the same file
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def main(results: str, picture: str) -> None:
    """Draw.

    Args:
        results: What `make bench` kept, JSON.
        picture: The SVG to write.
    """
    kept = json.loads(Path(results).read_text(encoding="utf-8"))
    contests = [each for each in kept.values() if each["case"] == "songs"]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9, 3.6), layout="constrained")
        axes = figure.subplots(1, len(PANELS))
        sizes = [contest["size"] for contest in contests]
        for axis, (figure_of, words, scale) in zip(axes, PANELS, strict=True):
            axis.set_xscale("log")
            axis.set_yscale(scale)
            axis.set_title(words, loc="left")
            axis.set_xlabel("songs, PostgreSQL to Iceberg")
            axis.set_xticks(sizes, [_short(size) for size in sizes])
            axis.set_xlim(min(sizes) / 1.3, max(sizes) * 4)
            axis.grid(visible=True, alpha=0.25)
            if scale == "log":
                axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.yaxis.set_major_formatter("{x:g}")
            axis.minorticks_off()
            lines = [(_points(contests, name, figure_of), *drawn) for name, drawn in DRAWN.items()]
            _draw(axis, [line for line in lines if line[0]])
        figure.savefig(picture, metadata={"Date": None})


def _draw(axis: Any, lines: list[tuple[list[tuple[int, float]], str, str]]) -> None:
    """Lines, and at the end of each its name and last value, one below the other."""
    for points, label, colour in lines:
        width = 2.4 if label == "DeFtunes" else 1.4
        x, y = zip(*points, strict=True)
        axis.plot(x, y, marker="o", markersize=4, color=colour, linewidth=width)
    if axis.get_yscale() == "linear":
        axis.set_ylim(bottom=0)
    last = max(points[-1][0] for points, _, _ in lines)
    ceiling = float("inf")
    for points, label, colour in sorted(lines, key=lambda line: -line[0][-1][1]):
        value = points[-1][1]
        at_end = points[-1][0] == last
        height = axis.transData.transform(points[-1])[1]
        if at_end:
            lowered = min(height, ceiling - LINE_OF_TEXT)
            ceiling = lowered
        axis.annotate(
            f"{label} {value:.0f}" if value >= TELLING else f"{label} {value:.2g}",
            points[-1],
            xytext=(8, lowered - height) if at_end else (0, 7),
            textcoords="offset pixels",
            va="center" if at_end else "bottom",
            ha="left" if at_end else "center",
            color=colour,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )


def _points(contests: list[dict[str, Any]], name: str, figure: str) -> list[tuple[int, float]]:
    """A contestant's median at each size that it ran at."""
    found = {
        contest["size"]: [run[figure] for run in contest["runs"] if run["contestant"] == name]
        for contest in contests
    }
    return [(size, statistics.median(values)) for size, values in found.items() if values]


def _short(size: int) -> str:
    millions, rest = divmod(size, 1_000_000)
    return f"{size:,}" if rest else f"{millions} million"


if __name__ == "__main__":
    main(*sys.argv[1:])
