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
"""The most columns that the activity chart shows."""


@dataclass(frozen=True)
class BarRow:
    """A row of a table with a bar in it.

    Attributes:
        share: Length of the bar, 0 to 1.
    """

    name: str
    text: str
    share: float


def money(amount: Decimal) -> str:
    """Write US dollars to the cent, such as `$12,345.67`."""
    return f"${amount:,.2f}"


def short_money(amount: float) -> str:
    """Write US dollars for an axis or a column, such as `$850`, `$12.3k` or `$1.2M`."""
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if amount >= size:
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
    """Count users by their number of sessions, in at most `BINS` columns of equal width."""
    if not activity:
        return []
    least = min(row.sessions for row in activity)
    width = math.ceil((max(row.sessions for row in activity) - least + 1) / BINS)
    users: dict[int, int] = {}
    for row in activity:
        place = (row.sessions - least) // width
        users[place] = users.get(place, 0) + row.users
    columns = []
    for place in range(max(users) + 1):
        low = least + place * width
        label = str(low) if width == 1 else f"{low}-{low + width - 1}"
        number = users.get(place, 0)
        columns.append(Column(label, "", number, count(number)))
    return columns


def median_sessions(activity: Sequence[UserCount]) -> int:
    """Find the number of sessions that half of the active users do not exceed."""
    half = sum(row.users for row in activity) / 2
    seen = 0
    for row in sorted(activity, key=lambda row: row.sessions):
        seen += row.users
        if seen >= half:
            return row.sessions
    return 0


def sales_rows(sales: Sequence[NamedSales], top: int, rest: str) -> list[BarRow]:
    """Make the rows of a ranking; what is below the top becomes one row, so nothing is lost.

    Args:
        sales: Largest first.
        top: How many to name.
        rest: Name of the last row, with a place for how many it sums up.
    """
    named, others = sales[:top], sales[top:]
    rows = [(row.name, row.sales) for row in named]
    if others:
        rows.append((rest.format(len(others)), sum((row.sales for row in others), Decimal(0))))
    largest = max((amount for _, amount in rows), default=Decimal(0))
    return [
        BarRow(name, money(amount), float(amount / largest) if largest else 0.0)
        for name, amount in rows
    ]


def seconds_rows(seconds: dict[str, float]) -> list[BarRow]:
    """Make the rows of the steps of a run."""
    longest = max(seconds.values(), default=0.0)
    return [
        BarRow(step, f"{taken:.1f} s", taken / longest if longest else 0.0)
        for step, taken in seconds.items()
    ]
