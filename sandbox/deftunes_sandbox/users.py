"""The users: user `n` is a pure function of (seed, n)."""

from __future__ import annotations

import functools
import math
from datetime import date, datetime, timedelta

from deftunes_sandbox.draws import Domain, Draws
from deftunes_sandbox.ids import uuid4s
from deftunes_sandbox.published import Record, published
from deftunes_sandbox.rows import Row, row_of
from deftunes_sandbox.vocabulary import FIRST_NAMES, LAST_NAMES, PLACES

BLOCK = 1_000  # users that are drawn together
_SINCE_DAYS = 5 * 365  # users join over five years, most of them early
MICROSECONDS_PER_DAY = 86_400_000_000


@functools.lru_cache(maxsize=4)
def user_ids(seed: int, count: int) -> list[str]:
    """List the ids of the first `count` users that are not published ones."""
    ids: list[str] = []
    for block in range(math.ceil(count / BLOCK)):
        draws = Draws(seed, Domain.USERS, block)
        ids += uuid4s(draws.words(BLOCK), draws.words(BLOCK))
    return ids[:count]


@functools.lru_cache(maxsize=4)
def user_rows(seed: int, count: int, joining: date) -> list[Row]:
    """Encode all users: `count` in all, the published ones among them.

    Args:
        seed: The sandbox's seed.
        count: How many users.
        joining: The first day on which one joined.
    """
    users = list(published("users"))
    generated = count - len(users)
    for block in range(math.ceil(generated / BLOCK)):
        users += _user_block(seed, block, joining)[: generated - block * BLOCK]
    return [row_of(user, "user_id", "user_since") for user in users]


def _user_block(seed: int, block: int, joining: date) -> list[Record]:
    draws = Draws(seed, Domain.USERS, block)
    ids = uuid4s(draws.words(BLOCK), draws.words(BLOCK))
    names = draws.below(len(FIRST_NAMES), BLOCK).tolist()
    lastnames = draws.below(len(LAST_NAMES), BLOCK).tolist()
    places = draws.below(len(PLACES), BLOCK, skewed=True).tolist()
    since = draws.below(_SINCE_DAYS * MICROSECONDS_PER_DAY, BLOCK, skewed=True).tolist()
    midnight = datetime.combine(joining, datetime.min.time())
    return [
        {
            "user_id": ids[row],
            "user_name": FIRST_NAMES[names[row]],
            "user_lastname": LAST_NAMES[lastnames[row]],
            "user_location": PLACES[places[row]],
            "user_since": (midnight + timedelta(microseconds=since[row])).isoformat(
                timespec="microseconds"
            ),
        }
        for row in range(BLOCK)
    ]
