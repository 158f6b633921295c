"""What became of a chunk's rows, in a few words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scripts import load_script

STREAM = "2026-11-21T14:10:39Z [info     ] target-s3    Stream {0}: {1} landed; table {0}: {2}; x"


@pytest.mark.parametrize(
    ("streams", "words"),
    [
        ([], ""),
        ([(0, "0 inserted, 0 updated, 0 deleted, 0 unchanged")], "0 landed"),
        (
            [
                (402, "400 inserted, 0 updated, 0 deleted, 2 unchanged"),
                (15919, "15874 inserted, 0 updated, 7 deleted, 0 unchanged, 45 set aside"),
            ],
            "16,321 landed: 16,274 inserted, 7 deleted, 2 unchanged, 45 set aside",
        ),
    ],
)
def test_the_rows_of_all_streams_are_added_up_by_what_became_of_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, streams: list[tuple[int, str]], words: str
) -> None:
    lines = [STREAM.format(f"s{each[0]}", *each) for each in streams]
    log = tmp_path / "chunk.log"
    log.write_text("\n".join(["Run 5 landed", *lines, "3 inserted"]), encoding="utf-8")
    assert load_script("merged_rows", monkeypatch).merged_rows(log) == words
