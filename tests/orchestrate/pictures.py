"""Pictures of both DAGs for the docs, from an Airflow that is up and has let both run.

python -m tests.orchestrate.pictures http://127.0.0.1:8080 PASSWORD docs
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

PICTURES = {
    "deftunes_songs_pipeline_dag": "airflow-songs.png",
    "deftunes_api_pipeline_dag": "airflow-api.png",
}
OPTIONS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
CHOICES = {"default_dag_view": '"graph"', "direction-{dag}": '"RIGHT"'}


def main(url: str, password: str, folder: Path) -> None:
    """Log in, and take a picture of each DAG."""
    with tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            profile,
            executable_path="/usr/bin/chromium",
            headless=True,
            args=OPTIONS,
            viewport={"width": 1400, "height": 620},
        )
        with browser:
            page = browser.new_page()
            page.goto(url)
            page.fill("input[name=username]", "admin")
            page.fill("input[name=password]", password)
            page.click("button[type=submit]")
            page.wait_for_url(f"{url}/")
            for dag, name in PICTURES.items():
                for choice, value in CHOICES.items():
                    chosen = [choice.format(dag=dag), value]
                    page.evaluate("([name, value]) => localStorage.setItem(name, value)", chosen)
                take(page, f"{url}/dags/{dag}/runs/{last_run(page, url, dag)}", folder / name)


def last_run(page: Page, url: str, dag: str) -> str:
    """The newest run of a DAG that has ended well."""
    wanted = "state=success&order_by=-run_after&limit=1"
    (run,) = page.request.get(f"{url}/api/v2/dags/{dag}/dagRuns?{wanted}").json()["dag_runs"]
    return str(run["dag_run_id"])


def take(page: Page, address: str, file: Path) -> None:
    """Take a picture of a DAG's graph, once all of it is drawn."""
    page.goto(address)
    page.wait_for_selector("text=quality")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=file)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
