"""The tap against a real server: the same bytes each time, and every row by pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tap_deftunes_api.settings import CONFIG_SCHEMA
from tests.project import ROOT
from tests.strangers.expected import Row, in_order
from tests.strangers.tap import Output, run_tap

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("strangers")]


def without_times(output: Output) -> bytes:
    """All that was written but when; that is in every record, and nowhere else."""
    stripped, count = re.subn(rb',"time_extracted":"[^"]+"', b"", output.stdout)
    assert count == output.stdout.count(b'"type":"RECORD"')
    return stripped


@pytest.mark.parametrize("connections", [1, 8])
def test_another_run_writes_the_same_bytes(
    config: Row, output: Output, tmp_path: Path, connections: int
) -> None:
    again = run_tap(tmp_path, config | {"max_connections": connections})
    assert without_times(again) == without_times(output)


def test_two_runs_by_days_over_eight_connections_write_the_same_bytes(
    config: Row, tmp_path: Path
) -> None:
    days = {"window": "day", "end_date": "2020-02-10", "max_connections": 8}
    first, second = (run_tap(tmp_path, config | days) for _ in range(2))
    assert first.stdout.count(b'"type":"STATE"') == 2 * (31 + 10)
    assert without_times(first) == without_times(second)


def test_a_server_that_pages_gives_every_row(
    paging_api_url: str, config: Row, answers: dict[str, list[Row]], tmp_path: Path
) -> None:
    pages = {"api_url": paging_api_url, "page_size": 7}
    paged = run_tap(tmp_path, config | pages)
    assert paged.status == 0
    for stream, rows in answers.items():
        assert in_order(paged.records(stream)) == in_order(rows)


def test_meltano_knows_every_setting_of_the_tap() -> None:
    plugins = yaml.safe_load((ROOT / "extract/extract.meltano.yml").read_text(encoding="utf-8"))
    extractors = {each["name"]: each for each in plugins["plugins"]["extractors"]}
    known = {each["name"]: each for each in extractors["tap-deftunes-api"]["settings"]}
    declared = CONFIG_SCHEMA["properties"]
    assert set(known) == set(declared)
    options = {
        name: {option["value"] for option in setting.get("options", ())}
        for name, setting in known.items()
    }
    assert {name for name in options if options[name]} == {"window", "on_invalid_record"}
    assert all(options[name] in (set(), set(declared[name].get("enum", ()))) for name in declared)
