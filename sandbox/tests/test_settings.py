"""Settings are declared once; everything that speaks of them agrees."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import yaml

from deftunes_sandbox import SandboxError, SandboxSettings
from deftunes_sandbox.faults import Fault
from deftunes_sandbox.settings import env_of

HERE = Path(__file__).parent.parent
SETTINGS = dataclasses.fields(SandboxSettings)


def test_every_setting_can_be_set_by_its_variable() -> None:
    texts = {
        "directory": "/tmp/x", "api_port": "1", "songs_port": "2", "songs": "300", "users": "40",
        "sessions_per_day": "5", "history_start": "2021-01-01", "history_end": "2021-01-02",
        "seed": "6", "end_date": "midnight", "fault": "latency=1", "emulated": "True",
        "aws_port": "7", "redshift_port": "8", "lake_bucket": "lake",
    }  # fmt: skip
    settings = SandboxSettings.from_env({env_of(name): text for name, text in texts.items()})
    assert {name: str(value) for name, value in vars(settings).items()} == texts
    assert SandboxSettings.from_json(settings.to_json()) == settings


def test_the_folder_is_the_projects_unless_it_is_set() -> None:
    in_project = SandboxSettings.from_env({"MELTANO_PROJECT_ROOT": "/tmp/project"})
    assert in_project.directory == Path("/tmp/project/.sandbox")
    assert SandboxSettings.from_env({}).directory == Path.cwd() / ".sandbox"


def test_an_empty_variable_counts_as_unset() -> None:
    assert SandboxSettings.from_env({"DEFTUNES_SONGS": ""}).songs == 10_000


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("api_port", "65536"), ("songs_port", "http"), ("songs", "99"), ("songs", "1000001"),
        ("users", "0"), ("sessions_per_day", "-1"), ("history_start", "1.1.2020"),
        ("history_start", "2020-07-01"), ("seed", "-1"), ("end_date", "noon"),
        ("fault", "status=1"), ("aws_port", "-1"), ("redshift_port", "65536"),
        ("emulated", "perhaps"),
    ],
)  # fmt: skip
def test_a_value_out_of_range_is_told_in_a_sentence_that_names_the_variable(
    name: str, text: str
) -> None:
    with pytest.raises(SandboxError, match=env_of(name)):
        SandboxSettings.from_env({env_of(name): text})


def test_a_fault_is_written_as_it_is_read() -> None:
    text = "status=429;retry_after=3;latency=0.5;paging=1;path=/users;times=2;id=mine"
    assert str(Fault.parse(text)) == text
    assert str(Fault.parse("")) == ""
    assert Fault.parse(" status = 500 ; ") == Fault(status=500)


def test_the_readme_lists_every_setting_and_every_fault_as_declared() -> None:
    readme = (HERE / "README.md").read_text("utf-8")
    for setting in SETTINGS:
        env, about = setting.metadata["env"], setting.metadata["about"]
        default = "" if setting.default in {None, ""} else f"`{setting.default}`"
        assert f"| `{env}` | {about} | {default} |" in readme
    for part in dataclasses.fields(Fault):
        assert f"| `{part.name}` | {part.metadata['about']} |" in readme


def test_meltano_passes_every_setting_on_and_declares_no_default_of_its_own() -> None:
    project: dict[str, Any] = yaml.safe_load((HERE / "sandbox.meltano.yml").read_text("utf-8"))
    [utility] = project["plugins"]["utilities"]
    declared = {setting["env"]: setting for setting in utility["settings"]}
    assert list(declared) == [setting.metadata["env"] for setting in SETTINGS]
    assert not any("value" in setting for setting in utility["settings"])
    for env, setting in declared.items():
        assert env.removeprefix("DEFTUNES_").removeprefix("SANDBOX_").lower() == setting["name"]
    assert set(utility["commands"]) == {"up", "down", "status", "reset"}
