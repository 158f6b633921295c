"""Faulty copies of `tap-deftunes-api`."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

TAP = (
    Mutant(
        "moves the bookmark before a window is whole",
        "tap_deftunes_api.windowed",
        "                    if write_messages:\n"
        "                        stream.write_records(records, answer.asked_at)",
        "                    if write_messages:\n"
        "                        stream.complete(answer)\n"
        "                        self._tap.write_message(StateMessage(value=self.tap_state))\n"
        "                        stream.write_records(records, answer.asked_at)",
        "streams",
    ),
    Mutant(
        "asks for a day too few at the end of a window",
        "tap_deftunes_api.client",
        '"end_date": window.day_after.isoformat(),',
        '"end_date": window.last.isoformat(),',
        "streams",
    ),
    Mutant(
        "leaves a day out between two windows",
        "tap_deftunes_api.windows",
        "first = window.day_after",
        "first = window.day_after + _DAY",
        "windows",
    ),
    Mutant(
        "begins a day after the look-back's first",
        "tap_deftunes_api.windows",
        "max(0, known_days - lookback_days)",
        "max(0, known_days - lookback_days + 1)",
        "windows streams",
    ),
    Mutant(
        "leaves out the records of a window's last day",
        "tap_deftunes_api.records",
        "if first <= start[:10] <= last:",
        "if first <= start[:10] < last:",
        "streams",
    ),
    Mutant(
        "numbers a session's items from 1",
        "tap_deftunes_api.records",
        "_item(session, len(records), ",
        "_item(session, len(records) + 1, ",
        "streams records",
    ),
    Mutant(
        "keeps prices as floating-point numbers",
        "tap_deftunes_api.fields",
        "isinstance(value, bool)):\n        return value",
        "isinstance(value, bool)):\n        return value and float(value)",
        "faults",
        "prices_are_written",
    ),
    Mutant(
        "loses the first row of every further page",
        "tap_deftunes_api.paging",
        "rows += page[1:]",
        "rows += page[2:] if len(rows) > 1 else page[1:]",
        "paging",
    ),
    Mutant(
        "believes that a short page is the last",
        "tap_deftunes_api.paging",
        "return len(more) == 1",
        "return True",
        "paging",
    ),
    Mutant(
        "takes a page for the last one",
        "tap_deftunes_api.paging",
        "if len(page) < self._size:\n                return rows",
        "if len(page) <= self._size:\n                return rows",
        "paging",
    ),
    Mutant(
        "moves the bookmark past the moment of asking",
        "tap_deftunes_api.windows",
        "return min(window.end, asked_at)",
        "return window.end",
        "windows streams",
    ),
)
