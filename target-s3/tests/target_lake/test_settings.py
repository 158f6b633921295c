"""Settings are declared once, refused in a sentence, and told in the README as they are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from columnar_target.errors import SettingError
from columnar_target.settings import safe_name
from target_s3.declaration import SETTINGS, STREAM_SETTINGS
from target_s3.settings import read_settings
from target_s3.target import TargetS3

from .lakes import Lake, record, schema

README = Path(__file__).parents[2] / "README.md"
DEFAULTS = TargetS3(config={"lake_url": "file:///lake"}).config


def read(environment: dict[str, str] | None = None, **config: Any) -> Any:
    merged = {**DEFAULTS, **config}
    return read_settings(merged, environment=environment or {}, new_run_id="new")


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"lake_url": "/var/lake"}, "must begin with file:/// or s3://"),
        ({"lake_url": "file://var/lake"}, "must begin with file:///"),
        ({"lake_url": "file:///var/la?ke"}, "holds ? or #"),
        ({"tables_path": "../tables"}, "leads out of the lake"),
        ({"lake_url": "s3://bucket/lake"}, "catalog is required"),
        ({"lake_url": "s3://bucket/lake", "catalog": {"name": "mine"}}, "catalog is required"),
    ],
)
def test_settings_that_cannot_work_are_refused(config: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingError, match=re.escape(words)):
        read(**config)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"landing_format": "csv"}, "landing_format"),
        ({"commit_at": "never"}, "commit_at"),
        ({"lake_url": None}, "lake_url"),
        ({"lake_url": "/var/lake"}, "must begin with file:///"),
        ({"memory_limit": "banana"}, "memory_limit"),
        ({"catalog": {"type": "nope"}}, "catalog"),
    ],
)
def test_a_wrong_setting_ends_the_process_with_a_sentence(
    lake: Lake, config: dict[str, Any], words: str
) -> None:
    done = lake.run(schema("s", {"id": {"type": "integer"}}), record("s", id=1), **config)
    assert done.returncode == 1
    assert words.encode() in done.stderr
    assert b"Traceback" not in done.stderr


def test_time_outs_of_s3_hold_for_the_landing_zone_too(lake: Lake) -> None:
    """They are among the catalog's properties, and read before anything lands."""
    catalog = {"type": "sql", "uri": "sqlite://", "s3.connect-timeout": "soon"}
    with pytest.raises(SettingError, match=r"catalog\.s3\.connect-timeout is 'soon'"):
        TargetS3(config={**lake.config, "lake_url": "s3://bucket/lake", "catalog": catalog})


def test_the_run_id_comes_from_the_setting_then_meltano_then_is_new() -> None:
    environment = {"MELTANO_RUN_ID": "from-meltano"}
    assert read(environment, run_id="set").run_id == "set"
    assert read(environment).run_id == "from-meltano"
    assert read().run_id == "new"
    assert read(run_id="../../etc/x y").run_id == ".._.._etc_x_y"


def test_names_of_files_hold_no_separators() -> None:
    assert safe_name("my songs/2020-ü.x") == "my_songs_2020-_.x"
    assert safe_name("s" * 300) == "s" * 100
    assert [safe_name(name) for name in ("", ".", "..")] == ["_", "_", "__"]


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
