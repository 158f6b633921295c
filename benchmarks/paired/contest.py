"""What is measured: contestants that do the same work, step by step, in turn."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from paired.content import Content, fingerprints
from paired.processes import Command, Cost, run

ONLY = "only"
"""The step of a contest that has but one."""


@dataclass(frozen=True)
class Work:
    """What a contestant does in one step.

    Attributes:
        commands: A pipeline.
        messages: What its first program reads, if anything.
    """

    commands: Sequence[Command]
    messages: Path | None = None


@dataclass(frozen=True)
class Contestant:
    """Someone who does the work.

    Attributes:
        name: Short: `ours`, `floor`, `dlt`, `stock`, or with what is different about it.
        words: One line about it for the table.
        work: What is to be run in a folder for a step; makes configurations there, unmeasured.
        tables: What came of it, by the table's name: what to read, in DuckDB's SQL.
        base: Makes a folder, or finds it made, that each turn begins with a copy of.
        once: It runs in the first turn only: it takes long.
        on_request: It runs only with PEERS=all.
    """

    name: str
    words: str
    work: Callable[[Path, str], Work]
    tables: Callable[[Path], Mapping[str, str]]
    base: Callable[[], Path] | None = None
    once: bool = False
    on_request: bool = False


@dataclass(frozen=True)
class Goal:
    """What BENCHMARKS asks of ours.

    Attributes:
        limit: Our median may be so much: a ratio to a contestant's, or an absolute number.
        against: That contestant; None for an absolute limit.
        figure: `cpu` or `wall` (seconds), or `memory` (megabytes).
        step: In which step.
    """

    limit: float
    against: str | None = None
    figure: str = "cpu"
    step: str = ONLY


@dataclass(frozen=True)
class Contest:
    """One kind of work at one size.

    Attributes:
        case: The name to ask for it by.
        size: How large; what of, the title says.
        title: What the work is.
        expected: Each table's content, computed from the source by nobody who takes part.
        contestants: Ours among them.
        goals: What is asked of ours.
        excludes: What the numbers leave out.
        steps: Of a turn, one after the other in the same place; with what each is called.
        idle: Steps that find nothing new, so that ours must commit nothing.
    """

    case: str
    size: int
    title: str
    expected: Content
    contestants: Sequence[Contestant]
    goals: Sequence[Goal] = ()
    excludes: str = ""
    steps: Mapping[str, str] = field(default_factory=lambda: {ONLY: ""})
    idle: Sequence[str] = ()


@dataclass(frozen=True)
class Run:
    """One contestant's turn at one step.

    Attributes:
        contestant: Its name.
        step: The step's.
        cost: What it took.
        content: What its tables held.
        committed: Whether an Iceberg table got new metadata.
    """

    contestant: str
    step: str
    cost: Cost
    content: Content
    committed: bool


def turn(contest: Contest, contestant: Contestant, folder: Path) -> list[Run]:
    """Let a contestant do the work once, from the beginning that all have.

    Args:
        contest: The work.
        contestant: Who does it.
        folder: Where its place is made; it is removed again.

    Raises:
        RunError: A program failed.
    """
    runs = []
    base, place = contestant.base and contestant.base(), place_of(folder, contestant.name)
    try:
        restore(base, place)
        for step in contest.steps:
            work, before = contestant.work(place, step), _metadata(place)
            with tempfile.TemporaryDirectory(dir=folder) as words:
                cost = run(work.commands, Path(words), work.messages)
            committed = _metadata(place) != before
            content = fingerprints(contestant.tables(place), contest.expected)
            runs.append(Run(contestant.name, step, cost, content, committed))
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return runs


def place_of(folder: Path, contestant: str) -> Path:
    """Where a contestant works; the same path in each turn, for Iceberg's metadata name it."""
    return folder / contestant.replace(" ", "-")


def restore(base: Path | None, place: Path) -> None:
    """Make a place as it was, or an empty one; Parquet files, which nobody edits, are linked."""
    shutil.rmtree(place, ignore_errors=True)
    if base is None:
        place.mkdir()
        return
    shutil.copytree(base, place, copy_function=_link_or_copy)


def _metadata(place: Path) -> set[Path]:
    return set(place.rglob("*.metadata.json"))


def _link_or_copy(source: str, copy: str) -> None:
    if source.endswith(".parquet"):
        Path(copy).hardlink_to(source)
    else:
        shutil.copy2(source, copy)
