"""A lake small enough to know every answer by heart, with each quirk of the sources in it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from .lake import Load, Row, write_landing, write_table

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2024, 3, 1, 6, 0)  # noqa: DTZ001 - the lake's timestamps carry no zone: UTC

ANA, BEN, GHOST = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abc")


def user(user_id: str, name: str, country: str) -> Row:
    return {
        "user_id": user_id,
        "user_name": name,
        "user_lastname": "Müller",
        "user_since": datetime(2021, 5, 4, 3, 2, 1, 123456),  # noqa: DTZ001
        "latitude": 46.32313,
        "longitude": -0.45877,
        "place_name": "Niort",
        "country_code": country,
        "timezone": "Europe/Paris",
    }


def session(number: int, user_id: str | None, day: str, item_count: int) -> Row:
    return {
        "session_id": session_id(number),
        "user_id": user_id,
        "session_start_time": datetime.fromisoformat(f"{day}T18:05:25.824461"),
        "user_agent": "Mozilla/5.0",
        "item_count": item_count,
    }


def session_id(number: int) -> str:
    return f"{number:08d}-1111-4111-8111-111111111111"


def item(
    of: Row,
    index: int,
    track: str,
    artist: tuple[str | None, str],
    price: str,
    liked: str | None = None,
) -> Row:
    return {
        "session_id": of["session_id"],
        "item_index": index,
        "user_id": of["user_id"],
        "session_start_time": of["session_start_time"],
        "song_id": track,
        "song_name": "A  Song_ Live",
        "artist_id": artist[0],
        "artist_name": artist[1],
        "price": Decimal(price),
        "currency": "USD",
        "liked": liked is not None,
        "liked_since": datetime.fromisoformat(f"{liked}T00:27:55") if liked else None,
    }


def song(track: str, song_id: str, artist: tuple[str, str], year: int, mbid: str = "") -> Row:
    return {
        "track_id": track,
        "title": f"Title of {track}",
        "song_id": song_id,
        "release": "A Release",
        "artist_id": artist[0],
        "artist_mbid": mbid,
        "artist_name": artist[1],
        "duration": 146.49425,
        "artist_familiarity": 0.4955022,
        "artist_hotttnesss": 0.3224826,
        "year": year,
        "track_7digitalid": 8562838,
        "shs_perf": -1,
        "shs_work": 0,
    }


# One artist, three spellings: two of them twice, and of equal length.
CHER, CHER_FEAT, CHER_ACUTE = ("AR1", "Cher"), ("AR1", "Cher feat. X"), ("AR1", "Chér")
BJORK = ("AR2", "Björk")
STRANGER = ("AR9", "<b>Stranger & Co</b>")
NOBODY = (None, "No Artist")

SONGS = [
    song("TR1", "SO1", CHER, 1998, mbid="mbid-b"),
    song("TR2", "SO1", CHER_ACUTE, 0, mbid="mbid-a"),  # the same song id as TR1
    song("TR3", "SO3", CHER_ACUTE, 2001),
    song("TR4", "SO4", CHER, 0),
    song("TR5", "SO5", CHER_FEAT, 0),
    song("TR6", "SO6", BJORK, 1995, mbid="mbid-c"),
]

S1 = session(1, ANA, "2020-01-31", 3)
S2 = session(2, BEN, "2020-02-01", 1)
S3_BEFORE = session(3, ANA, "2020-02-01", 3)
S3 = session(3, ANA, "2020-02-01", 1)  # it shrank: two items must vanish
S4 = session(4, ANA, "2020-02-29", 0)  # nothing bought
S5 = session(5, GHOST, "2021-01-01", 2)  # its user has not arrived
S6 = session(6, None, "2021-01-02", 2)  # whose it is was not said
S7 = session(7, BEN, "2021-01-03", 1)  # its items arrive, it does not

LOADS = [
    Load(
        "run-0",
        datetime(2023, 2, 1, 6, 0),  # noqa: DTZ001
        {"session_items": [item(S1, 0, "TR1", CHER, "777.00")]},
        archived=True,
    ),
    Load(
        "run-1",
        datetime(2024, 2, 25, 6, 0),  # noqa: DTZ001
        {
            "users": [user(ANA, "Ana", "FR"), user(BEN, "Ben", "DE")],
            "sessions": [S1, S2, S3_BEFORE],
            "session_items": [
                item(S1, 0, "TR1", CHER, "1.03", liked="2023-01-27"),
                item(S1, 1, "TR5", CHER_FEAT, "0.69"),
                item(S1, 2, "TR6", BJORK, "1.85"),
                item(S2, 0, "TR1", CHER, "0.50"),
                item(S3_BEFORE, 0, "TR3", CHER_ACUTE, "0.33"),
                item(S3_BEFORE, 1, "TR3", CHER_ACUTE, "0.33"),
                item(S3_BEFORE, 2, "TR3", CHER_ACUTE, "0.33"),
            ],
            "songs": SONGS,
        },
    ),
    Load(
        "run-2",
        datetime(2024, 2, 28, 6, 0),  # noqa: DTZ001
        {"session_items": [item(S1, 0, "TR1", CHER, "999.00")]},
        status="failed",
    ),
    Load(
        "run-3",
        NOW,
        {
            "sessions": [S3, S4, S5, S6],
            "session_items": [
                item(S2, 0, "TR1", CHER, "0.50", liked="2023-06-14"),  # liked since
                item(S3, 0, "TR3", CHER_ACUTE, "0.34"),
                item(S5, 0, "TR404", STRANGER, "1.00", liked="2022-02-02"),  # unknown track
                item(S5, 1, "TR2", CHER_ACUTE, "1.27"),
                item(S6, 0, "TR6", BJORK, "0.80"),
                item(S6, 1, "TR405", NOBODY, "0.40", liked="2022-02-02"),
                item(S7, 0, "TR4", CHER, "0.60"),
            ],
        },
        held_back={"session_items": [item(S2, 0, "TR1", CHER, "888.00")]},
    ),
]

KEYS = {
    "users": ("user_id",),
    "sessions": ("session_id",),
    "session_items": ("session_id", "item_index"),
    "songs": ("track_id",),
}


def latest(table: str) -> list[Row]:
    """Merge the published loads by key; items of a session that shrank stay behind."""
    rows: dict[tuple[object, ...], Row] = {}
    for load in LOADS:
        if load.status == "published":
            for row in load.rows.get(table, []):
                key = tuple(row[name] for name in KEYS[table])
                rows[key] = row | {"processing_timestamp": load.ended}
    return list(rows.values())


def write_lake(lake: Path, *, leave_out: str = "", landing_format: str = "parquet") -> None:
    """Write the whole lake, or all but one of its tables."""
    for table in KEYS:
        if table != leave_out:
            write_table(lake, table, latest(table), NOW)
    for load in LOADS:
        write_landing(lake, load, landing_format)
