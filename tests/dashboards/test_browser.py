"""The dashboards in a real browser, with a real login."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Response

from tests.dashboards.browsing import CHROMIUM, browser_page, log_in, look
from tests.dashboards.expected import comparable, expected
from tests.dashboards.running import Dashboards

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.xdist_group("transform"),
    pytest.mark.skipif(not CHROMIUM, reason="NOT TESTED: there is no chromium here to look with"),
]

SHOWN = {
    "sales": {
        *("Revenue", "Purchases", "New buyers", "Revenue by month", "Revenue by country"),
        "Top artists",
    },
    "listeners": {
        *("Activity", "Liked share", "Sessions per user", "Liked share by month", "Preferences"),
    },
    "pipeline": {
        *("Freshness", "Rows in quarantine", "Rows per load", "Quality history"),
        *("Rules that did not pass", "Quarantine"),
    },
}


@pytest.fixture(scope="module")
def page(dashboards: Dashboards) -> Iterator[Page]:
    """A page in which the analyst has logged in."""
    with browser_page() as page:
        log_in(page, dashboards.url, "analyst", dashboards.passwords["analyst"])
        yield page


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_every_chart_of_a_dashboard_is_drawn_with_data(
    page: Page, dashboards: Dashboards, name: str
) -> None:
    asked = look(page, dashboards.url, name)
    holders = page.locator(".dashboard-component-chart-holder")
    shown = {holders.nth(place).inner_text().split("\n")[0] for place in range(holders.count())}
    assert shown == SHOWN[name]
    assert [response.status for response in asked if response.status != 200] == []
    for place in range(holders.count()):
        drawn = holders.nth(place)
        assert drawn.locator("canvas, svg.datamap, table, .header-line").count(), drawn.inner_text()
    assert page.get_by_text("No results were returned").count() == 0
    assert page.get_by_text("error").count() == 0


def test_the_numbers_that_are_drawn_are_the_warehouse_s(
    page: Page, dashboards: Dashboards, built: Path
) -> None:
    look(page, dashboards.url, "sales")
    (revenue,) = expected(built, "Revenue")[0]
    text = page.locator(".header-line").first.inner_text()
    assert text == f"${revenue:,.2f}"
    asked = look(page, dashboards.url, "listeners")
    found = {tuple(row): rows for row, rows in map(rows_of, asked) if row}
    preferences = found["artist_name", "purchases", "likes", "liked_share"]
    assert comparable(preferences) == expected(built, "Preferences")


def rows_of(response: Response) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Columns and rows of what the browser was given for a chart."""
    answer = json.loads(response.body())
    rows = answer["result"][0]["data"] if "result" in answer else []
    return (list(rows[0]) if rows else []), [tuple(row.values()) for row in rows]


def test_a_country_that_is_chosen_leaves_the_others_out(
    page: Page, dashboards: Dashboards, built: Path
) -> None:
    look(page, dashboards.url, "sales")
    page.click("[data-test=NATIVE_FILTER-sales-country]")
    page.keyboard.type("DE")
    page.click(".ant-select-item-option[title=DE]")
    page.keyboard.press("Escape")
    page.click("[data-test=filter-bar__apply-button]")
    (revenue,) = expected(built, "Revenue", "where buyer.country_code = 'DE'")[0]
    page.wait_for_selector(f".header-line:has-text('${revenue:,.2f}')")


def test_the_browser_is_given_nothing_by_anyone_else(page: Page, dashboards: Dashboards) -> None:
    given: list[str] = []
    page.on("requestfinished", lambda request: given.append(request.url))
    look(page, dashboards.url, "sales")
    assert given
    ours = (dashboards.url, "data:", "blob:")
    assert [url for url in given if not url.startswith(ours)] == []


def test_an_analyst_is_offered_no_change_and_an_admin_is(
    page: Page, dashboards: Dashboards
) -> None:
    look(page, dashboards.url, "sales")
    assert page.get_by_text("Edit dashboard").count() == 0
    assert page.get_by_text("SQL", exact=True).count() == 0
    page.goto("about:blank")
    page.context.clear_cookies()
    log_in(page, dashboards.url, "admin", dashboards.passwords["admin"])
    look(page, dashboards.url, "sales")
    assert page.get_by_text("Edit dashboard").count() == 1
    assert page.get_by_text("SQL", exact=True).count() == 1
