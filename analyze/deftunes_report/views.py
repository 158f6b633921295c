"""From figures to what the page shows: gaps filled, rest summed up, bins made, text written."""

from __future__ import annotations

import calendar
import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from deftunes_report.svg import Column
from deftunes_report.warehouse import MonthSales, NamedSales, UserCount

if TYPE_CHECKING:
    from collections.abc import Sequence

BINS = 12
"""The most columns of equal width that the activity chart shows."""
MOST_USERS = 0.97
"""The share of the users that these columns hold."""


@dataclass(frozen=True)
class BarRow:
    """A row of a table with a bar in it.

    Attributes:
        share: Length of the bar, 0 to 1.
        rest: Whether it sums up what is not named.
    """

    name: str
    text: str
    share: float
    rest: bool = False


def money(amount: Decimal) -> str:
    """Write US dollars to the cent, such as `$12,345.67`."""
    return f"${amount:,.2f}"


def short_money(amount: float) -> str:
    """Write US dollars for an axis or a column, such as `$850`, `$12.3k` or `$1.2M`."""
    for size, unit in ((1e6, "M"), (1e3, "k")):
        # What rounds up to 1000 of a unit is 1 of the next.
        if amount >= size * 0.99995:
            return f"${amount / size:.1f}".removesuffix(".0") + unit
    return f"${amount:.2f}".removesuffix(".00")


def count(number: float) -> str:
    """Write a number with thousands separated, without a fraction that is not there."""
    return f"{number:,.0f}" if number == int(number) else f"{number:,.1f}"


def month_columns(months: Sequence[MonthSales]) -> list[Column]:
    """Make a column for each month from the first sale to the last; one without sales is 0."""
    if not months:
        return []
    sales = {(month.year, month.month): month.sales for month in months}
    first, last = min(sales), max(sales)
    columns: list[Column] = []
    for number in range(first[0] * 12 + first[1] - 1, last[0] * 12 + last[1]):
        year, month = number // 12, number % 12 + 1
        amount = sales.get((year, month), Decimal(0))
        note = str(year) if not columns or month == 1 else ""
        name = calendar.month_abbr[month]
        columns.append(Column(name, note, float(amount), short_money(float(amount))))
    return columns


def activity_columns(activity: Sequence[UserCount]) -> list[Column]:
    """Count users by their number of sessions, in columns of equal width.

    The few who come far more often than the others share the last column.
    """
    if not activity:
        return []
    least = min(row.sessions for row in activity)
    most = quantile_sessions(activity, MOST_USERS)
    width = math.ceil((most - least + 1) / BINS)
    last = (most - least) // width
    users = [0] * (last + 2)
    for row in activity:
        users[min((row.sessions - least) // width, last + 1)] += row.users
    lows = [least + place * width for place in range(last + 2)]
    labels = [str(low) if width == 1 else f"{low}-{low + width - 1}" for low in lows[:-1]]
    labels.append(f"{lows[-1]}+")
    return [
        Column(label, "", number, count(number))
        for label, number in zip(labels, users, strict=True)
        if number or label != labels[-1]
    ]


def quantile_sessions(activity: Sequence[UserCount], share: float) -> int:
    """Find the number of sessions that this share of the active users do not exceed."""
    wanted = share * sum(row.users for row in activity)
    seen = 0
    for row in sorted(activity, key=lambda row: row.sessions):
        seen += row.users
        if seen >= wanted:
            return row.sessions
    return 0


def sales_rows(sales: Sequence[NamedSales], top: int, rest: str) -> list[BarRow]:
    """Make the rows of a ranking; what is below the top becomes one row, so nothing is lost.

    Args:
        sales: Largest first.
        top: How many to name.
        rest: Name of the last row, with a place for how many it sums up.
    """
    others = sales[top:]
    left = sum((row.sales for row in others), Decimal(0))
    largest = max((left, *(row.sales for row in sales)))

    def row(name: str, amount: Decimal, *, rest: bool) -> BarRow:
        return BarRow(name, money(amount), float(amount / largest) if largest else 0.0, rest)

    rows = [row(named.name, named.sales, rest=False) for named in sales[:top]]
    return [*rows, row(rest.format(len(others)), left, rest=True)] if others else rows


def seconds_rows(seconds: dict[str, float]) -> list[BarRow]:
    """Make the rows of the steps of a run."""
    longest = max(seconds.values(), default=0.0)
    return [
        BarRow(step, f"{taken:.1f} s", taken / longest if longest else 0.0)
        for step, taken in seconds.items()
    ]
