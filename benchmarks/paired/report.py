"""The measurements as Markdown: the goals, met or not, and a table for each contest."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from paired.contest import ONLY
from paired.results import Results

BEGIN, END = "<!-- made by `make bench` from results.json -->", "<!-- until here -->"
UNITS = {"cpu": "CPU s", "wall": "s of wall", "memory": "MB"}


def write(file: Path, results: Results) -> None:
    """Put the tables into a Markdown file, in the place of the earlier ones; the rest stays."""
    text = file.read_text(encoding="utf-8") if file.exists() else f"# Measured\n\n{BEGIN}\n{END}\n"
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    lines = [*_goals(results.values())]
    lines += [line for contest in results.values() for line in _section(contest)]
    tables = "\n".join(lines)
    file.write_text(f"{before}{BEGIN}\n\n{tables}\n{END}{after}", encoding="utf-8")


def summary(contest: dict[str, Any]) -> str:
    """The same for a terminal."""
    return "\n".join([*_section(contest), *_goals([contest])])


def median(contest: dict[str, Any], contestant: str, step: str, figure: str) -> float | None:
    """A contestant's median of a figure; None if it did not run."""
    values = _values(contest, contestant, step, figure)
    return statistics.median(values) if values else None


def verdicts(contest: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Each goal that can be judged: what is asked, what was measured, whether it is met."""
    for goal in contest["goals"]:
        step, figure, rival = goal["step"], goal["figure"], goal["against"]
        mine = median(contest, "ours", step, figure)
        theirs = 1.0 if rival is None else median(contest, rival, step, figure)
        if mine is None or theirs is None:
            continue
        measured, limit = mine / theirs, goal["limit"]
        where = "" if step == ONLY else f"{contest['steps'][step]}: "
        if rival is None:
            digits = 0 if figure == "memory" else 1
            asked = f"{where}at most {limit:g} {UNITS[figure]}"
            found = f"{measured:.{digits}f} {UNITS[figure]}"
        else:
            asked = f"{where}at most {limit:.2g} times {rival} ({UNITS[figure]})"
            found = f"{measured:.2g}"
        yield asked, found, measured <= limit
    for step in contest["idle"]:
        committed = [
            run["committed"]
            for run in contest["runs"]
            if (run["contestant"], run["step"]) == ("ours", step)
        ]
        if committed:
            asked = f"{contest['steps'][step]}: no commit"
            yield asked, "commits" if any(committed) else "none", not any(committed)


def _goals(contests: Iterable[dict[str, Any]]) -> Iterator[str]:
    """All goals in one table."""
    judged = [(contest["title"], *verdict) for contest in contests for verdict in verdicts(contest)]
    if not judged:
        return
    yield "| Work | Goal for ours | Measured | |"
    yield "|---|---|---|---|"
    for title, asked, measured, met in judged:
        yield f"| {title} | {asked} | {measured} | {'met' if met else '**not met**'} |"
    yield ""


def _section(contest: dict[str, Any]) -> Iterator[str]:
    yield f"### {contest['title']}"
    yield ""
    yield (
        f"{contest['when']}, {contest['machine']}, load of the machine before: {contest['load']}. "
        f"{contest['excludes']}"
    )
    yield ""
    for step, words in contest["steps"].items():
        if words:
            yield f"**{words[0].upper()}{words[1:]}**"
            yield ""
        yield "| Who | CPU s, median (spread) | ours / theirs | Wall s | Peak MB | Runs |"
        yield "|---|---|---|---|---|---|"
        for name, about in contest["contestants"].items():
            yield _row(contest, name, about, step)
        yield ""


def _row(contest: dict[str, Any], name: str, about: str, step: str) -> str:
    cpu = _values(contest, name, step, "cpu")
    mine, theirs = median(contest, "ours", step, "cpu"), statistics.median(cpu)
    ratio = "" if name == "ours" or mine is None else f"{mine / theirs:.2g}"
    spread = f" ({min(cpu):.2f} to {max(cpu):.2f})" if len(cpu) > 1 else ""
    wall = median(contest, name, step, "wall")
    memory, largest = (max(_values(contest, name, step, f)) for f in ("memory", "largest"))
    peak = f"{memory:.0f}" if memory - largest < 1 else f"{memory:.0f} ({largest:.0f})"
    label = f"**{name}**" if name == "ours" else name
    return (
        f"| {label}: {about} | {theirs:.2f}{spread} | {ratio} | {wall:.2f} | {peak} | {len(cpu)} |"
    )


def _values(contest: dict[str, Any], contestant: str, step: str, figure: str) -> list[float]:
    return [
        run[figure]
        for run in contest["runs"]
        if (run["contestant"], run["step"]) == (contestant, step)
    ]
