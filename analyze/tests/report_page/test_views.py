"""Charts: what is drawn is what was counted."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise

import pytest

from deftunes_report.svg import Column, bar, column_chart, nice_ticks
from deftunes_report.views import (
    activity_columns,
    month_columns,
    quantile_sessions,
    sales_rows,
    short_money,
)
from deftunes_report.warehouse import MonthSales, NamedSales, UserCount


@pytest.mark.parametrize(
    ("largest", "ticks"),
    [
        (0, [0, 0.25, 0.5, 0.75, 1]),
        (1, [0, 0.25, 0.5, 0.75, 1]),
        (7, [0, 2, 4, 6, 8]),
        (14_999, [0, 5000, 10_000, 15_000]),
        (15_001, [0, 5000, 10_000, 15_000, 20_000]),
    ],
)
def test_grid_lines_are_round_and_reach_the_largest_value(
    largest: float, ticks: list[float]
) -> None:
    assert nice_ticks(largest, whole=False) == pytest.approx(ticks)


@pytest.mark.parametrize(
    ("largest", "ticks"),
    [(1, [0, 1]), (2, [0, 1, 2]), (9, [0, 5, 10]), (100, [0, 25, 50, 75, 100])],
)
def test_there_is_no_half_of_a_count(largest: int, ticks: list[int]) -> None:
    assert nice_ticks(largest, whole=True) == ticks


def test_columns_are_as_high_as_their_values() -> None:
    columns = [Column(name, "", value, str(value)) for name, value in (("a", 4), ("b", 1))]
    chart = column_chart(columns, width=400, height=266, title="T", tick=str)
    heights = re.findall(r'class="mark"[^>]*height="([\d.]+)"', chart)
    assert list(map(float, heights)) == [200.0, 50.0]


def test_labels_are_left_out_before_they_overlap() -> None:
    columns = [Column("Jan", "", 1, "$1") for _ in range(60)]
    chart = column_chart(columns, width=342, height=220, title="T", tick=str)
    labels = [float(x) for x in re.findall(r'class="label" x="([\d.]+)"', chart)]
    assert 5 < len(labels) < 15
    assert min(right - left for left, right in pairwise(labels)) > 30


def test_a_bar_is_a_share_of_its_room() -> None:
    assert 'class="mark" width="25.00%"' in bar(0.25)


def test_a_month_without_sales_keeps_its_place_and_a_new_year_is_named() -> None:
    columns = month_columns(
        [MonthSales(2020, 11, Decimal(2)), MonthSales(2021, 1, Decimal(1_234_567))]
    )
    assert [(column.label, column.note, column.text) for column in columns] == [
        ("Nov", "2020", "$2"),
        ("Dec", "", "$0"),
        ("Jan", "2021", "$1.2M"),
    ]


def test_the_few_most_active_users_share_the_last_column() -> None:
    activity = [UserCount(1, 60), UserCount(2, 38), UserCount(500, 2)]
    columns = activity_columns(activity)
    assert [(column.label, column.value) for column in columns] == [("1", 60), ("2", 38), ("3+", 2)]
    assert quantile_sessions(activity, 0.5) == 1


def test_users_without_a_tail_need_no_last_column() -> None:
    columns = activity_columns([UserCount(1, 5), UserCount(3, 5)])
    assert [(column.label, column.value) for column in columns] == [("1", 5), ("2", 0), ("3", 5)]


def test_what_is_not_named_is_summed_up() -> None:
    sales = [NamedSales(name, Decimal(amount)) for name, amount in (("a", 4), ("b", 3), ("c", 2))]
    rows = sales_rows(sales, 1, "{} others")
    assert [(row.name, row.text, row.share, row.rest) for row in rows] == [
        ("a", "$4.00", 0.8, False),
        ("2 others", "$5.00", 1.0, True),
    ]


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "$0"), (999, "$999"), (0.5, "$0.50"), (850, "$850"), (12_345, "$12.3k"), (999_960, "$1M")],
)
def test_money_is_short_on_an_axis(amount: float, text: str) -> None:
    assert short_money(amount) == text
