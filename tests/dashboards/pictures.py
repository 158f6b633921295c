"""Pictures of the dashboards for the docs, from a Superset that is up.

python -m tests.dashboards.pictures http://127.0.0.1:8088 ANALYSTS_PASSWORD docs
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.dashboards.browsing import DASHBOARDS, browser_page, log_in, look

_GROWING = 3000
"""Milliseconds in which what is drawn grows to its size."""

if __name__ == "__main__":
    url, password, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    with browser_page() as page:
        log_in(page, url, "analyst", password)
        for name in DASHBOARDS:
            look(page, url, name)
            page.wait_for_timeout(_GROWING)
            page.screenshot(path=folder / f"dashboard-{name}.png")
