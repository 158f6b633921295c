"""Settings are declared once, refused in a sentence, and told in the README as they are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from columnar_target.errors import SettingError
from target_redshift.declaration import SETTINGS, STREAM_SETTINGS
from target_redshift.settings import read_settings
from target_redshift.target import TargetRedshift

README = Path(__file__).parents[2] / "README.md"
GIVEN = {
    "host": "h",
    "user": "u",
    "password": "never-to-be-told",
    "database": "dev",
    "staging_url": "s3://bucket/staging",
}
DEFAULTS = TargetRedshift(config=GIVEN).config


def read(environment: dict[str, str] | None = None, **config: Any) -> Any:
    merged = {**DEFAULTS, **config}
    return read_settings(merged, environment=environment or {}, new_run_id="new")


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"staging_url": "/tmp/x"}, "staging_url must be an S3 place"),
        ({"staging_url": "s3://bucket/a?b"}, "staging_url must be an S3 place"),
        ({"iam_role": "loader"}, "iam_role must be `default` or the ARN of a role"),
        ({"iam_role": "arn:aws:iam::123456789012:role/a, default"}, "iam_role must be `default`"),
        ({"quarantine_limit": "some"}, "quarantine_limit is 'some'"),
        ({"streams": {"s": {"dist_style": "key"}}}, "dist_style and dist_key contradict"),
        ({"streams": {"s": {"dist_style": "all", "dist_key": "id"}}}, "contradict each other"),
        ({"streams": {"s": {"table": "Target_Redshift_Loads"}}}, "keeps its own account"),
    ],
)
def test_settings_that_cannot_work_are_refused(config: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingError, match=re.escape(words)):
        read(**config)


def test_a_stream_named_like_the_account_of_loads_is_refused() -> None:
    with pytest.raises(SettingError, match="give it another in streams"):
        read().stream("target_redshift_loads")


def test_the_run_id_comes_from_the_setting_then_meltano_then_is_new() -> None:
    environment = {"MELTANO_RUN_ID": "from-meltano"}
    assert read(environment, run_id="set").run_id == "set"
    assert read(environment).run_id == "from-meltano"
    assert read().run_id == "new"


def test_several_roles_are_taken_as_they_are() -> None:
    roles = "arn:aws:iam::123456789012:role/a,arn:aws-cn:iam::210987654321:role/path/b"
    assert read(iam_role=roles).iam_role == roles


def test_a_password_is_shown_nowhere() -> None:
    assert "never-to-be-told" not in repr(read())


@pytest.mark.parametrize(("heading", "declared"), [
    ("Settings", SETTINGS.to_dict()), ("Stream settings", STREAM_SETTINGS.to_dict())
])  # fmt: skip
def test_the_readme_tells_every_setting_as_it_is_declared(
    heading: str, declared: dict[str, Any]
) -> None:
    section = README.read_text(encoding="utf-8").split(f"### {heading}\n")[1].split("\n##")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*) \|$", section, re.MULTILINE)
    told = {name: description for name, _, description in rows}
    expected = {
        name: prop["description"].replace("|", "\\|")
        for name, prop in declared["properties"].items()
    }
    assert told == expected
