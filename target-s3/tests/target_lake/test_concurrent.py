"""Two loads on one table: no update lost, no row doubled, whoever commits first."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.table import Table

from columnar_target.errors import ConcurrentWriteError, QualityError
from target_s3.iceberg import datafiles
from target_s3.iceberg.local_catalog import LocalCatalog
from target_s3.merging import publish

from .lakes import COMMAND, Lake, Message, lines, record, schema, state
from .recoveries import at_move, journals, unaware_of_journals, waiting
from .test_rules import rules

TEXT = {"type": ["null", "string"]}
TITLED = {"id": {"type": "integer"}, "title": TEXT}
SONGS = schema("songs", TITLED)
WIDER = schema("songs", {**TITLED, "extra": TEXT})


RANKED = schema("songs", {**TITLED, "rank": {"type": "integer"}})
IS_RANKED = 'ColumnValues "rank" > 0 labels=["policy"="quarantine"]'
PLAYS = schema("plays", {"n": {"type": "integer"}}, keys=())
ARTISTS, SHOWS = (schema(name, {"id": {"type": "integer"}}) for name in ("artists", "shows"))


def once(act: Callable[[], None]) -> Callable[[], None]:
    """Something that is done the first time only; what it does itself is another time."""
    acts = [act]
    return lambda: acts.pop()() if acts else None


def activate(version: int) -> Message:
    return {"type": "ACTIVATE_VERSION", "stream": "songs", "version": version}


@pytest.fixture
def before_commit(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
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


@pytest.mark.slow
def test_a_load_that_comes_second_takes_what_the_first_left(
    lake: Lake, before_commit: Callable[..., None]
) -> None:
    lake.load(SONGS, record("songs", id=1, title="old"), record("songs", id=2, title="old"))
    before_commit(
        lambda: lake.load(SONGS, record("songs", id=2, title="B"), record("songs", id=3, title="B"))
    )
    lake.load(SONGS, record("songs", id=1, title="A"), record("songs", id=3, title="A"))
    assert lake.rows("songs") == [
        {"id": 1, "title": "A"},
        {"id": 2, "title": "B"},
        {"id": 3, "title": "A"},
    ]


def test_both_insert_the_same_key_into_an_empty_table_and_it_is_there_once(
    lake: Lake, before_commit: Callable[..., None]
) -> None:
    before_commit(lambda: lake.load(SONGS, record("songs", id=1, title="B")))
    lake.load(SONGS, record("songs", id=1, title="A"))
    assert lake.rows("songs") == [{"id": 1, "title": "A"}]


def test_a_column_that_the_first_added_keeps_its_values(
    lake: Lake, before_commit: Callable[..., None]
) -> None:
    lake.load(SONGS, record("songs", id=1, title="old"))
    before_commit(lambda: lake.load(WIDER, record("songs", id=2, title="B", extra="precious")))
    lake.load(SONGS, record("songs", id=1, title="A"))
    assert lake.rows("songs") == [
        {"id": 1, "title": "A", "extra": None},
        {"id": 2, "title": "B", "extra": "precious"},
    ]


@pytest.mark.slow
def test_a_row_that_the_first_removed_is_there_if_the_second_still_has_it(
    lake: Lake, before_commit: Callable[..., None]
) -> None:
    """Also when the first only took files away: who commits last has the last word."""
    # in a file that the second has no other reason to rewrite
    lake.config["streams"] = {"songs": {"partition_by": ["title"]}}
    one, two = record("songs", id=1, title="A"), record("songs", id=2, title="B")
    lake.load(SONGS, one)
    emptied = [SONGS, activate(7), activate(7)]
    before_commit(lambda: lake.load(*emptied, hard_delete=True))
    lake.load(SONGS, one, two)
    assert lake.rows("songs") == [{"id": 1, "title": "A"}, {"id": 2, "title": "B"}]


@pytest.mark.slow
def test_a_load_that_is_never_first_says_so_and_leaves_no_files(
    lake: Lake, before_commit: Callable[..., None]
) -> None:
    lake.load(SONGS, record("songs", id=0, title="old"))
    ids = iter(range(100, 200))
    before_commit(
        lambda: lake.load(SONGS, record("songs", id=next(ids), title="B")), times=publish.ATTEMPTS
    )
    with pytest.raises(ConcurrentWriteError, match="Nothing is lost"):
        lake.load(SONGS, record("songs", id=1, title="A"), run_id="loser")
    assert [row["id"] for row in lake.rows("songs")] == [0, 100, 101, 102, 103, 104]
    assert not list(lake.folder.glob("tables/songs/data/loser-*"))


def test_a_table_that_another_load_makes_just_now_is_taken(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = LocalCatalog.load_table
    raced: list[bool] = []

    def late(catalog: LocalCatalog, identifier: tuple[str, ...]) -> Table:
        if not raced:
            raced.append(True)
            lake.load(SONGS, record("songs", id=1, title="B"))
            raise NoSuchTableError("it was not there when we looked")
        return real(catalog, identifier)

    monkeypatch.setattr(LocalCatalog, "load_table", late)
    lake.load(SONGS, record("songs", id=2, title="A"))
    assert lake.rows("songs") == [{"id": 1, "title": "B"}, {"id": 2, "title": "A"}]


@pytest.mark.slow
def test_processes_at_once_lose_and_double_nothing(lake: Lake) -> None:
    """With rules: of each process, one row waits; nobody ever sees it, and no process another's."""
    gated = rules(lake, "songs", IS_RANKED, 'IsPrimaryKey "id"')
    lake.load(RANKED, record("songs", id=0, title="old", rank=1), **gated)
    config = lake.folder.parent / "config.json"
    config.write_text(json.dumps({**lake.config, **gated}), encoding="utf-8")
    with contextlib.ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    [str(COMMAND), "--config", str(config)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                )
            )
            for _ in range(3)
        ]
        for number, process in enumerate(started):
            assert process.stdin is not None
            ids = [0, *range(10 * number + 1, 10 * number + 9)]
            own = [record("songs", id=n, title=f"p{number}", rank=1) for n in ids]
            bad = [record("songs", id=10 * number + 9, title=f"p{number}", rank=-1)]
            process.stdin.write(lines([RANKED, *own, *bad, state(songs=number)]))
            process.stdin.flush()
        for process in started:  # all at once
            assert process.stdin is not None
            process.stdin.close()
            process.stdin = None
        seen: set[tuple[int, str, int]] = set()
        while any(process.poll() is None for process in started):
            seen |= {(row["id"], row["title"], row["rank"]) for row in lake.rows("songs")}
        results = [process.communicate() for process in started]

    published = set()
    for number, (process, (out, err)) in enumerate(zip(started, results, strict=True)):
        assert b"Traceback" not in err
        assert process.returncode in {0, 1}, err
        assert (process.returncode == 0) == bool(out), err
        if process.returncode == 0:
            published.add(number)
    assert published
    assert {rank for _, _, rank in seen} == {1}
    rows = {row["id"]: row["title"] for row in lake.rows("songs")}
    assert len(rows) == len(lake.rows("songs"))
    assert rows.pop(0) in {f"p{number}" for number in published}
    assert rows == {10 * number + n: f"p{number}" for number in published for n in range(1, 9)}
    assert {row["id"] for row in waiting(lake, "songs")} == {10 * n + 9 for n in published}
    assert journals(lake) == []


def test_one_that_is_overtaken_at_the_very_move_takes_what_the_other_left(lake: Lake) -> None:
    gated = rules(lake, "songs", IS_RANKED, 'IsPrimaryKey "id"')
    lake.load(RANKED, record("songs", id=1, title="old", rank=1), **gated)

    def another() -> None:
        with unaware_of_journals():
            lake.load(RANKED, record("songs", id=2, title="B", rank=2), **gated)

    mine = [record("songs", id=n, title="A", rank=rank) for n, rank in ((1, 3), (3, -3))]
    with at_move(1, once(another)):
        lake.load(RANKED, *mine, **gated)
    ranks = {row["id"]: (row["title"], row["rank"]) for row in lake.rows("songs")}
    assert ranks == {1: ("A", 3), 2: ("B", 2)}
    assert [row["id"] for row in waiting(lake, "songs")] == [3]
    assert journals(lake) == []


def test_rows_without_keys_come_once_though_another_comes_before_those_set_aside(
    lake: Lake,
) -> None:
    gated = rules(lake, "plays", 'ColumnValues "n" > 0 labels=["policy"="quarantine"]')

    def another() -> None:
        lake.load(PLAYS, record("plays", n=2), record("plays", n=-2), run_id="other", **gated)

    with at_move(1, once(another), after=True):
        lake.load(PLAYS, record("plays", n=1), record("plays", n=-1), run_id="first", **gated)
    assert lake.rows("plays") == [{"n": 1}, {"n": 2}]
    assert [(row["n"], row["_quarantine_run_id"]) for row in waiting(lake, "plays")] == [
        (-1, "first"),
        (-2, "other"),
    ]
    assert journals(lake) == []
    assert [load["streams"]["plays"]["inserted"] for load in lake.outcomes()] == [1, 1]


def test_what_a_load_had_still_to_move_stays_out_when_a_rule_stops_it_there(lake: Lake) -> None:
    """Another writer makes the second of three tables such that its rules fail."""
    gated = rules(lake, "songs", 'Sum "rank" < 10')

    def another() -> None:
        with unaware_of_journals():
            lake.load(RANKED, record("songs", id=4, title="B", rank=6))

    load = (ARTISTS, record("artists", id=1), RANKED, record("songs", id=1, title="A", rank=5))
    with at_move(1, once(another), after=True), pytest.raises(QualityError, match="artists"):
        lake.load(*load, SHOWS, record("shows", id=1), run_id="stopped", **gated)
    assert journals(lake) == []
    lake.load(ARTISTS, record("artists", id=2))
    assert [row["id"] for row in lake.rows("songs")] == [4]
    assert (lake.rows("artists"), lake.rows("shows")) == ([{"id": 1}, {"id": 2}], [])
    stopped = next(load for load in lake.outcomes() if len(load["streams"]) == 3)
    assert stopped["status"] == "blocked"
    assert [name for name, each in stopped["streams"].items() if each["published"]] == ["artists"]
