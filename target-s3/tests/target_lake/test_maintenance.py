"""`target-s3 --maintain`: what it says, what it does, and that a dry run does nothing."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from target_s3.target import TargetS3

from .lakes import Lake, record, schema
from .test_maintenance_orphans import plant
from .upkeep import DAY, SONGS, add_songs, files_of, grow_older, local, maintain, songs

NOTHING = {"files": 0, "bytes": 0}
USERS = schema("users", {"id": {"type": "integer"}})


@pytest.fixture
def neglected(lake: Lake) -> Lake:
    """A lake with everything that maintenance is for."""
    add_songs(lake, 1, 2, 3)
    lake.load(USERS, record("users", id=1))
    grow_older(lake, 30 * DAY)
    add_songs(lake, 4)
    plant(local(lake.table("songs").location()) / "data" / "orphan.parquet", b"12345")
    dead = lake.folder / "_staging" / "dead-1"
    plant(dead / "lock", b"")
    plant(dead / "0001-0001.parquet", b"123")
    day = lake.folder / "landing_zone" / "songs" / "ingest_on=2020-01-31"
    plant(day / "songs-killed-0001.parquet", b"1234567")
    plant(day / "songs-running-0001.parquet", age=0 * DAY)
    return lake


def content(lake: Lake) -> dict[Path, tuple[bytes, int]]:
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files_of(lake)}


def numbers(report: dict[str, Any]) -> dict[str, Any]:
    """A report without what a dry run cannot know."""
    for table in report["tables"].values():
        del table["compacted"]["bytes_after"]
    return {name: value for name, value in report.items() if name != "dry_run"}


def test_a_dry_run_changes_nothing_and_tells_the_numbers_of_the_real_one(neglected: Lake) -> None:
    lake = neglected
    before = content(lake)
    told = maintain(lake, dry_run=True).as_json()
    assert content(lake) == before
    assert sorted(lake.folder.glob("_staging/*")) == [lake.folder / "_staging" / "dead-1"]

    done = maintain(lake).as_json()
    assert numbers(told) == numbers(done)
    after = content(lake)
    gone = [
        path for path in set(before) - set(after) if path.is_relative_to(lake.folder / "tables")
    ]
    assert done["tables"]["songs"]["compacted"]["files_before"] == 4
    assert done["tables"]["songs"]["snapshots_expired"] == 2
    assert done["tables"]["songs"]["removed"] == {
        "files": len(gone),
        "bytes": sum(len(before[path][0]) for path in gone),
    }
    assert (lake.folder / "tables/songs/data/orphan.parquet") in gone
    assert done["staging_removed"] == {"files": 2, "bytes": 3}
    assert done["landing_unnamed"] == {"landing_zone/songs": {"files": 1, "bytes": 7}}
    assert lake.rows("songs") == songs(1, 2, 3, 4)
    assert lake.rows("users") == [{"id": 1}]


def test_the_second_run_does_nothing(neglected: Lake) -> None:
    maintain(neglected)
    before = content(neglected)
    report = maintain(neglected).as_json()
    assert content(neglected) == before
    assert report["staging_removed"] == NOTHING
    for table in report["tables"].values():
        assert table == {
            "compacted": {"files_before": 0, "files_after": 0, "bytes_before": 0, "bytes_after": 0},
            "audits_dropped": 0,
            "snapshots_expired": 0,
            "removed": NOTHING,
            "notes": [],
        }


def test_the_landing_zone_is_never_touched(neglected: Lake) -> None:
    def landing_zone() -> dict[Path, tuple[bytes, int]]:
        zone = neglected.folder / "landing_zone"
        return {path: held for path, held in content(neglected).items() if zone in path.parents}

    before = landing_zone()
    maintain(neglected)
    assert landing_zone() == before


def command(lake: Lake, *options: str, **config: Any) -> int:
    """Run the command within this process; returns its exit status."""
    file = lake.folder.parent / "config.json"
    file.write_text(json.dumps({**lake.config, **config}), encoding="utf-8")
    try:
        TargetS3.get_singer_command().main(
            ["--config", str(file), *options], prog_name="target-s3", standalone_mode=False
        )
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_the_command_prints_one_json_object_and_tells_people_the_same(
    neglected: Lake, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert command(neglected, "--maintain", "--older-than", "7d", "--table", "songs") == 0
    report = json.loads(capsys.readouterr().out)
    assert list(report["tables"]) == ["songs"]
    assert report["tables"]["songs"]["snapshots_expired"] == 2
    (sentence,) = [text for text in caplog.messages if text.startswith("Table songs")]
    assert "4 small files rewritten as 1" in sentence
    assert "2 snapshots expired" in sentence
    (landing,) = [text for text in caplog.messages if text.startswith("Landing zone")]
    assert "1 files (7 B)" in landing


@pytest.mark.parametrize(
    ("options", "config", "words"),
    [
        (
            ["--maintain", "--older-than", "tomorrow"],
            {},
            "'tomorrow': write a number and m, h or d",
        ),
        (["--maintain", "--older-than", "1.5h"], {}, "'1.5h': write a number"),
        (["--maintain", "--table", "sings"], {}, "Table 'sings' of namespace 'default' cannot"),
        (["--dry-run"], {}, "belongs to --maintain"),
        (["--maintain"], {"namespace": "other"}, "There is no namespace 'other'"),
        (["--maintain"], {"lake_url": "file:///nowhere/at/all"}, "There is no lake at"),
        (
            ["--maintain"],
            {"lake_url": "file:///nowhere/at/all", "catalog": {"name": "mine"}},
            "There is no lake at",
        ),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    lake: Lake,
    options: list[str],
    config: dict[str, Any],
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    add_songs(lake, 1)
    before = content(lake)
    assert command(lake, *options, **config) == 1
    (sentence,) = [entry.message for entry in caplog.records if entry.levelname == "CRITICAL"]
    assert words in sentence
    assert content(lake) == before
    assert not Path("/nowhere").exists()


def test_a_table_that_fails_does_not_keep_the_others_from_their_turn(
    neglected: Lake, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    neglected.load(SONGS, record("songs", id=9, title=None), streams={"songs": {"table": "broken"}})
    snapshot = neglected.table("broken").current_snapshot()
    assert snapshot is not None
    local(snapshot.manifest_list).unlink()
    files = files_of(neglected, "tables/broken")
    assert command(neglected, "--maintain") == 1
    assert files_of(neglected, "tables/broken") == files
    report = json.loads(capsys.readouterr().out)
    assert list(report["failed"]) == ["broken"]
    assert report["tables"]["songs"]["snapshots_expired"] == 2
    (sentence,) = [entry.message for entry in caplog.records if entry.levelname == "CRITICAL"]
    assert "broken: Could not maintain" in sentence
