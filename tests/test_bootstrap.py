"""What is missing on a machine is said in one sentence, before anything is made."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path
from types import ModuleType

import pytest

from tests.project import ROOT

Usage = namedtuple("Usage", ["total", "used", "free"])  # noqa: PYI024 - the shape of shutil's own


@pytest.fixture
def bootstrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The script, told that a folder with nothing in it is the project."""
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "scripts/bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "stamp")
    monkeypatch.setattr(sys, "argv", ["bootstrap.py"])
    return module


def test_an_old_python_is_told_so(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 18))
    assert bootstrap.main() == 1
    assert "Python 3.10 or newer is needed" in capsys.readouterr().err
    assert not (bootstrap.ROOT / ".venv").exists()


def test_a_python_without_venv_is_told_so(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda _: None)
    assert bootstrap.main() == 1
    assert "comes without venv" in capsys.readouterr().err


def test_a_full_disk_is_told_so(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12, 5 * 10**8))
    assert bootstrap.main() == 1
    said = capsys.readouterr().err
    assert "has 0.5 GB free" in said
    assert "make room" in said


def test_an_installation_that_stops_says_where(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise subprocess.CalledProcessError(2, ["uv", "pip", "sync", "-q", "more"])

    monkeypatch.setattr(bootstrap, "_fingerprint", lambda **_: "x")
    monkeypatch.setattr(bootstrap, "_run", fail)
    assert bootstrap.main() == 1
    assert "stopped at `uv pip sync -q` (exit status 2" in capsys.readouterr().err
    assert not bootstrap.STAMP.exists()


def test_every_lock_pins_every_package_by_hash() -> None:
    for name in ("uv", "runtime", "dev"):
        blocks = (ROOT / f"requirements/{name}.txt").read_text(encoding="utf-8").split("\n\n")
        text = "\n".join(blocks).replace("\\\n", " ")
        pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert pins
        for pin in pins:
            assert "==" in pin, pin
            assert "--hash=sha256:" in pin, pin
            assert "://" not in pin, pin
