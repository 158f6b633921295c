"""A browser that looks at dashboards as a person does."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, Response, sync_playwright

from tests.orchestrate.pictures import OPTIONS

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DASHBOARDS = ("sales", "listeners", "pipeline")


@contextmanager
def browser_page() -> Iterator[Page]:
    """Open a browser without a window and with nothing remembered."""
    with (
        tempfile.TemporaryDirectory() as profile,
        sync_playwright() as playwright,
        playwright.chromium.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            headless=True,
            args=OPTIONS,
            viewport={"width": 1400, "height": 1320},
        ) as browser,
    ):
        page = browser.new_page()
        page.set_default_timeout(90_000)  # on a busy machine, a page may take its time
        yield page


def log_in(page: Page, url: str, user: str, password: str) -> None:
    page.goto(f"{url}/login/")
    page.fill("#username", user)
    page.fill("#password", password)
    page.click("button[type=submit]")
    page.wait_for_url("**/superset/welcome/**")


def look(page: Page, url: str, name: str) -> list[Response]:
    """Open a dashboard and wait until all of it is drawn; what was asked for its charts."""
    asked: list[Response] = []

    def note(response: Response) -> None:
        if "/chart/data" in response.url or "/explore_json/" in response.url:
            asked.append(response)

    page.on("response", note)
    page.goto(f"{url}/superset/dashboard/{name}/")
    page.wait_for_selector(".dashboard-component-chart-holder")
    page.wait_for_load_state("networkidle")
    page.wait_for_function("!document.querySelector('.loading, [data-test=loading-indicator]')")
    page.remove_listener("response", note)
    return asked
