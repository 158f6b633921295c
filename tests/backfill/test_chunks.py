"""Which days a back-fill reads, in which chunks, and what it says to days that make no sense."""

from __future__ import annotations

import datetime as dt
import os
import shlex
import subprocess
from types import ModuleType

import pytest
import yaml

from tests.project import ROOT
from tests.scripts import load_script

TODAY = dt.date(2020, 6, 15)


@pytest.fixture
def chunks(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return load_script("chunks", monkeypatch)


@pytest.mark.parametrize(
    ("first", "until", "step", "days"),
    [
        ("2020-01-01", "2020-03-01", "month", ["0101 0131", "0201 0229"]),
        ("2020-01-30", "2020-03-02", "month", ["0130 0131", "0201 0229", "0301 0301"]),
        ("2020-02-27", "2020-03-04", "week", ["0227 0301", "0302 0303"]),
        ("2020-02-28", "2020-03-02", "day", ["0228 0228", "0229 0229", "0301 0301"]),
        ("2020-06-14", "2020-06-15", "month", ["0614 0614"]),
    ],
)
def test_chunks_end_where_the_calendars_do_and_to_is_not_read(
    chunks: ModuleType, first: str, until: str, step: str, days: list[str]
) -> None:
    cut = chunks.cut(first, until, step, TODAY)
    assert [f"{chunk.first:%m%d} {chunk.last:%m%d}" for chunk in cut] == days


def test_a_chunk_is_told_and_named_by_its_days(chunks: ModuleType) -> None:
    (chunk,) = chunks.cut("2020-01-15", "2020-02-01", "month", TODAY)
    assert chunk.name == "2020-01-15_2020-02-01"
    assert chunk.settings == {
        "TAP_DEFTUNES_API_BACKFILL_START_DATE": "2020-01-15",
        "TAP_DEFTUNES_API_BACKFILL_END_DATE": "2020-01-31",
    }


@pytest.mark.parametrize(
    ("first", "until", "step", "sentence"),
    [
        ("", "2020-02-01", "month", "say which days"),
        ("2020-02-01", "", "month", "say which days"),
        ("2020-02-30", "2020-03-01", "month", "FROM=2020-02-30 is not a day"),
        ("2020-02-01", "March", "month", "TO=March is not a day"),
        ("2020-02-01", "2020-02-01", "month", "no day from FROM=2020-02-01 to TO=2020-02-01"),
        ("2020-02-01", "2020-01-01", "month", "TO is the first day that is not read"),
        ("2020-06-01", "2020-06-16", "month", "TO=2020-06-16 lies in the future"),
        ("2020-01-01", "2020-02-01", "year", "STEP=year is not known: a chunk is a day or a week"),
    ],
)
def test_days_that_make_no_sense_are_told_so(
    chunks: ModuleType, first: str, until: str, step: str, sentence: str
) -> None:
    with pytest.raises(chunks.SpanError, match=sentence):
        chunks.cut(first, until, step, TODAY)


def test_a_chunk_is_done_when_each_stream_has_been_read_to_its_end(chunks: ModuleType) -> None:
    (chunk,) = chunks.cut("2020-01-01", "2020-02-01", "month", TODAY)
    end, before = "2020-02-01T00:00:00+00:00", "2020-01-31T23:59:59.999999+00:00"
    done = dict.fromkeys(("users", "sessions", "session_items"), end)
    assert chunk.is_done(done)
    for stream in done:
        assert not chunk.is_done({**done, stream: before})
        assert not chunk.is_done({name: each for name, each in done.items() if name != stream})


def test_the_streams_of_a_chunk_are_those_that_the_extractor_selects(chunks: ModuleType) -> None:
    extract = yaml.safe_load((ROOT / "extract/extract.meltano.yml").read_text(encoding="utf-8"))
    by_name = {plugin["name"]: plugin for plugin in extract["plugins"]["extractors"]}
    selected = by_name[by_name[chunks.EXTRACTOR]["inherit_from"]]["select"]
    assert {each.partition(".")[0] for each in selected if each[0] != "!"} == set(chunks.STREAMS)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("FROM=a TO=b", "--from a --to b --step month"),
        ("FROM=a TO=b STEP=day DRY_RUN=1", "--from a --to b --step day --dry-run"),
        ("FROM=a TO=b AGAIN=1 DBT=0", "--from a --to b --step month --again --no-dbt"),
        ("FROM=a TO=b DRY_RUN=0 AGAIN=0 DBT=1", "--from a --to b --step month"),
        ("", "--from '' --to '' --step month"),
    ],
)
def test_make_hands_on_what_is_typed(typed: str, words: str) -> None:
    command = ["make", "--dry-run", "backfill", *typed.split()]
    # as if it were typed: `make test` hands its own flags on
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(command, cwd=ROOT, env=plain, capture_output=True, text=True, check=True)
    told = shlex.split(done.stdout.replace("\\\n", " ").splitlines()[-1])
    assert told == [".venv/bin/python", "scripts/backfill.py", *shlex.split(words)]
