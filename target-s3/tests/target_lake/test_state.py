"""State is a promise: what it covers is in the tables."""

from __future__ import annotations

import datetime as dt
import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from target_s3.target import TargetS3

from .lakes import COMMAND, Lake, lines, record, schema, state

SONGS = schema("songs", {"id": {"type": "integer"}, "title": {"type": "string"}})


def song(number: int) -> dict[str, Any]:
    return record("songs", id=number, title=f"t{number}")


def ids(lake: Lake) -> list[int]:
    return [row["id"] for row in lake.rows("songs")]


@pytest.mark.slow
def test_state_is_the_last_one_and_comes_after_the_commit(lake: Lake) -> None:
    done = lake.run(SONGS, song(1), state(songs=1), song(2), state(songs={"at": 2.50}))
    assert done.returncode == 0
    assert done.stdout == b'{"bookmarks":{"songs":{"at":2.5}}}\n'
    assert ids(lake) == [1, 2]


def test_the_snapshot_holds_state_and_run_with_the_data(lake: Lake) -> None:
    lake.load(SONGS, song(1), state(songs=1), run_id="r-7")
    snapshot = lake.table("songs").current_snapshot()
    assert snapshot is not None
    assert snapshot.summary is not None
    assert json.loads(snapshot.summary["singer.state"] or "") == {"bookmarks": {"songs": 1}}
    assert snapshot.summary["singer.run-id"] == "r-7"


@pytest.mark.slow
def test_rows_after_the_last_state_are_landed_but_not_merged(lake: Lake) -> None:
    messages = [SONGS, song(1), state(songs=1), song(2), song(3)]
    done = lake.run(*messages, commit_at="last_state")
    assert done.stdout == b'{"bookmarks":{"songs":1}}\n'
    assert ids(lake) == [1]
    assert b"2 after the last STATE are landed only" in done.stderr
    counts = lake.outcomes()[0]["streams"]["songs"]
    assert (counts["rows_landed"], counts["rows_merged"]) == (3, 1)

    # by default all that arrived is merged
    lake.load(*messages)
    assert ids(lake) == [1, 2, 3]


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_the_cut_at_the_last_state_is_exact_whatever_the_batches(lake: Lake, batch: int) -> None:
    wider = json.loads(json.dumps(SONGS))
    wider["schema"]["properties"]["year"] = {"type": "integer"}
    messages = [SONGS, song(1), song(2), wider, song(3), state(songs=3), song(4), SONGS, song(5)]
    lake.load(*messages, commit_at="last_state", batch_size_rows=batch)
    assert ids(lake) == [1, 2, 3]


@pytest.mark.slow
@pytest.mark.parametrize(
    "broken",
    [
        '{"type":"RECORD","stream":"songs","record":{"id":',
        '["not a message"]',
        '{"type":"RECORD","stream":"songs","record":{"id":"Maria Musterfrau","title":"t"}}',
        '{"type":"RECORD","stream":"other","record":{"id":"Maria Musterfrau"}}',
    ],
)
def test_a_broken_message_ends_in_one_sentence_without_state_or_content(
    lake: Lake, broken: str
) -> None:
    done = lake.run(SONGS, song(1), state(songs=1), broken)
    assert done.returncode == 1
    assert done.stdout == b""
    critical = [line for line in done.stderr.splitlines() if b"CRITICAL" in line]
    assert len(critical) == 1
    assert b"Traceback" not in done.stderr
    # a key may be shown, so that the record can be found; nothing else of it
    assert b"Maria" not in done.stderr.replace(b"id=Maria Musterfrau", b"")
    assert not lake.landed("songs/**/*.parquet")


@pytest.mark.parametrize("way", [{}, {"add_record_metadata": True}])
def test_the_sdks_drain_after_five_minutes_commits_and_emits_nothing(
    lake: Lake,
    way: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whether records go the short way or the SDK's."""
    monkeypatch.setattr(TargetS3, "_max_record_age_in_minutes", 6.0)
    target = TargetS3(config={**lake.config, **way})
    seen: list[tuple[bool, str]] = []

    def input_with_a_look() -> Iterator[bytes]:
        for number in range(1, 5):
            yield from map(lines, ([SONGS], [song(number)], [state(songs=number)]))
            seen.append((lake.catalog.table_exists("default.songs"), capsys.readouterr().out))

    target.listen(input_with_a_look())  # type: ignore[arg-type]
    assert seen == [(False, "")] * 4
    assert capsys.readouterr().out == '{"bookmarks":{"songs":4}}\n'
    assert len(lake.snapshots("songs")) == 1


def test_the_sdks_columns_come_on_demand_and_say_what_they_should(lake: Lake) -> None:
    before = dt.datetime.now(dt.timezone.utc)
    message = {**song(1), "time_extracted": "2020-01-01T00:00:00+01:00", "version": 7}
    lake.load(SONGS, message, add_record_metadata=True)
    after = dt.datetime.now(dt.timezone.utc)
    (row,) = lake.rows("songs")
    assert row.pop("_sdc_extracted_at") == dt.datetime(2019, 12, 31, 23, tzinfo=dt.timezone.utc)
    for name in ("_sdc_received_at", "_sdc_batched_at"):
        assert before <= row.pop(name) <= after
    for name in ("_sdc_sequence", "_sdc_sync_started_at"):
        milliseconds = row.pop(name)
        assert before.timestamp() * 1000 - 1 <= milliseconds <= after.timestamp() * 1000 + 1
    assert row == {"id": 1, "title": "t1", "_sdc_deleted_at": None, "_sdc_table_version": 7}


@pytest.mark.slow
def test_an_input_that_is_empty_does_nothing_and_succeeds(lake: Lake) -> None:
    done = lake.run()
    assert (done.returncode, done.stdout) == (0, b"")
    assert not lake.landed()


@pytest.mark.slow
@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_without_state_and_the_next_run_completes(
    lake: Lake, signal_number: signal.Signals
) -> None:
    config = lake.folder.parent / "config.json"
    config.write_text(json.dumps({**lake.config, "batch_size_rows": 1}), encoding="utf-8")
    process = _started(config)
    assert process.stdin is not None
    process.stdin.write(lines([SONGS, song(1), state(songs=1), song(2)]))
    process.stdin.flush()
    # at the second record, the state before it has been read
    _wait_for(process, b"are staged")
    _wait_for(process, b"are staged")
    process.send_signal(signal_number)
    out, err = process.communicate()
    assert process.returncode == 128 + signal_number
    assert out == b""
    assert b"Traceback" not in err
    assert not lake.landed("songs/**/*.parquet")

    lake.load(SONGS, song(1), state(songs=1))
    assert ids(lake) == [1]


def test_an_exit_that_a_library_swallowed_is_made_good_before_anything_is_published(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(TargetS3, "_stopped_by", signal.SIGTERM)
    with pytest.raises(SystemExit) as ended:
        lake.load(SONGS, song(1), state(songs=1))
    assert ended.value.code == 128 + signal.SIGTERM
    assert capsys.readouterr().out == ""
    assert not lake.catalog.table_exists("default.songs")


@pytest.mark.slow
def test_a_kill_and_a_plain_re_run_leave_what_one_clean_run_leaves(lake: Lake) -> None:
    lake.load(SONGS, song(1), state(songs=1))
    config = lake.folder.parent / "config.json"
    config.write_text(json.dumps({**lake.config, "batch_size_rows": 1}), encoding="utf-8")
    messages = [SONGS, *(song(number) for number in range(1, 40)), state(songs=39)]
    process = _started(config)
    assert process.stdin is not None
    process.stdin.write(lines(messages))
    process.stdin.flush()
    _wait_for(process, b"are staged")
    process.kill()
    process.communicate()
    assert ids(lake) == [1]

    lake.load(*messages)
    assert sorted(ids(lake)) == list(range(1, 40))


def _started(config: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [str(COMMAND), "--config", str(config)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _wait_for(process: subprocess.Popen[bytes], words: bytes) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if words in line:
            return
    raise AssertionError(f"{words!r} was never said")
