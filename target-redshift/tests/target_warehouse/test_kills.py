"""The target killed between two effects, and plainly run again: as if nothing had been."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deftunes_sandbox.forks import Ended, Forks

from . import shop
from .others import holding, wait_until_one_waits
from .warehouses import Warehouse

pytestmark = pytest.mark.slow

COMMAND = Path(sys.executable).with_name("target-redshift")
LAUNCHER = Path(__file__).with_name("killed_at.py")
SAID = "".join(f"{json.dumps(message)}\n" for message in shop.SECOND).encode()
STATE = b'{"at":2}\n'


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    imports = ("target_redshift.target", "redshift_connector", "pyarrow.parquet")
    with Forks(tmp_path_factory.mktemp("kills"), imports) as running:
        yield running


@dataclass(frozen=True)
class Course:
    """The second load of the shop, which is ended and begun again."""

    warehouse: Warehouse
    forks: Forks
    folder: Path

    def run(self, **chaos: str) -> Ended:
        """The load as a process of its own."""
        return self.forks.run(self._command(), SAID, {**os.environ, **chaos})

    def start(self) -> int:
        """The load as a process of its own, which is not waited for: its id."""
        said, out, err = (self.folder / name for name in ("in", "out", "err"))
        said.write_bytes(SAID)
        out.touch()
        err.touch()
        return self.forks.start(self._command(), said, out, err, dict(os.environ))

    def end(self, effect: str, signum: signal.Signals = signal.SIGKILL) -> Ended:
        """Begin the load, ended at an effect; readers see it whole or not at all."""
        ended = self.run(CHAOS_AT=effect, CHAOS_SIGNAL=signum.name.removeprefix("SIG"))
        expected = -signum if signum is signal.SIGKILL else 128 + signum
        assert ended.status == expected, ended.err
        assert b"Traceback" not in ended.err
        return ended

    def complete(self, events: int) -> None:
        """Run again; all is there, nothing else is left.

        Args:
            events: How often the row without keys is there.
        """
        again = self.run()
        assert (again.status, again.out) == (0, STATE), again.err
        truth = shop.TRUTH[2]
        more = [{"what": "shut"}] * (events - 1)
        assert shop.seen(self.warehouse) == {**truth, "events": [*truth["events"], *more]}
        assert self.warehouse.staged() == []
        assert {name for (name,) in self.warehouse.ask(
            "select table_name from svv_tables where table_schema = '{}' "
            "or table_name like 'deftunes%'")} == shop.TABLES  # fmt: skip
        assert self.columns("orders") == [
            "id", "name", "ingest_on", "processing_timestamp", "source_from", "price",
        ]  # fmt: skip

    def columns(self, table: str) -> list[str]:
        return [name for (name,) in self.warehouse.ask(
            "select column_name from svv_columns where table_schema = '{}' "
            f"and table_name = '{table}' order by ordinal_position")]  # fmt: skip

    def _command(self) -> list[str]:
        config = {**self.warehouse.config, **shop.settings(2, self.folder)}
        file = self.folder / "config.json"
        file.write_text(json.dumps(config), encoding="utf-8")
        return [str(LAUNCHER), str(COMMAND), "--config", str(file)]

    def is_there(self) -> bool:
        """Whether the load is there; if not, all is as before."""
        now = shop.seen(self.warehouse)
        assert now in (shop.TRUTH[1], shop.TRUTH[2])
        return now == shop.TRUTH[2]


@pytest.fixture
def course(warehouse: Warehouse, forks: Forks, tmp_path: Path) -> Course:
    shop.begin(warehouse, tmp_path)
    assert shop.seen(warehouse) == shop.TRUTH[1]
    return Course(warehouse, forks, tmp_path)


def test_killed_again_and_again_until_it_is_run_to_its_end(course: Course) -> None:
    for effect in (
        "after alter table",  # texts are longer, outside of the transaction
        "after put",
        "after insert",
        'after alter table "{}"."orders" drop',
        "before commit",
    ):
        ended = course.end(effect.format(course.warehouse.schema))
        assert (ended.out, course.is_there()) == (b"", False), effect
    course.complete(events=1)


def test_killed_after_the_commit_and_before_state(course: Course) -> None:
    """Only rows without keys come twice: nothing tells them from new ones."""
    ended = course.end("after commit")
    assert (ended.out, course.is_there()) == (b"", True)
    course.complete(events=2)


def test_killed_after_state_leaves_files_to_the_next_load(course: Course) -> None:
    ended = course.end("after STATE")
    assert (ended.out, course.is_there()) == (STATE, True)
    assert course.warehouse.staged() != []
    course.complete(events=2)


@pytest.mark.parametrize(
    ("effect", "signum"),
    [
        ("before copy", signal.SIGTERM),
        pytest.param("before commit", signal.SIGINT, marks=pytest.mark.heavy),
    ],
)
def test_told_to_stop_it_loads_nothing_and_says_so(
    course: Course, effect: str, signum: signal.Signals
) -> None:
    ended = course.end(effect, signum)
    assert (ended.out, course.is_there()) == (b"", False)
    assert ended.err.decode().splitlines()[-1] == (
        f"target-redshift: stopped by {signum.name}; no state is written, and the next run loads "
        "all of it."
    )
    course.complete(events=1)


def test_told_to_stop_it_waits_for_no_statement(course: Course) -> None:
    """Another transaction keeps the statement from its end."""
    with holding(course.warehouse, "lock {}.target_redshift_loads"):
        pid = course.start()
        wait_until_one_waits(course.warehouse, "select keys")
        os.kill(pid, signal.SIGTERM)
        assert course.forks.wait(pid) == 128 + signal.SIGTERM
    assert not course.is_there()


@pytest.mark.heavy
def test_killed_between_every_two_effects_and_run_again(
    warehouse: Warehouse, forks: Forks, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    made = _anew(warehouse, forks, tmp_path, 0)
    assert made.run(CHAOS_TRACE=str(trace)).out == STATE
    effects = trace.read_text(encoding="utf-8").splitlines()
    assert len(effects) > 200, "the shop shows less than it did"
    for number, label in enumerate(effects, 1):
        course = _anew(warehouse, forks, tmp_path, number)
        ended = course.end(f"{number}")
        is_after = number > effects.index("before commit") + 1
        assert course.is_there() == is_after, label
        assert ended.out == (STATE if number > effects.index("before STATE") + 1 else b""), label
        course.complete(events=2 if is_after else 1)


def _anew(warehouse: Warehouse, forks: Forks, folder: Path, number: int) -> Course:
    own = Warehouse(warehouse.address, f"{warehouse.schema}_{number}")
    shop.begin(own, folder)
    return Course(own, forks, folder)
