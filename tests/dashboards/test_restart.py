"""What a second start leaves as it was, and what it brings back to what the files say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dashboards.running import Dashboards, free_port
from tests.leftovers import assert_none_left

pytestmark = [pytest.mark.heavy, pytest.mark.xdist_group("transform")]


def test_a_second_start_keeps_users_and_charts_and_takes_the_files_words(
    built: Path, tmp_path: Path
) -> None:
    dashboards = Dashboards(tmp_path, free_port(), built=built)
    with dashboards.up():
        passwords = dashboards.passwords
        admin = dashboards.log_in("admin")
        charts = admin.charts()
        renamed = {"slice_name": "Renamed on the page"}
        path = f"/api/v1/chart/{charts['Revenue']}"
        assert admin.change(path, renamed, method="PUT") == 200
        assert "Renamed on the page" in admin.charts()
    assert_none_left(tmp_path, dashboards.mark)
    printed = len(dashboards.said)
    with dashboards.up():
        assert not any("password" in line for line in dashboards.said[printed:])
        assert dashboards.passwords == passwords
        assert dashboards.log_in("admin").charts() == charts
    assert_none_left(tmp_path, dashboards.mark)
