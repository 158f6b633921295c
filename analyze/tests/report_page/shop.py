"""A small shop: its purchases, a warehouse made of them, and sums that no SQL computed."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from pathlib import Path

ARTISTS = [
    "<script>alert('owned')</script>",
    '"Quotes" & Söhne',
    "{{ 7 * 7 }}",
    "Björk",
    "<img src=x onerror=alert(1)>",
    "A Very Long Artist Name feat. Another One And Quite A Few More Of Their Friends",
    *(f"Artist {number}" for number in range(20)),
]
COUNTRIES = ["FR", "DE", "unknown", "US", "GB", "JP", "BR", "IN", "ES", "IT", "CA", "AU", "MX"]
NEWCOMERS = {0, 1}
"""Users that the API has not told of yet."""
FIRST_DAY = datetime(2020, 1, 3, 12, 30)  # noqa: DTZ001 - the warehouse's times carry no zone: UTC

SCHEMA = """
create schema deftunes_serving;
create schema deftunes_bi_views;
create table deftunes_serving.fact_session
    (session_id varchar, user_id varchar, price decimal(10,2));
create table deftunes_serving.dim_sessions (session_id varchar, session_start_time timestamp);
create table deftunes_serving.dim_users (user_id varchar, user_since timestamp);
create table deftunes_serving.dim_songs (track_id varchar, title varchar);
create table deftunes_bi_views.sales_per_artist_vw
    (session_year integer, artist_name varchar, total_sales decimal(38,2));
create table deftunes_bi_views.sales_per_country_vw
    (session_month integer, session_year integer, country_code varchar, total_sales decimal(38,2));
create table deftunes_bi_views.user_activity_vw
    (user_id varchar, session_count bigint, item_count bigint);
create table deftunes_bi_views.music_preference_vw
    (artist_name varchar, track_id varchar, purchase_count bigint, liked_count bigint);
create table deftunes_bi_views.quality_history_vw
    (table_name varchar, run_id varchar, checked_at timestamp, recency integer,
    rules_passed bigint, rules_warned bigint, rules_setting_aside bigint,
    rules_not_answered bigint, rules_failed bigint, rows_set_aside bigint, decision varchar);
create table deftunes_serving.fact_quality_check
    (table_name varchar, run_id varchar, checked_at timestamp, rule_number integer,
    rule varchar, verdict varchar, failing_rows bigint, message varchar);
create table deftunes_bi_views.quarantine_vw
    (table_name varchar, broken_rules varchar, row_count bigint, first_set_aside_at timestamp);
insert into deftunes_serving.dim_users values ('unknown', null);
"""


@dataclass(frozen=True)
class Purchase:
    session: int
    user: int
    moment: datetime
    track: int
    price: Decimal
    liked: bool

    @property
    def artist(self) -> str:
        return ARTISTS[self.track % len(ARTISTS)]

    @property
    def country(self) -> str:
        return COUNTRIES[self.user % len(COUNTRIES)]


@dataclass(frozen=True)
class Shop:
    """Purchases, and sessions (user by session) of which some bought nothing."""

    sessions: dict[int, int]
    purchases: list[Purchase]
    users: int

    @property
    def revenue(self) -> Decimal:
        return sum((purchase.price for purchase in self.purchases), Decimal(0))


def make_shop(sessions: int = 200, users: int = 60) -> Shop:
    """Draw a shop; the same one each time."""
    draw = Random(7)
    by_session = {number: draw.randrange(users // 2) for number in range(sessions)}
    purchases = [
        Purchase(
            session=number,
            user=user,
            moment=moment_of(number),
            track=int(80 * draw.random() ** 2),
            price=Decimal(draw.randrange(33, 186)) / 100,
            liked=draw.random() < 0.45,
        )
        for number, user in by_session.items()
        for _ in range(draw.randrange(5))
    ]
    return Shop(by_session, purchases, users)


def moment_of(session: int) -> datetime:
    """Three sessions a day; none in March."""
    moment = FIRST_DAY + timedelta(days=session // 3)
    return moment + timedelta(days=31) if moment.month >= 3 else moment


def write_warehouse(file: Path, shop: Shop) -> None:
    """Write the gold tables as far as the report reads them."""
    artists: defaultdict[Any, Decimal] = defaultdict(Decimal)
    countries: defaultdict[Any, Decimal] = defaultdict(Decimal)
    tracks: Counter[tuple[str, int]] = Counter()
    likes: Counter[tuple[str, int]] = Counter()
    for bought in shop.purchases:
        artists[bought.moment.year, bought.artist] += bought.price
        countries[bought.moment.month, bought.moment.year, bought.country] += bought.price
        tracks[bought.artist, bought.track] += 1
        likes[bought.artist, bought.track] += bought.liked
    visits = Counter(shop.sessions.values())
    items = Counter(bought.user for bought in shop.purchases)
    content: dict[str, list[tuple[Any, ...]]] = {
        "deftunes_serving.fact_session": [
            (str(bought.session), str(bought.user), bought.price) for bought in shop.purchases
        ],
        "deftunes_serving.dim_sessions": [
            (str(session), moment_of(session)) for session in shop.sessions
        ],
        "deftunes_serving.dim_users": [
            (str(user), None if user in NEWCOMERS else FIRST_DAY) for user in range(shop.users)
        ],
        # Track 0 is not among the songs.
        "deftunes_serving.dim_songs": [(f"TR{track}", f"Title {track}") for track in range(1, 80)],
        "deftunes_bi_views.sales_per_artist_vw": [
            (*place, sales) for place, sales in artists.items()
        ],
        "deftunes_bi_views.sales_per_country_vw": [
            (*place, sales) for place, sales in countries.items()
        ],
        "deftunes_bi_views.user_activity_vw": [
            (str(user), number, items[user]) for user, number in visits.items()
        ],
        "deftunes_bi_views.music_preference_vw": [
            (artist, f"TR{track}", number, likes[artist, track])
            for (artist, track), number in tracks.items()
        ],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(file) as warehouse:
        warehouse.execute(SCHEMA)
        fill(warehouse, content)


def fill(warehouse: duckdb.DuckDBPyConnection, content: dict[str, list[tuple[Any, ...]]]) -> None:
    """Insert rows by table."""
    for table, rows in content.items():
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            warehouse.executemany(f"insert into {table} values ({marks})", rows)


def write_run(
    lake: Path,
    run_id: str,
    ended: str,
    streams: dict[str, dict[str, Any]],
    status: str = "published",
) -> None:
    """Write a run record as target-s3 does; `ended` is an ISO moment 10 seconds after the start."""
    started = datetime.fromisoformat(ended) - timedelta(seconds=10)
    nothing = dict.fromkeys(
        ("rows_landed", "rows_merged", "inserted", "updated", "deleted", "unchanged"), 0
    )
    load = {
        "started": f"{started.isoformat(timespec='microseconds')}Z",
        "ended": f"{ended}.000000Z",
        "status": status,
        "streams": {
            table: {"table": table, "files": [], "snapshot_id": None} | nothing | facts
            for table, facts in streams.items()
        },
    }
    folder = lake / "landing_zone" / "_runs"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{run_id}.json").write_text(
        json.dumps({"run_id": run_id, "loads": [load]}), encoding="utf-8"
    )
