from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_deftunes_api import retry
from tap_deftunes_api.retry import (
    TransientError,
    parse_retry_after,
    wait_before_retry,
    with_retries,
)

NOON = datetime(2020, 1, 1, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("Wed, 01 Jan 2020 12:01:30 GMT", 90.0),
        ("Wed, 01 Jan 2020 12:01:30 -0000", 90.0),
        ("Wed, 01 Jan 2020 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(
    header: str | None, seconds: float | None
) -> None:
    assert parse_retry_after(header, NOON) == seconds


def test_what_the_server_asks_for_is_waited_for_up_to_a_limit() -> None:
    assert wait_before_retry(0, 7.0) == 7.0
    assert wait_before_retry(0, 1e9) == retry.LONGEST_RETRY_AFTER


@given(st.integers(0, 200))
def test_waits_grow_from_retry_to_retry_up_to_a_limit(retries_done: int) -> None:
    limit = min(retry.FIRST_WAIT * 2**retries_done, retry.LONGEST_WAIT)
    assert 0 <= wait_before_retry(retries_done, None) <= limit


def test_waits_are_spread_over_their_whole_range() -> None:
    waits = [wait_before_retry(4, None) for _ in range(400)]
    longest = retry.FIRST_WAIT * 2**4
    assert min(waits) < longest / 4
    assert max(waits) > longest * 3 / 4


def test_the_last_failure_is_told_after_every_retry_was_waited_for() -> None:
    waited: list[str] = []
    tries = iter(["first", "second", "third", "fourth"])

    def attempt() -> None:
        raise TransientError(next(tries), retry_after=1.0)

    with pytest.raises(TransientError, match="third"):
        with_retries(attempt, 2, lambda _, error: waited.append(str(error)))
    assert waited == ["first", "second"]
