"""The target on AWS Glue: one writer or several, no update is lost and no row doubled."""

from __future__ import annotations

import datetime as dt
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyiceberg.catalog.glue import GlueCatalog

from deftunes_sandbox.forks import IMPORTS, Forks
from target_s3.iceberg import datafiles
from target_s3.merging import publish
from tests.chaos.shop import LAUNCHER

from .lakes import GlueLake, Message, Row, lines, record, schema, state

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("aws-glue")]

TEXT = {"type": ["null", "string"]}
SONGS = schema("songs", {"id": {"type": "integer"}, "title": TEXT})
WAITS = 'labels=["policy"="quarantine"]'
WIDER = schema("songs", {"id": {"type": "integer"}, "title": TEXT, "extra": TEXT})


def song(number: int, title: str, **more: Any) -> dict[str, Any]:
    return record("songs", id=number, title=title, **more)


def row(number: int, title: str, **more: Any) -> Row:
    return {"id": number, "title": title, "source_from": "songs", **more}


@pytest.fixture
def before_commit(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have something done between a load's comparison and its commit, `times` times."""

    def install(act: Callable[[], None], times: int = 1) -> None:
        real = datafiles.write_data_files
        left = [times]

        def meanwhile(*args: Any, **kwargs: Any) -> Any:
            if left[0]:
                left[0] -= 1
                with monkeypatch.context() as patch:
                    patch.setattr(publish, "write_data_files", real)
                    act()
            return real(*args, **kwargs)

        monkeypatch.setattr(publish, "write_data_files", meanwhile)

    return install


def test_values_columns_and_partitions_are_in_glue_as_they_were_sent(glue_lake: GlueLake) -> None:
    kinds = {
        "id": {"type": "integer"},
        "price": {"type": "number"},
        "at": {"type": "string", "format": "date-time"},
        "liked": {"type": ["null", "boolean"]},
        "name": TEXT,
    }
    options = {"types": {"price": "decimal(10,2)"}, "partition_by": ["month(at)"]}
    first = record("sales", id=1, price=1.10, at="2020-01-31T23:59:59.5Z", liked=True, name="Ünal")
    second = record("sales", id=2, price=0.29, at="2020-02-01T00:00:00Z", liked=None, name="")
    messages = [schema("sales", kinds), first, second, state({"at": "one"})]
    code, out, said = glue_lake.run(*messages, streams={"sales": options})
    assert (code, out) == (0, b'{"at":"one"}\n'), said
    glue_lake.load(
        schema("sales", {**kinds, "note": TEXT}),
        record("sales", **{**second["record"], "price": 0.30}, note="dearer"),
        streams={"sales": options},
    )
    utc = dt.timezone.utc
    assert glue_lake.rows("sales") == [
        {
            "id": 1,
            "price": Decimal("1.10"),
            "at": dt.datetime(2020, 1, 31, 23, 59, 59, 500_000, utc),
            "liked": True,
            "name": "Ünal",
            "source_from": "sales",
            "note": None,
        },
        {
            "id": 2,
            "price": Decimal("0.30"),
            "at": dt.datetime(2020, 2, 1, tzinfo=utc),
            "liked": None,
            "name": "",
            "source_from": "sales",
            "note": "dearer",
        },
    ]
    assert str(glue_lake.table("sales").spec().fields[0].transform) == "month"
    assert len(glue_lake.table("sales").snapshots()) == 2


def test_a_load_that_changes_nothing_updates_nothing_in_glue(glue_lake: GlueLake) -> None:
    glue_lake.load(SONGS, song(1, "a"))
    before = glue_lake.table("songs").metadata_location
    glue_lake.aws.forget_calls()
    glue_lake.load(SONGS, song(1, "a"))
    assert glue_lake.table("songs").metadata_location == before
    assert "glue UpdateTable" not in glue_lake.aws.calls()


def test_the_one_that_comes_second_takes_what_the_first_left(
    glue_lake: GlueLake, before_commit: Callable[..., None]
) -> None:
    glue_lake.load(SONGS, song(1, "old"), song(2, "old"))
    before_commit(lambda: glue_lake.load(WIDER, song(2, "B", extra="precious"), song(3, "B")))
    glue_lake.load(SONGS, song(1, "A"), song(3, "A"))
    assert glue_lake.rows("songs") == [
        row(1, "A", extra=None),
        row(2, "B", extra="precious"),
        row(3, "A", extra=None),
    ]


def test_two_updates_of_one_version_end_in_one_version_after_the_other(
    glue_lake: GlueLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last instant: the rival comes between Glue's GetTable and UpdateTable of a commit."""
    glue_lake.load(SONGS, song(1, "old"))
    real = GlueCatalog._update_glue_table
    rivals = ["B"]

    def late(*args: Any, **kwargs: Any) -> None:
        if rivals:
            title = rivals.pop()
            glue_lake.load(SONGS, song(1, title), song(2, title))
        real(*args, **kwargs)

    monkeypatch.setattr(GlueCatalog, "_update_glue_table", late)
    glue_lake.load(SONGS, song(1, "A"), song(3, "A"))
    assert glue_lake.rows("songs") == [row(1, "A"), row(2, "B"), row(3, "A")]


@dataclass(frozen=True)
class Processes:
    """Loads as processes of their own; each has files for what it reads and says.

    Attributes:
        lake: Where they load to.
        forks: What starts them.
        options: Of the target.
    """

    lake: GlueLake
    forks: Forks
    options: dict[str, Any]

    def start(self, name: str, messages: list[Message], **chaos: str) -> int:
        said, out, err = (self.lake.folder / f"{name}.{kind}" for kind in ("in", "out", "err"))
        said.write_bytes(lines(messages))
        for file in (out, err):
            file.write_bytes(b"")
        command = [str(LAUNCHER), *self.lake.command(**self.options)]
        environment = {**os.environ, "MELTANO_RUN_ID": name, **chaos}
        return self.forks.start(command, said, out, err, environment)

    def ended(self, name: str, process: int) -> tuple[int, bytes]:
        """The exit status and state of one that was started."""
        status = self.forks.wait(process)
        said = (self.lake.folder / f"{name}.err").read_bytes()
        assert b"Traceback" not in said
        assert b"defect" not in said
        return status, (self.lake.folder / f"{name}.out").read_bytes()


@pytest.fixture
def processes(glue_lake: GlueLake, tmp_path: Path) -> Iterator[Processes]:
    gated = glue_lake.rules("songs", 'ColumnValues "title" != "bad" ' + WAITS, 'IsPrimaryKey "id"')
    with Forks(tmp_path, (*IMPORTS, "pyiceberg.catalog.glue")) as forks:
        yield Processes(glue_lake, forks, gated)


def held(lake: GlueLake) -> list[int]:
    """The songs that wait."""
    return [found["id"] for found in lake.quarantine("songs")]


def test_processes_at_once_lose_and_double_nothing(processes: Processes) -> None:
    lake = processes.lake
    lake.load(SONGS, song(0, "old"), song(99, "bad"), **processes.options)
    started = {}
    for number in range(2):
        own = [song(10 * number + n, f"p{number}") for n in range(1, 9)]
        own += [song(10 * number + 9, "bad"), song(0, f"p{number}"), state({"of": number})]
        started[number] = processes.start(f"p{number}", [SONGS, *own])
    published = set()
    for number, process in started.items():
        ended = processes.ended(f"p{number}", process)
        assert ended in {(0, b'{"of":%d}\n' % number), (1, b"")}
        if ended[0] == 0:
            published.add(number)
    assert published
    rows = lake.rows("songs")
    last = rows[0]["title"]
    assert last in {f"p{number}" for number in published}
    own_rows = [row(10 * p + n, f"p{p}") for p in sorted(published) for n in range(1, 9)]
    assert rows == sorted([row(0, last), *own_rows], key=repr)
    assert sorted(held(lake)) == [*(10 * p + 9 for p in sorted(published)), 99]


@pytest.mark.heavy
def test_one_that_is_stopped_between_its_moves_does_no_harm_when_it_goes_on(
    processes: Processes,
) -> None:
    """Another comes meanwhile, finishes what it began, and brings rows of its own."""
    lake = processes.lake
    lake.load(SONGS, song(1, "old"), song(5, "bad"), **processes.options)
    mine = [SONGS, song(1, "A"), song(2, "bad"), song(5, "A"), state({"of": "A"})]
    slow = processes.start("slow", mine, CHAOS_STOP=f"after {lake.database}.songs has main")
    assert processes.forks.wait(slow) == -signal.SIGSTOP
    lake.load(SONGS, song(1, "B"), song(2, "B"), song(3, "bad"), **processes.options)
    os.kill(slow, signal.SIGCONT)
    assert processes.ended("slow", slow) == (0, b'{"of":"A"}\n')
    assert lake.rows("songs") == [row(1, "B"), row(2, "B"), row(5, "A")]
    assert held(lake) == [3]
    assert lake.journals() == []
