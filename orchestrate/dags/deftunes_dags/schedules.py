"""The schedules and jobs of meltano.yml, read without starting Meltano, which takes a second."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_TOOL = "airflow"
"""Our key among the annotations, which Meltano keeps for tools like this."""
_WITHOUT_TIMES = {None, "@once", "@manual", "@none"}
_FIRST_DAY = dt.date(2020, 1, 1)
_HOURS = 8


class ScheduleError(Exception):
    """A schedule cannot be understood; the text says which, and what to do."""


@dataclass(frozen=True)
class Block:
    """What one `meltano run` of a job does.

    Attributes:
        task_id: The name of its task.
        words: The plugins and commands, as they are typed after `meltano run`.
        loads: Whether a loader is among them, which leaves a record of its run.
        builds: Whether something else than plugins of Singer is among them, such as dbt.
        history_by: By extractor, the one that reads a span of days instead of it.
        job: The task definition that runs it on ECS, after the platform's name.
        where: The only place that it makes sense in, `local` say; None for all.
    """

    task_id: str
    words: tuple[str, ...]
    loads: bool
    builds: bool
    history_by: Mapping[str, str]
    job: str
    where: str | None = None


@dataclass(frozen=True)
class Schedule:
    """A job, and when it runs.

    Attributes:
        name: Its name in meltano.yml.
        job: The name of its job.
        interval: A cron expression (UTC) or an alias such as `@daily`; None to run when told.
        start_date: The first day of its first interval.
        catchup: Whether intervals that have passed are read one by one.
        longest: How long a run may take, its waiting included.
        blocks: What runs, in this order.
    """

    name: str
    job: str
    interval: str | None
    start_date: dt.date
    catchup: bool
    longest: dt.timedelta
    blocks: tuple[Block, ...]

    @property
    def dag_id(self) -> str:
        """The name of its DAG."""
        return f"{self.name}_dag"


def read_schedules(root: Path) -> list[Schedule]:
    """Read all schedules of a project.

    Args:
        root: The folder of meltano.yml.

    Raises:
        ScheduleError: A schedule names no job, or one that is not there.
    """
    parts = list(_parts(root))
    plugins = _Plugins(parts)
    jobs = {job["name"]: job["tasks"] for part in parts for job in part.get("jobs", [])}
    return [
        _schedule(entry, jobs, plugins) for part in parts for entry in part.get("schedules", [])
    ]


def _parts(root: Path) -> Iterator[dict[str, Any]]:
    """Give meltano.yml, and what it includes."""
    whole = _read(root / "meltano.yml")
    yield whole
    for pattern in whole.get("include_paths", []):
        for file in sorted(root.glob(pattern)):
            yield _read(file)


def _read(file: Path) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the first is ten times as fast
    return yaml.load(file.read_bytes(), Loader=loader) or {}  # noqa: S506 - both are safe


class _Plugins:
    """The plugins of a project, as far as tasks differ by them."""

    def __init__(self, parts: Sequence[Mapping[str, Any]]) -> None:
        by_type = [part.get("plugins", {}) for part in parts]
        self.loaders = _names(by_type, "loaders")
        self.singer = self.loaders | _names(by_type, "extractors") | _names(by_type, "mappers")
        self._annotations: dict[str, dict[str, Any]] = {}
        for plugin in (each for kinds in by_type for group in kinds.values() for each in group):
            self._annotations[plugin["name"]] = _annotations(plugin)
            for name, command in plugin.get("commands", {}).items():
                if isinstance(command, dict):
                    self._annotations[f"{plugin['name']}:{name}"] = _annotations(command)

    def task_id(self, words: Sequence[str]) -> str:
        """Name a task: as its first plugin or command is annotated, or after what it runs."""
        told = self._told(words[0], "task_id")
        return told or "_".join(words).replace("-", "_").replace(":", "_")

    def job(self, words: Sequence[str]) -> str:
        """Name a task definition: as the plugin is annotated, or like the task, with dashes."""
        return self._told(words[0], "job") or self.task_id(words).replace("_", "-")

    def where(self, words: Sequence[str]) -> str | None:
        """Tell the only place that a task makes sense in."""
        return next((told for word in words if (told := self._told(word, "where"))), None)

    def history_by(self, words: Sequence[str]) -> dict[str, str]:
        """Which extractor reads a span of days in the place of another."""
        told = {word: self._told(word, "history_by") for word in words}
        return {word: other for word, other in told.items() if other}

    def _told(self, word: str, key: str) -> str | None:
        value = self._annotations.get(word, {}).get(key)
        return None if value is None else str(value)


def _schedule(entry: Mapping[str, Any], jobs: Mapping[str, Any], plugins: _Plugins) -> Schedule:
    name, job = entry["name"], str(entry.get("job"))
    if job not in jobs:
        raise ScheduleError(
            f"Schedule {name} runs the job {job}, which is none of {', '.join(sorted(jobs))}: "
            "name one of these, or add it to the jobs of meltano.yml."
        )
    told = _annotations(entry)
    interval = entry.get("interval")
    return Schedule(
        name=name,
        job=job,
        interval=None if interval in _WITHOUT_TIMES else interval,
        start_date=told.get("start_date", _FIRST_DAY),
        catchup=bool(told.get("catchup", False)),
        longest=dt.timedelta(hours=told.get("hours", _HOURS)),
        blocks=tuple(_blocks(jobs[job], plugins)),
    )


def _blocks(tasks: str | Sequence[Any], plugins: _Plugins) -> Iterator[Block]:
    for task in [tasks] if isinstance(tasks, str) else tasks:
        words = tuple(_words(task))
        yield Block(
            task_id=plugins.task_id(words),
            words=words,
            loads=not plugins.loaders.isdisjoint(words),
            builds=not plugins.singer.issuperset(words),
            history_by=plugins.history_by(words),
            job=plugins.job(words),
            where=plugins.where(words),
        )


def _words(task: str | Sequence[Any]) -> list[str]:
    """Give the words of a task, however deep its lists are, as Meltano does."""
    if isinstance(task, str):
        return task.split()
    return [word for part in task for word in _words(part)]


def _names(by_type: Sequence[Mapping[str, Any]], kind: str) -> set[str]:
    return {each["name"] for kinds in by_type for each in kinds.get(kind, [])}


def _annotations(entry: Mapping[str, Any]) -> dict[str, Any]:
    return dict(entry.get("annotations", {}).get(_TOOL, {}))
