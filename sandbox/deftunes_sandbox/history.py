"""What the API can be asked: the rows of a span of days, each day encoded once."""

from __future__ import annotations

from datetime import date, timedelta

from deftunes_sandbox.rows import Row, Span, scattered
from deftunes_sandbox.sessions import Shop
from deftunes_sandbox.settings import SandboxSettings
from deftunes_sandbox.users import user_rows


class History:
    """Users and sessions, as the settings say; days are drawn when first asked for."""

    def __init__(self, settings: SandboxSettings) -> None:
        self._settings = settings
        self._shop = Shop.of(settings)
        self._days: dict[date, list[Row]] = {}

    def users(self, span: Span) -> list[Row]:
        """List the users that joined in a span of days."""
        settings = self._settings
        everyone = user_rows(settings.seed, settings.users, settings.history_start)
        return scattered([row for row in everyone if span.holds(row.when)])

    def sessions(self, span: Span) -> list[Row]:
        """List the sessions that started in a span of days."""
        first, last = self._shop.first_day(), self._shop.last_day()
        day = first if span.start is None else max(first, span.start)
        last = last if span.end is None else min(last, span.end)
        rows: list[Row] = []
        while day <= last:
            rows += [row for row in self._day(day) if span.holds(row.when)]
            day += timedelta(days=1)
        return scattered(rows)

    def _day(self, day: date) -> list[Row]:
        if day not in self._days:
            self._days[day] = self._shop.rows_of_day(day)
        return self._days[day]
