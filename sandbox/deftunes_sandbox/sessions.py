"""The sessions: those of a day are a pure function of (seed, day) and the settings."""

from __future__ import annotations

import calendar
import functools
import itertools
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from deftunes_sandbox.draws import Domain, Draws
from deftunes_sandbox.ids import uuid4s
from deftunes_sandbox.published import Record, published
from deftunes_sandbox.rows import Row, row_of
from deftunes_sandbox.settings import SandboxSettings
from deftunes_sandbox.songs import Song, shelf, unsold
from deftunes_sandbox.users import MICROSECONDS_PER_DAY, user_ids
from deftunes_sandbox.vocabulary import USER_AGENTS

_EMPTY_SHARE = 0.02
_MOST_ITEMS = 10
_LIKED_SHARE = 0.45
_UNSOLD_SHARE = 0.005  # purchases of tracks that the songs table never has
_PRICE_LOW, _PRICE_STEPS = 33, 153  # cents: 0.33 to 1.85
_LIKES_FROM = datetime(2021, 1, 1)  # noqa: DTZ001 - the API writes times without a zone
_LIKES_DAYS = 3 * 365


@dataclass(frozen=True)
class Shop:
    """What sessions are drawn from."""

    seed: int
    history_start: date
    history_end: date
    sessions_per_day: int
    buyers: list[str]
    songs: list[Song]

    @classmethod
    def of(cls, settings: SandboxSettings) -> Shop:
        """Fill a shop as the settings say."""
        return cls(
            seed=settings.seed,
            history_start=settings.history_start,
            history_end=settings.history_end,
            sessions_per_day=settings.sessions_per_day,
            buyers=user_ids(settings.seed, settings.users - len(published("users"))),
            songs=shelf(settings.seed, settings.songs),
        )

    def first_day(self) -> date:
        """Tell the first day that can have a session."""
        return min(self.history_start, *published_days())

    def last_day(self) -> date:
        """Tell the last day that can have a session."""
        return max(self.history_end, *published_days())

    def rows_of_day(self, day: date) -> list[Row]:
        """Encode the sessions of a day, the published ones among them."""
        sessions = [
            session
            for session in published("sessions")
            if session["session_start_time"].startswith(day.isoformat())
        ]
        if self.history_start <= day <= self.history_end:
            sessions += self._drawn(day)
        return [row_of(session, "session_id", "session_start_time") for session in sessions]

    def _drawn(self, day: date) -> list[Record]:
        draws = Draws(self.seed, Domain.SESSIONS, day.toordinal())
        quiet_to_busy = 0.7 + 0.6 * float(draws.uniform(1)[0])
        count = round(self.sessions_per_day * quiet_to_busy)
        if count == 0:
            return []
        ids = uuid4s(draws.words(count), draws.words(count))
        buyers = draws.below(len(self.buyers), count, skewed=True).tolist()
        starts = _starts(draws, day, count)
        agents = _agents(draws, count)
        sizes = 1 + draws.below(_MOST_ITEMS, count, skewed=True)
        sizes = np.where(draws.uniform(count) < _EMPTY_SHARE, 0, sizes)
        items = iter(self._items(draws, int(sizes.sum())))
        return [
            {
                "user_id": self.buyers[buyer],
                "session_id": session_id,
                "session_items": list(itertools.islice(items, size)),
                "user_agent": agent,
                "session_start_time": start,
            }
            for session_id, buyer, size, agent, start in zip(
                ids, buyers, sizes.tolist(), agents, starts, strict=True
            )
        ]

    def _items(self, draws: Draws, count: int) -> list[Record]:
        picks = draws.below(len(self.songs), count, skewed=True).tolist()
        unknown = (draws.uniform(count) < _UNSOLD_SHARE).tolist()
        cents = (_PRICE_LOW + draws.below(_PRICE_STEPS, count)).tolist()
        liked = (draws.uniform(count) < _LIKED_SHARE).tolist()
        since = draws.below(_LIKES_DAYS * MICROSECONDS_PER_DAY, count).tolist()
        return [
            _item(
                (unsold(self.seed) if unknown[row] else self.songs)[picks[row]],
                cents[row],
                _iso(_LIKES_FROM, since[row]) if liked[row] else None,
            )
            for row in range(count)
        ]


@functools.cache
def published_days() -> tuple[date, ...]:
    """List the days of the published sessions."""
    return tuple(date.fromisoformat(s["session_start_time"][:10]) for s in published("sessions"))


def _item(song: Song, cents: int, liked_since: str | None) -> Record:
    return {
        "song_id": song.track_id,  # so the API calls it: it is the track's id
        "song_name": song.title,
        "artist_id": song.artist_id,
        "artist_name": song.artist_name,
        "price": cents / 100,
        "currency": "USD",
        "liked": liked_since is not None,
        "liked_since": liked_since,
    }


def _starts(draws: Draws, day: date, count: int) -> list[str]:
    instants = draws.below(MICROSECONDS_PER_DAY, count)
    # A month's first and last instants are where an off-by-one in a window shows.
    if day.day == 1:
        instants[0] = 0
    if day.day == calendar.monthrange(day.year, day.month)[1]:
        instants[-1] = MICROSECONDS_PER_DAY - 1
    midnight = datetime.combine(day, datetime.min.time())
    return [_iso(midnight, instant) for instant in instants.tolist()]


def _agents(draws: Draws, count: int) -> list[str]:
    kinds = draws.below(len(USER_AGENTS), count).tolist()
    versions = draws.below(100, count).tolist()
    return [
        USER_AGENTS[kind].format(a=531 + n % 6, b=n % 14, c=13 + n % 50, d=800 + n)
        for kind, n in zip(kinds, versions, strict=True)
    ]


def _iso(since: datetime, microseconds: int) -> str:
    return (since + timedelta(microseconds=microseconds)).isoformat(timespec="microseconds")
