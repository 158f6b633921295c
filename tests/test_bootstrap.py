"""What is missing on a machine is said in one sentence, before anything is made."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections import namedtuple
from pathlib import Path
from types import ModuleType

import pytest

from tests.leftovers import assert_none_left
from tests.project import ROOT, copy_project
from tests.scripts import load_script

PACKAGES = (
    "tap-deftunes-api",
    "tap-postgres",
    "columnar-target",
    "target-s3",
    "dqdl",
    "sandbox",
    "analyze",
)
Usage = namedtuple("Usage", ["total", "used", "free"])  # noqa: PYI024 - the shape of shutil's own


@pytest.fixture
def bootstrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The script, told that a folder with little in it is the project, on a machine that is fit."""
    module = load_script("bootstrap", monkeypatch)
    for name in ("requirements/runtime.txt", *(f"{each}/pyproject.toml" for each in PACKAGES)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "raise_interruptions", lambda: None)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, 10**12))
    monkeypatch.setattr(sys, "argv", ["bootstrap.py"])
    return module


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """The one sentence on stderr."""
    (sentence,) = capsys.readouterr().err.splitlines()
    assert sentence.startswith("deftunes: ")
    return sentence


@pytest.mark.parametrize("version", [(3, 9, 18), (3, 14, 0)])
def test_a_python_that_the_lock_is_not_made_for_is_told_so(
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    version: tuple[int, int, int],
) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    assert bootstrap.main() == 1
    assert "Python 3.10 to 3.13 is needed" in said(capsys)
    assert not (bootstrap.ROOT / ".venv").exists()


def test_a_python_without_venv_is_told_so(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert bootstrap.main() == 1
    assert "comes without venv" in said(capsys)


def test_no_python_at_all_is_told_so(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    command = ["make", "PYTHON=no-such-python", "demo"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    (sentence,) = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert "there is no no-such-python here: install Python 3.10 to 3.13" in sentence


def test_a_full_disk_is_told_so(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12, 5 * 10**8))
    assert bootstrap.main() == 1
    sentence = said(capsys)
    assert "has 0.5 GB free" in sentence
    assert "make room" in sentence


def test_a_folder_that_cannot_be_written_is_told_so(
    bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    (bootstrap.ROOT / ".cache").touch()  # permissions would not stop root
    assert bootstrap.main() == 1
    assert f"{bootstrap.ROOT / '.cache'} cannot be used (File exists)" in said(capsys)


def test_an_installation_that_stops_says_where(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert bootstrap.main() == 1
    assert "stopped at `/bin/false -m venv" in said(capsys)
    assert bootstrap.Environment(bootstrap.ROOT, None).installed() == []


@pytest.mark.slow
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_installation_is_a_sentence_and_no_process_is_left(
    tmp_path: Path, signum: signal.Signals
) -> None:
    copy_project(tmp_path, with_environment=False)
    # a Python whose `-m venv` starts another process and waits for it
    slow = tmp_path / "slow-python"
    slow.write_text("#!/bin/sh\nsleep 600 & echo begun; wait\n")
    slow.chmod(0o755)
    code = (
        "import runpy, shutil, signal, sys; sys.path.insert(0, 'scripts');"
        "signal.signal(signal.SIGINT, signal.default_int_handler);"
        f"sys.executable = {str(slow)!r}; sys.argv = ['bootstrap.py'];"
        "runpy.run_path('scripts/bootstrap.py', run_name='__main__')"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert "installing" in process.stdout.readline()
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signum)
        (sentence,) = process.communicate()[1].splitlines()
    assert process.returncode == 128 + signum
    assert "the installation was interrupted" in sentence
    assert_none_left(tmp_path, mark="of no process")


@pytest.mark.parametrize(("home", "is_usable"), [("/dev/null", False), (None, True)])
def test_downloads_are_kept_in_the_project_when_the_home_cannot_be_written(
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    home: str | None,
    *,
    is_usable: bool,
) -> None:
    for name in ("UV_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", home or str(tmp_path_factory.mktemp("home")))
    kept = []
    monkeypatch.setattr(
        bootstrap.Environment, "install", lambda environment, _: kept.append(environment.cache)
    )
    assert bootstrap.main() == 0
    assert kept == [None if is_usable else bootstrap.ROOT / ".cache" / "uv"]


def test_every_lock_pins_every_package_by_hash() -> None:
    for name in ("uv", "runtime", "emulated", "dev"):
        blocks = (ROOT / f"requirements/{name}.txt").read_text(encoding="utf-8").split("\n\n")
        text = "\n".join(blocks).replace("\\\n", " ")
        pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert pins
        for pin in pins:
            assert "==" in pin, pin
            assert "--hash=sha256:" in pin, pin
            assert "://" not in pin, pin
