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

DRAWN = {
    "stock": ("stock Singer", "#9a9a9a"),
    "dlt connectorx": ("dlt", "#d98026"),
    "ours": ("DeFtunes", "#1f6f8b"),
    "floor": ("DuckDB alone", "#555555"),
}
PANELS = (("cpu", "CPU seconds"), ("memory", "peak memory, MB"))
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
        for axis, (figure_of, words) in zip(axes, PANELS, strict=True):
            for name, (label, colour) in DRAWN.items():
                _line(axis, _points(contests, name, figure_of), label, colour)
            axis.set_xscale("log")
            axis.set_yscale("log")
            axis.set_title(words, loc="left")
            axis.set_xlabel("rows, PostgreSQL to Iceberg")
            sizes = [contest["size"] for contest in contests]
            axis.set_xticks(sizes, [_short(size) for size in sizes])
            axis.set_xlim(min(sizes) / 1.3, max(sizes) * 3)
            axis.yaxis.set_major_formatter("{x:g}")
            axis.minorticks_off()
            axis.grid(visible=True, alpha=0.25)
        figure.savefig(picture, metadata={"Date": None})


def _line(axis: Any, points: list[tuple[int, float]], label: str, colour: str) -> None:
    if not points:
        return
    width = 2.4 if label == "DeFtunes" else 1.4
    axis.plot(*zip(*points, strict=True), marker="o", markersize=4, color=colour, linewidth=width)
    value = f"{points[-1][1]:.3g}" if points[-1][1] < 100 else f"{points[-1][1]:.0f}"  # noqa: PLR2004 - two digits
    axis.annotate(
        f"{label} {value}",
        points[-1],
        xytext=(7, 0),
        textcoords="offset points",
        va="center",
        color=colour,
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
