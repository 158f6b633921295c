"""A bad purchase on its way through Meltano: set aside, told, and seen when it is corrected."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest

from deftunes_sandbox import Sandbox
from tests.project import NAMESPACE, Answers, Project, Row, put_fault

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("line")]

TOTAL = "select sum(price) from deftunes_serving.fact_session"
ASIDE = (
    "select rows_set_aside from deftunes_bi_views.quality_history_vw "
    "where table_name = 'session_items'"
)
API_TABLES = ("users", "sessions", "session_items")
QUARANTINE = f"{NAMESPACE}_quarantine"
HIGH = Decimal("99.50")


@contextmanager
def faulty(sandbox: Sandbox, fault: str) -> Iterator[None]:
    put_fault(sandbox, fault)
    try:
        yield
    finally:
        put_fault(sandbox, "")


def key(row: Row) -> tuple[str, int]:
    return row["session_id"], row["item_index"]


@pytest.mark.heavy
def test_a_bad_purchase_waits_the_others_are_seen_and_it_is_when_corrected(
    fresh_project: Project, sandbox: Sandbox, answers: Answers
) -> None:
    project = fresh_project
    with faulty(sandbox, "bad=price:high;share=0.02"):
        project.meltano("run", "tap-deftunes-api", "target-s3", "dbt:build")
    waiting = project.rows("session_items", QUARANTINE)
    assert {(row["price"], row["_quarantine_rules"]) for row in waiting} == {
        (HIGH, 'ColumnValues "price" <= 2')
    }
    set_aside = {key(row) for row in waiting}
    good = [row for row in answers.item_rows() if key(row) not in set_aside]
    assert 0 < len(good) == len(answers.items) - len(waiting)
    assert project.rows("session_items") == good
    assert project.warehouse(TOTAL) == [(sum(row["price"] for row in good),)]
    assert project.warehouse(ASIDE) == [(len(waiting),)]

    # sessions of users that cannot be stop everything
    before = project.snapshots(API_TABLES)
    refresh = ("run", "tap-deftunes-api-refresh", "target-s3")
    with faulty(sandbox, "bad=user_id:short;path=/sessions"):
        stopped = project.meltano(*refresh, expect=1)
    assert 'ColumnLength "user_id" = 36 (block)' in stopped.stderr
    assert "state has been updated" not in stopped.stderr
    assert project.snapshots(API_TABLES) == before

    # corrected at the source, and fetched by the refresh
    project.meltano(*refresh, "dbt:run")
    assert project.rows("session_items") == answers.item_rows()
    assert project.rows("session_items", QUARANTINE) == []
    assert project.warehouse(TOTAL) == [(answers.revenue,)]
