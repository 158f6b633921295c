"""The page in a real browser, on a desk and on a phone."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        if os.environ.get("DEFTUNES_REQUIRE_BROWSER") == "1":
            pytest.fail("no chromium in PATH, and DEFTUNES_REQUIRE_BROWSER=1 asks for one")
        pytest.skip("NO BROWSER: the report page is not looked at; install chromium")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield launched
        launched.close()


@pytest.mark.parametrize("width", [390, 1440])
def test_the_page_fits_draws_all_charts_and_asks_for_nothing(
    browser: Browser, project: Path, page: str, width: int
) -> None:
    assert page
    view = browser.new_page(viewport={"width": width, "height": 900})
    complaints: list[str] = []
    requests: list[str] = []
    view.on("console", lambda message: complaints.append(message.text))
    view.on("pageerror", lambda error: complaints.append(str(error)))
    view.on("request", lambda request: requests.append(request.url))
    report = (project / "output" / "report.html").as_uri()
    view.goto(report)

    assert view.evaluate("document.documentElement.scrollWidth") == width
    columns = view.locator(".chart:visible:has(.mark)")
    assert columns.count() == 2
    for chart in columns.all():
        marks = chart.locator("rect.mark")
        assert marks.count() >= 4
        assert any((mark.bounding_box() or {"height": 0})["height"] > 100 for mark in marks.all())
    bars = view.locator(".bar .mark:visible")
    # ten countries and the rest, ten artists, twice ten songs, the steps
    assert bars.count() >= 41
    # months, activity, quality
    assert view.locator(".chart:visible svg[role=img][aria-label]").count() == 3
    signs = [sign.bounding_box() for sign in view.locator(".chart:visible .sign").all()]
    assert len(signs) >= 21
    assert all(box and box["width"] >= 20 and box["x"] + box["width"] <= width for box in signs)
    assert complaints == []
    assert requests == [report]
    view.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(
    browser: Browser, project: Path, page: str, scheme: str
) -> None:
    assert page
    view = browser.new_page(color_scheme="dark" if scheme == "dark" else "light")
    view.goto((project / "output" / "report.html").as_uri())
    ground = luminance(view.evaluate("getComputedStyle(document.body).backgroundColor"))
    for selector in ("h1", ".hint", "#revenue", "footer", ".ranking .number small"):
        style = f"getComputedStyle(document.querySelector('{selector}')).color"
        lighter, darker = sorted((luminance(view.evaluate(style)), ground), reverse=True)
        # what WCAG 2 asks of small text
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, selector
    for kind, paint in PAINTS:
        style = f"getComputedStyle(document.querySelector('.chart .{kind} > *')).{paint}"
        lighter, darker = sorted((luminance(view.evaluate(style)), ground), reverse=True)
        # and of a drawing
        assert (lighter + 0.05) / (darker + 0.05) >= 3, kind
    view.close()


PAINTS = [("passed", "fill"), ("warned", "fill"), ("held-back", "stroke"), ("failed", "stroke")]
"""What each colour of the signs is seen by."""


def luminance(color: str) -> float:
    """Relative luminance of `rgb(r, g, b)`, as WCAG defines it."""
    channels = [int(part) / 255 for part in color.strip("rgba()").split(",")[:3]]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
