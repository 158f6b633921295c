"""Targets that others wrote, fed by the tap: RECORDs for all, Parquet for the SDK's."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .tap import Tap

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("songs")]

TARGET = Path(sys.executable).with_name("target-csv")


@pytest.mark.parametrize("mode", ["RECORD", "parquet"])
def test_an_sdk_target_without_arrow_gets_every_song(tap: Tap, mode: str) -> None:
    expected = tap.run().records
    run = tap.run(**(tap.batches(mode) if mode == "parquet" else {}))
    config = tap.folder / "target.json"
    settings = {"output_path": str(tap.folder), "file_naming_scheme": "{stream_name}.csv"}
    config.write_text(json.dumps(settings), encoding="utf-8")
    command = [str(TARGET), "--config", str(config)]
    done = subprocess.run(command, input=run.out, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    with (tap.folder / "deftunes-songs.csv").open(encoding="utf-8") as file:
        songs = list(csv.DictReader(file))
    assert sorted(map(known, songs), key=str) == sorted(map(known, expected), key=str)


def known(song: dict[str, Any]) -> dict[str, Any]:
    """A song's texts and whole numbers: of fractions, a target without our types makes its own."""
    names = ("track_id", "title", "song_id", "artist_name", "year", "shs_perf")
    return {name: str(song[name]) for name in names}
