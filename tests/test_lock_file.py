"""A lock is one process's at a time, and of the children that it leaves it to."""

from __future__ import annotations

import fcntl
import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.scripts import load_script


def is_free(file: Path) -> bool:
    with file.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def test_a_lock_is_held_until_the_last_process_that_has_it_ends(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    held = load_script("lock_file", monkeypatch).held
    process_group = load_script("process_group", monkeypatch).process_group
    file = tmp_path / "new" / "lock"
    waits: list[str] = []
    with ExitStack() as child:
        with held(file, lambda: waits.append("waits")) as lock:
            assert not is_free(file)
            sleep = ["/bin/sleep", "600"]
            group = process_group(
                sleep, cwd=tmp_path, env={}, gently=signal.SIGTERM, keep=[lock.fileno()]
            )
            child.enter_context(group)
        assert not is_free(file)
    assert is_free(file)
    assert not waits


def test_who_finds_a_lock_held_is_told_before_the_wait(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    held = load_script("lock_file", monkeypatch).held
    file = tmp_path / "lock"
    file.write_text("left by the last one", encoding="utf-8")
    with file.open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with held(file, lambda: fcntl.flock(other, fcntl.LOCK_UN)) as lock:
            assert not is_free(file)
            assert lock.read() == "left by the last one"
