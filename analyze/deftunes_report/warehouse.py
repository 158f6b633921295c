"""The figures of the report, asked of the gold tables and views, read-only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    import duckdb


@dataclass(frozen=True)
class Totals:
    """The whole of what was sold.

    Attributes:
        users: Users the API has told of, buyers or not.
        newcomers: Users that only a session or purchase has named so far.
        buyers: Users with at least one purchase, newcomers among them.
        sessions: Sessions, with or without purchases.
        items: Songs sold.
        revenue: US dollars, exact to the cent.
        first_day: Day of the first session; None without sessions.
        last_day: Day of the last session; None without sessions.
    """

    users: int
    newcomers: int
    buyers: int
    sessions: int
    items: int
    revenue: Decimal
    first_day: date | None
    last_day: date | None


@dataclass(frozen=True)
class MonthSales:
    """Sales of one month, US dollars."""

    year: int
    month: int
    sales: Decimal


@dataclass(frozen=True)
class NamedSales:
    """Sales of one country or artist, US dollars."""

    name: str
    sales: Decimal


@dataclass(frozen=True)
class UserCount:
    """How many users have this many sessions."""

    sessions: int
    users: int


@dataclass(frozen=True)
class SongPreference:
    """How often a track was bought, and how many of these purchases are liked.

    Attributes:
        title: Title of the track; None when songs does not know it.
    """

    track_id: str
    title: str | None
    artist: str
    purchases: int
    liked: int


@dataclass(frozen=True)
class Figures:
    """Everything the page shows about sales."""

    totals: Totals
    months: tuple[MonthSales, ...]
    countries: tuple[NamedSales, ...]
    artists: tuple[NamedSales, ...]
    activity: tuple[UserCount, ...]
    most_bought: tuple[SongPreference, ...]
    most_liked: tuple[SongPreference, ...]


# The user `unknown` stands for purchases without a user, and is none. A user without
# `user_since` is a stub that dim_users keeps until the API tells of the user.
TOTALS = """
select
    (
        select count(*) from deftunes_serving.dim_users
        where user_id <> 'unknown' and user_since is not null
    ),
    (
        select count(*) from deftunes_serving.dim_users
        where user_id <> 'unknown' and user_since is null
    ),
    (
        select count(*) from deftunes_bi_views.user_activity_vw
        where user_id <> 'unknown' and item_count > 0
    ),
    (select count(*) from deftunes_serving.dim_sessions),
    count(*),
    cast(coalesce(sum(price), 0) as decimal(38, 2)),
    (select cast(min(session_start_time) as date) from deftunes_serving.dim_sessions),
    (select cast(max(session_start_time) as date) from deftunes_serving.dim_sessions)
from deftunes_serving.fact_session
"""

MONTHS = """
select session_year, session_month, sum(total_sales)
from deftunes_bi_views.sales_per_country_vw
group by all
order by all
"""

COUNTRIES = """
select country_code, sum(total_sales)
from deftunes_bi_views.sales_per_country_vw
group by all
order by 2 desc, 1
"""

ARTISTS = """
select artist_name, sum(total_sales)
from deftunes_bi_views.sales_per_artist_vw
group by all
order by 2 desc, 1
limit ?
"""

ACTIVITY = """
select session_count, count(*)
from deftunes_bi_views.user_activity_vw
group by all
order by 1
"""

PREFERENCES = """
select
    preferences.track_id,
    any_value(songs.title),
    min(preferences.artist_name),
    cast(sum(preferences.purchase_count) as bigint) as purchases,
    cast(sum(preferences.liked_count) as bigint) as likes
from deftunes_bi_views.music_preference_vw as preferences
left join deftunes_serving.dim_songs as songs
    on preferences.track_id = songs.track_id
group by preferences.track_id
having {first} > 0
order by {first} desc, {then} desc, preferences.track_id
limit ?
"""


def read_figures(connection: duckdb.DuckDBPyConnection, *, top: int = 10) -> Figures:
    """Ask the warehouse for every figure.

    Args:
        connection: The warehouse.
        top: How many artists and songs to name.
    """

    def ask(query: str, *values: int) -> list[tuple[Any, ...]]:
        return connection.execute(query, values).fetchall()

    most_bought = PREFERENCES.format(first="purchases", then="likes")
    most_liked = PREFERENCES.format(first="likes", then="purchases")
    return Figures(
        totals=Totals(*ask(TOTALS)[0]),
        months=tuple(MonthSales(*row) for row in ask(MONTHS)),
        countries=tuple(NamedSales(*row) for row in ask(COUNTRIES)),
        artists=tuple(NamedSales(*row) for row in ask(ARTISTS, top)),
        activity=tuple(UserCount(*row) for row in ask(ACTIVITY)),
        most_bought=tuple(SongPreference(*row) for row in ask(most_bought, top)),
        most_liked=tuple(SongPreference(*row) for row in ask(most_liked, top)),
    )
