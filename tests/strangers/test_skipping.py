"""`on_invalid_record: skip` against an API that serves broken records: exactly those are missing.

The sandbox says which: the same question is asked with its fault and without, as the tap asks it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from deftunes_sandbox import Sandbox
from tests.project import put_fault
from tests.strangers.conftest import SETTINGS
from tests.strangers.expected import Row, answered, everything, in_order
from tests.strangers.tap import Output, run_tap

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("strangers")]

TIMES = {"/users": "user_since", "/sessions": "session_start_time"}
KEYS = {"/users": "user_id", "/sessions": "session_id"}
FIRSTS = [date(2020, month, 1) for month in range(1, 8)]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """An API for lasting faults, with enough users for some in each month."""
    with Sandbox(replace(SETTINGS, users=400), services=["api"]) as running:
        yield running


def served(api_url: str, path: str, fault: str) -> tuple[list[Row], dict[str, Row]]:
    """The rows that can be read, and by key (as it should be) the others, over all windows."""
    whole: list[Row] = []
    broken: dict[str, Row] = {}
    for first, after in pairwise(FIRSTS):
        days = f"start_date={first}&end_date={after}"
        rows = answered(api_url, path, days=days)
        for right, row in zip(rows, answered(api_url, path, fault, days), strict=True):
            if row != right and (row[TIMES[path]] != right[TIMES[path]] or _in(path, right, after)):
                broken[right[KEYS[path]]] = row
            elif row == right and _in(path, right, after):
                whole.append(right)
    return whole, broken


def _in(path: str, row: Row, after: date) -> bool:
    return str(row[TIMES[path]]) < after.isoformat()


def read(sandbox: Sandbox, folder: Path, fault: str, **options: str) -> Output:
    put_fault(sandbox, fault)
    config = {"api_url": sandbox.api_url, "end_date": "2020-06-30", **options}
    output = run_tap(folder, config)
    put_fault(sandbox, "")
    return output


def skipped(output: Output) -> dict[str, int]:
    """The metric of what was left out."""
    said = (line.partition("METRIC: ") for line in output.said("INFO"))
    metrics = [json.loads(metric) for _, found, metric in said if found]
    return {
        metric["tags"]["stream"]: metric["value"]
        for metric in metrics
        if metric["metric"] == "skipped_record_count"
    }


@pytest.mark.parametrize(
    ("fault", "complaint", "secret"),
    [
        ("bad=price:text;share=0.05", "price is not a number", "a lot"),
        ("bad=session_items;share=0.05", "session_items is not an array", "some"),
        ("bad=session_start_time:text;share=0.05", "session_start_time is not a", "soon"),
        ("bad=user_location;share=0.2", "user_location", "Nowhere"),
    ],
)
def test_exactly_the_broken_records_are_missing_each_named_once_and_counted(
    sandbox: Sandbox, tmp_path: Path, fault: str, complaint: str, secret: str
) -> None:
    users, bad_users = served(sandbox.api_url, "/users", fault)
    sessions, bad_sessions = served(sandbox.api_url, "/sessions", fault)
    broken = bad_users | bad_sessions
    assert len(broken) > 4

    output = read(sandbox, tmp_path, fault, on_invalid_record="skip")

    assert output.status == 0
    for stream, rows in everything(users, sessions).items():
        assert in_order(output.records(stream)) == in_order(rows)
    warnings = output.said("WARNING")
    told = [line for line in warnings if "breaks the API's contract (" in line]
    assert {line.partition("_id ")[2].partition(",")[0] for line in told} == set(broken)
    assert len(told) == len(broken)
    assert all(complaint in line for line in told)
    assert secret not in output.stderr
    lost = {
        "users": len(bad_users),
        "sessions": len(bad_sessions),
        "session_items": sum(_items(row) for row in bad_sessions.values()),
    }
    assert skipped(output) == lost
    assert [line for line in warnings if line not in told] == [
        f"Left out in all: {count} of {stream}, for breaking the API's contract. Once they are "
        "mended, a run from start_date without state brings them."
        for stream, count in lost.items()
        if count
    ]


def _items(row: Row) -> int:
    return len(row["session_items"]) if isinstance(row["session_items"], list) else 0


def test_a_record_without_a_key_is_left_out_by_its_place_in_the_answer(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    fault = "bad=session_id:null;share=0.05"
    sessions, broken = served(sandbox.api_url, "/sessions", fault)
    output = read(sandbox, tmp_path, fault, on_invalid_record="skip")
    assert sorted(row["session_id"] for row in output.records("sessions")) == sorted(
        row["session_id"] for row in sessions
    )
    assert skipped(output)["sessions"] == len(broken)
    told = [line for line in output.said("WARNING") if "(element " in line]
    assert len(told) == len(broken)
    assert all("of the answer, window 2020-" in line for line in told)


def test_the_state_moves_on_and_a_run_without_it_brings_what_was_mended(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    fault = "bad=price:text;share=0.05"
    output = read(sandbox, tmp_path, fault, on_invalid_record="skip")
    mended = read(sandbox, tmp_path, "")
    assert output.last_state == mended.last_state
    missing = {row["session_id"] for row in mended.records("sessions")} - {
        row["session_id"] for row in output.records("sessions")
    }
    assert missing == set(served(sandbox.api_url, "/sessions", fault)[1])


def test_by_default_a_broken_record_ends_the_run_before_its_window(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    output = read(sandbox, tmp_path, "bad=price:text;share=0.05")
    assert (output.status, output.records("sessions")) == (1, [])
    (sentence,) = output.said("CRITICAL")
    assert "item_index 0: price is not a number" in sentence
    assert "set on_invalid_record to skip" in sentence


def test_a_field_that_is_broken_everywhere_is_a_changed_contract_and_ends_the_run(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    output = read(sandbox, tmp_path, "bad=user_since:text;share=1.0", on_invalid_record="skip")
    assert output.status == 1
    (sentence,) = output.said("CRITICAL")
    assert "the contract itself seems to have changed" in sentence
    assert output.records("users") == []
