"""The Singer SDK's own suite for taps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from tap_deftunes_api.tap import TapDeftunesApi

from .api import PurchaseApi
from .conftest import running
from .rows import published

# The class is made when the tests are collected; the API starts when they run.
CONFIG: dict[str, Any] = {"api_url": "http://127.0.0.1:1", "end_date": "2023-12-31"}


@pytest.fixture(autouse=True, scope="module")
def _served() -> Iterator[PurchaseApi]:
    with running() as api:
        api.rows = {"/users": published("users"), "/sessions": published("sessions")}
        CONFIG["api_url"] = api.url
        yield api


TestTapDeftunesApi = get_tap_test_class(
    TapDeftunesApi,
    config=CONFIG,
    suite_config=SuiteConfig(max_records_limit=None),
    parse_env_config=False,
)
