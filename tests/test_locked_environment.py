"""An environment beside .venv is installed once, and another project's is never touched."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.scripts import load_script


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return load_script("locked_environment", monkeypatch)


def project(folder: Path, lock: str = "") -> Path:
    """A project with a lock that names nothing to download."""
    (folder / "requirements").mkdir(parents=True)
    (folder / "requirements/tool.txt").write_text(f"# {lock}\n", "ascii")
    return folder


def made(locked: ModuleType, root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(locked, "ROOT", root)
    folder: Path = locked.locked_environment("tool")
    command = [str(folder / "bin/python"), "-c", "import sys; print(sys.prefix)"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert Path(said.strip()).resolve() == folder.resolve()
    return folder


@pytest.mark.slow
def test_a_lock_is_installed_once_and_anew_when_it_has_changed(
    locked: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(tmp_path / "one")
    mark = made(locked, root, monkeypatch) / "mark"
    mark.touch()
    made(locked, root, monkeypatch)
    assert mark.exists()
    (root / "requirements/tool.txt").write_text("# changed\n", "ascii")
    made(locked, root, monkeypatch)
    assert not mark.exists()


@pytest.mark.slow
def test_a_linked_environment_is_used_while_it_fits_and_left_alone_when_it_does_not(
    locked: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = made(locked, project(tmp_path / "theirs"), monkeypatch)
    (theirs / "mark").touch()
    root = project(tmp_path / "ours")
    (root / ".cache").mkdir()
    link = root / ".cache/tool"
    link.symlink_to(theirs)
    made(locked, root, monkeypatch)
    assert link.is_symlink()
    (root / "requirements/tool.txt").write_text("# changed\n", "ascii")
    made(locked, root, monkeypatch)
    assert not link.is_symlink()
    assert (theirs / "mark").exists()


def test_a_python_that_is_too_new_is_replaced_by_another_of_the_machine_if_there_is_one(
    locked: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = sys.version_info
    ours, newer = (f"{own.major}.{own.minor + step}" for step in (0, 1))
    assert locked.fitting_python(ours, newer) == Path(sys.executable)
    monkeypatch.setenv("PATH", str(Path(sys.base_prefix) / "bin"))
    monkeypatch.setattr(locked.sys, "version_info", (own.major, own.minor + 1))
    assert locked.fitting_python(ours, newer).resolve().is_relative_to(sys.base_prefix)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path))
    assert locked.fitting_python("3.8", "3.9") is None
