from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tap_deftunes_api.settings import CONFIG_SCHEMA, Settings

from .run import sync

Config = dict[str, Any]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"window": "fortnight"}, "'fortnight' is not one of ['day', 'week', 'month'] in config"),
        ({"start_date": "2020-05-01"}, "start_date 2020-05-01 is after end_date 2020-04-30"),
        ({"end_date": "30.4.2020"}, "end_date '30.4.2020' is not a date: write it as YYYY-MM-DD"),
        ({"api_url": "ftp://user:hidden@host"}, "api_url is not a base URL"),
        ({"api_url": None}, "api_url"),
        ({"max_connections": 0}, "0 is less than the minimum of 1 in config['max_connections']"),
        ({"windoww": "day"}, "('windoww' was unexpected)"),
        ({"auth_token": ["hidden"]}, "the value given is not of type 'string'"),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_keeps_secrets(
    config: Config, change: Config, sentence: str
) -> None:
    run = sync(config | change)
    assert sentence in run.error
    assert len(run.error.splitlines()) == 1
    assert "hidden" not in run.error
    assert run.messages == []


def test_null_means_the_default(config: Config) -> None:
    nothing = {"max_connections": None, "page_size": None, "user_agent": None, "max_retries": None}
    assert sync(config | nothing).states == sync(config).states


@pytest.mark.parametrize(
    ("given", "day"),
    [
        ("2020-01-31", "2020-01-31"),
        ("2020-01-31T23:30:00", "2020-01-31"),
        ("2020-01-31T23:30:00Z", "2020-01-31"),
        ("2020-01-31T23:30:00-01:00", "2020-02-01"),
    ],
)
def test_a_day_may_be_given_as_a_timestamp_and_is_its_utc_day(given: str, day: str) -> None:
    settings = Settings.from_config({"api_url": "http://host", "start_date": given})
    assert settings.start_date == date.fromisoformat(day)


def test_every_setting_is_declared_once_and_described() -> None:
    declared = CONFIG_SCHEMA["properties"]
    assert set(Settings.__dataclass_fields__) <= set(declared)
    assert all(setting["description"] for setting in declared.values())
