"""What Meltano remembers of a pipeline is read and forgotten where Meltano keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import structlog
from meltano.core.project import Project
from meltano.core.state_service import StateService
from meltano.core.state_store.base import MeltanoState

from tests.scripts import load_script

NAMES = ("tap-x", "target-y")
BOOKMARKS = {
    "users": {"replication_key": "since", "replication_key_value": "2020-02-01T00:00:00+00:00"},
    "whole": {},
}


@pytest.fixture
def meltano_state(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    for name in ("MELTANO_ENVIRONMENT", "MELTANO_DATABASE_URI", "MELTANO_STATE_BACKEND_URI"):
        monkeypatch.delenv(name, raising=False)
    yield load_script("meltano_state", monkeypatch)
    structlog.reset_defaults()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "meltano.yml").write_text(
        "project_id: x\ndefault_environment: local\nenvironments: [{name: local}, {name: aws}]\n",
        encoding="utf-8",
    )
    return tmp_path


def test_before_the_first_run_nothing_is_known_and_nothing_is_made(
    meltano_state: ModuleType, project: Path
) -> None:
    states = meltano_state.PipelineStates.find(project, *NAMES)
    assert states.environment == "local"
    assert states.bookmarks("2020") == {}
    states.forget("2020")
    assert [path.name for path in project.iterdir()] == ["meltano.yml"]


def test_a_state_is_read_and_forgotten_in_the_environment_and_the_place_that_are_set(
    meltano_state: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MELTANO_STATE_BACKEND_URI", f"file://{project}/states")
    (project / ".env").write_text("MELTANO_ENVIRONMENT=aws\n", encoding="utf-8")
    kept = StateService(Project(project)).state_store_manager
    state = {"singer_state": {"bookmarks": BOOKMARKS}}
    for suffix in ("2020", "2021"):
        kept.update(MeltanoState(f"aws:tap-x-to-target-y:{suffix}", {}, state))

    states = meltano_state.PipelineStates.find(project, *NAMES)
    assert states.bookmarks("2020") == {"users": "2020-02-01T00:00:00+00:00"}
    states.forget("2020")
    assert states.bookmarks("2020") == {}
    assert set(kept.get_state_ids()) == {"aws:tap-x-to-target-y:2021"}


def test_all_states_of_one_environment_are_forgotten_and_no_other(
    meltano_state: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert meltano_state.forget_all(project, "aws") == []
    monkeypatch.setenv("MELTANO_STATE_BACKEND_URI", f"file://{project}/states")
    kept = StateService(Project(project)).state_store_manager
    ids = ["aws:tap-x-to-target-y", "aws:tap-z-to-target-y:2020", "local:tap-x-to-target-y"]
    for state_id in ids:
        kept.update(MeltanoState(state_id, {}, {"singer_state": {"bookmarks": BOOKMARKS}}))

    assert sorted(meltano_state.forget_all(project, "aws")) == ids[:2]
    left = [kept.get(state_id) for state_id in ids]
    assert [bool(state and state.completed_state) for state in left] == [False, False, True]


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("MELTANO_ENVIRONMENT", "mars", "Environment 'mars' was not found"),
        ("MELTANO_STATE_BACKEND_URI", "nowhere://x", "nowhere"),
        ("MELTANO_DATABASE_URI", "sqlite:///meltano.yml", "not a database"),
    ],
)
def test_a_state_that_cannot_be_read_is_a_sentence(
    meltano_state: ModuleType,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    reason: str,
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv(variable, value)
    with pytest.raises(meltano_state.StateError, match=reason) as caught:
        meltano_state.PipelineStates.find(project, *NAMES).bookmarks("2020")
    assert "see that `meltano state list` works" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
