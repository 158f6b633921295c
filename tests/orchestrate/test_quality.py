"""What came of each rule in a run, and how its load ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from target_s3.lake.runs import LoadOutcome
from tests.orchestrate.conftest import Runs
from tests.orchestrate.records import load, write_loads, write_record


def test_the_rules_of_a_run_are_shown_and_a_stopped_one_is_status_3(
    runs: Runs, tmp_path: Path
) -> None:
    write_record(tmp_path, "one", "songs", status="blocked")
    status, said, _ = runs(tmp_path.as_uri(), "quality", "--run", "one")
    assert status == 3
    shown = 'failed    songs          ColumnLength "song_id" = 18 (block)  1 of 1,500 rows fail'
    assert shown in said
    assert said.splitlines()[-1] == "A rule stopped the load: nothing of it is seen."


SEEN, HIDDEN = {"published": True}, {"published": False}
AGAIN = (
    "Clear its task, or run its line again: what is missing comes then (docs/runbooks/airflow.md)."
)


@pytest.mark.parametrize(
    ("loads", "status", "sentence"),
    [
        ([load("published", songs=SEEN)], 0, "The load is published."),
        (
            [load("published", songs={"rolled_back": "2026-01-31T12:00:00.000000Z"})],
            0,
            "The load was published, and songs rolled back since.",
        ),
        (
            [load("failed", songs=HIDDEN)],
            4,
            "The load failed before all of it was published: nothing of it is seen. " + AGAIN,
        ),
        (
            [load("failed", users=SEEN, sessions=SEEN, session_items=HIDDEN)],
            4,
            "The load failed before all of it was published: of it, users, sessions can be seen. "
            + AGAIN,
        ),
        # another writer came between two of its tables, and then a rule
        (
            [load("blocked", users=SEEN, sessions=HIDDEN)],
            3,
            "A rule stopped the load: of it, users can be seen.",
        ),
        # a line may have two loads
        (
            [load("failed", songs=HIDDEN), load("published", users=SEEN)],
            4,
            "The load failed before all of it was published: of it, users can be seen. " + AGAIN,
        ),
        (
            [load("blocked", songs=HIDDEN), load("failed", users=HIDDEN)],
            3,
            "A rule stopped the load: nothing of it is seen.",
        ),
    ],
)
def test_however_a_load_ended_it_is_a_sentence_and_only_a_published_one_is_well(
    runs: Runs, tmp_path: Path, loads: list[dict[str, Any]], status: int, sentence: str
) -> None:
    write_loads(tmp_path, "one", loads)
    told, said, _ = runs(tmp_path, "quality", "--run", "one")
    assert (told, said.splitlines()[-1]) == (status, sentence)


def test_an_end_that_nobody_knows_is_no_good_one(runs: Runs, tmp_path: Path) -> None:
    write_record(tmp_path, "one", "songs", status="paused")
    status, _, told = runs(tmp_path, "quality", "--run", "one")
    assert status == 1
    assert "a load of run one ended as paused, of which only published, blocked and" in told
    assert len(told.splitlines()) == 1


def test_a_run_without_record_is_nothing_to_show(runs: Runs, tmp_path: Path) -> None:
    status, said, _ = runs(tmp_path, "quality", "--run", "one")
    assert (status, said) == (
        99,
        "Run one left no record: it ended before its load did, or its loader keeps none.\n",
    )


def test_every_end_that_target_s3_writes_down_is_known(runs: Runs, tmp_path: Path) -> None:
    ends = {}
    for status in get_args(get_type_hints(LoadOutcome)["status"]):
        write_record(tmp_path, "one", "songs", status=status)
        ends[status] = runs(tmp_path, "quality", "--run", "one")[0]
    assert ends == {"published": 0, "blocked": 3, "failed": 4}
