"""What makes a measurement one: equal work, in turn, all of its processes, and the same result."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.benchmarks.conftest import Load

SONG = {
    **dict.fromkeys(("track_id", "title", "song_id", "release", "artist_id", "artist_mbid"), "x"),
    "artist_name": "x",
    **dict.fromkeys(("duration", "artist_familiarity", "artist_hotttnesss"), 0.13436425),
    **dict.fromkeys(("year", "track_7digitalid", "shs_perf", "shs_work"), 7),
}
COPY = "import shutil, sys; shutil.copy(sys.argv[1], sys.argv[2])"


def songs(*years: int) -> pa.Table:
    return pa.Table.from_pylist([{**SONG, "year": year} for year in years])


@pytest.fixture
def bench(load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., int]:
    """Runs `bench.py` with contestants that copy the files given, by their names."""
    module, contest, cases = load("bench"), load("paired.contest"), load("paired.cases")
    content = load("paired.content")

    def contestant(name: str, rows: pa.Table) -> Any:
        given = tmp_path / f"{name}.parquet"
        pq.write_table(rows, given)
        return contest.Contestant(
            name,
            "copies a file",
            lambda place, _: contest.Work(
                [[sys.executable, "-c", COPY, str(given), f"{place}/songs.parquet"]]
            ),
            lambda place: {"songs": f"read_parquet('{place}/songs.parquet')"},
        )

    def run(source: pa.Table, **files: pa.Table) -> int:
        @contextmanager
        def toy(size: int, folder: Path) -> Iterator[Any]:
            del folder
            expected = {"songs": content.fingerprint(source.to_reader(), "songs")}
            contestants = [contestant(name, rows) for name, rows in files.items()]
            yield contest.Contest("toy", size, "A toy", expected, contestants)

        monkeypatch.setattr(module, "CASES", {"toy": cases.Case(toy, (3,))})
        arguments = ["bench.py", "--runs", "2", "--into", str(tmp_path / "into")]
        monkeypatch.setattr(sys, "argv", arguments)
        return int(module.main())

    return run


def test_contestants_take_turns(bench: Callable[..., int], tmp_path: Path) -> None:
    assert bench(songs(1, 2, 3), ours=songs(3, 2, 1), peer=songs(1, 2, 3)) == 0
    assert [run["contestant"] for run in kept(tmp_path)["runs"]] == ["ours", "peer"] * 2


def test_a_run_with_another_result_does_not_count_and_ends_with_status_1(
    bench: Callable[..., int], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert bench(songs(1, 2, 3), ours=songs(1, 2, 3), peer=songs(1, 2, 4)) == 1
    assert {run["contestant"] for run in kept(tmp_path)["runs"]} == {"ours"}
    assert "peer: its result does not count" in capfd.readouterr().err


def kept(folder: Path) -> Any:
    return json.loads((folder / "into/results.json").read_text(encoding="utf-8"))["toy 3"]


@pytest.mark.parametrize("other", [songs(1, 2), songs(1, 2, 2, 2), songs(1, 3, 3), songs(1, 2, 3)])
def test_a_row_too_few_too_many_or_another_one_is_seen(load: Load, other: pa.Table) -> None:
    content = load("paired.content")
    assert fingerprint(content, other) != fingerprint(content, songs(1, 2, 2))


def test_neither_order_nor_the_writers_types_make_a_difference(load: Load) -> None:
    content, plain = load("paired.content"), songs(1, 2, 3)
    place = plain.schema.get_field_index("duration")
    for kind in (pa.decimal128(18, 11), pa.float32(), pa.float64()):
        values = pa.array([Decimal(str(SONG["duration"]))] * 3, pa.decimal128(18, 11))
        other = plain.set_column(place, "duration", values.cast(kind))
        assert fingerprint(content, other.take([2, 0, 1])) == fingerprint(content, plain)


def fingerprint(content: ModuleType, rows: pa.Table) -> str:
    return str(content.fingerprint(rows.to_reader(), "songs"))


def test_memory_is_that_of_every_process_of_a_pipe_and_of_their_children(
    load: Load, tmp_path: Path
) -> None:
    processes = load("paired.processes")
    # long enough to be looked at while both hold it, also where starting one takes its time
    large = "import time; held = b'x' * 90_000_000; time.sleep(2)"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {large!r}], check=True)"
    cost = processes.run([[sys.executable, "-c", code] for code in (child, large)], tmp_path)
    assert 2 * 90_000_000 / 2**20 > cost.largest > 90_000_000 / 2**20
    assert cost.memory > 2 * 90_000_000 / 2**20


def test_a_pipe_hands_on_what_each_program_writes(load: Load, tmp_path: Path) -> None:
    processes, result = load("paired.processes"), tmp_path / "result"
    messages = tmp_path / "messages"
    messages.write_text("ab", encoding="utf-8")
    double = "import sys; sys.stdout.write(sys.stdin.read() * 2)"
    save = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.stdin.read())"
    commands = [[sys.executable, "-c", double]] * 2 + [[sys.executable, "-c", save, str(result)]]
    processes.run(commands, tmp_path, messages)
    assert result.read_text(encoding="utf-8") == "abababab"


def test_a_program_that_fails_is_told_with_its_last_words(load: Load, tmp_path: Path) -> None:
    processes = load("paired.processes")
    commands = [
        [sys.executable, "-c", code] for code in ("print(1)", "raise SystemExit('no room')")
    ]
    with pytest.raises(processes.RunError, match="status 1:\nno room"):
        processes.run(commands, tmp_path)
