"""Three days of purchases: what sources say first, and what becomes of it afterwards.

Rows are the sandbox's; what happens to them is written here: rows that come late, that change,
that are gone. Each day is what a run of the taps would have read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Message = dict[str, Any]
Row = dict[str, Any]


@dataclass
class World:
    """What the sources hold; a day changes it.

    Attributes:
        users: By id.
        sessions: By id, each with its items.
        songs: By track.
    """

    users: dict[str, Row] = field(default_factory=dict)
    sessions: dict[str, Row] = field(default_factory=dict)
    songs: dict[str, Row] = field(default_factory=dict)


@dataclass(frozen=True)
class Day:
    """What is read on a day.

    Attributes:
        name: For people.
        users: Those that are new or have changed.
        sessions: The same.
        songs: All of them; None: they are not read on this day.
    """

    name: str
    users: list[Row]
    sessions: list[Row]
    songs: list[Row] | None


def days(world: World) -> Iterator[Day]:
    """The first read and two days after it, of a world that they change."""
    users, sessions = list(world.users), list(world.sessions)
    late = set(sessions[::40])
    unknown = set(users[::30])  # they buy before the API knows them
    first = [world.sessions[key] for key in sessions if key not in late]
    yield Day(
        "first read",
        [world.users[key] for key in users if key not in unknown],
        first,
        list(world.songs.values()),
    )
    yield _second(world, sorted(late), sorted(unknown))
    yield _third(world, sorted(key for key in sessions if key not in late))


def _second(world: World, late: list[str], unknown: list[str]) -> Day:
    """Late sessions and users; likes given and taken; people who moved; songs renamed."""
    changed = []
    for number, key in enumerate(list(world.sessions)[3::25]):
        session = world.sessions[key]
        for item in session["session_items"]:
            item["liked"] = not item["liked"]
            item["liked_since"] = (
                _after(session["session_start_time"], minutes=number) if item["liked"] else None
            )
        changed.append(session)
    moved = []
    for user in list(world.users.values())[5::20]:
        user["user_location"] = ["-33.86785", "151.20732", "Sydney", "AU", "Australia/Sydney"]
        moved.append(user)
    for song in list(world.songs.values())[::50]:
        song["artist_name"] = f"{song['artist_name']} Ünïted \N{EM DASH} «Ж»"
        song["year"] = 0
    known = [world.users[key] for key in unknown]
    return Day(
        "day 1",
        moved + known,
        [*changed, *(world.sessions[key] for key in late)],
        list(world.songs.values()),
    )


def _third(world: World, sessions: list[str]) -> Day:
    """Sessions that lose items, other prices, one of them wrong, and songs that are taken off."""
    changed = []
    for number, key in enumerate(sessions[7::30]):
        session = world.sessions[key]
        session["session_items"] = session["session_items"][: number % 3]
        for item in session["session_items"]:
            # nothing is free: those rows are set aside by the rules
            item["price"] = Decimal(0 if number == 1 else number % 90 + 10) / 100
        changed.append(session)
    for track in list(world.songs)[10::35]:
        del world.songs[track]
    return Day("day 2", [], changed, list(world.songs.values()))


def _after(moment: str, *, minutes: int) -> str:
    return (dt.datetime.fromisoformat(moment) + dt.timedelta(minutes=minutes)).isoformat()
