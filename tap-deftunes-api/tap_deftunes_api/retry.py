"""When to try again, and how long to wait before it."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from random import SystemRandom
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

FIRST_WAIT = 0.5
"""Seconds that the first wait lasts at most; each later one at most twice as long."""

LONGEST_WAIT = 60.0
"""Seconds that a wait of our own choosing lasts at most."""

LONGEST_RETRY_AFTER = 300.0
"""Seconds that we wait at most because the server asks for it."""

_random = SystemRandom()


class TransientError(Exception):
    """An attempt failed in a way that may pass.

    Attributes:
        retry_after: Seconds the server asks us to wait, if it does.
    """

    def __init__(self, what: str, *, retry_after: float | None = None) -> None:
        super().__init__(what)
        self.retry_after = retry_after


def with_retries(
    attempt: Callable[[], T], max_retries: int, pause: Callable[[float, TransientError], None]
) -> T:
    """Call `attempt` until it succeeds, at most `max_retries` times more than once.

    Args:
        attempt: Does the work; a `TransientError` asks for another try.
        max_retries: Tries after the first.
        pause: Waits for so many seconds because of that error.

    Returns:
        What the first successful attempt returned.

    Raises:
        TransientError: The last attempt failed as well.
    """
    for retries_done in range(max_retries):
        try:
            return attempt()
        except TransientError as error:
            pause(wait_before_retry(retries_done, error.retry_after), error)
    return attempt()


def wait_before_retry(retries_done: int, retry_after: float | None) -> float:
    """Seconds to wait: what the server asks for, else exponential with full jitter.

    Full jitter (anything from 0 to the limit) keeps many connections from coming back at once.
    """
    if retry_after is not None:
        return min(retry_after, LONGEST_RETRY_AFTER)
    return _random.uniform(0.0, min(FIRST_WAIT * 2**retries_done, LONGEST_WAIT))


def parse_retry_after(header: str | None, now: datetime) -> float | None:
    """Read a `Retry-After` header: seconds, or an HTTP date.

    Returns:
        Seconds from `now`, not negative; nothing when the header is absent or unreadable.
    """
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:  # "-0000": UTC, says RFC 5322
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - now).total_seconds())
