"""The models against the hand-made lake: every expected value was worked out by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import md5
from typing import TYPE_CHECKING

import pytest

from .dbt import rows
from .handmade import ANA, BEN, GHOST, session_id

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("transform")]


def moment(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T18:05:25.824461")


def key(*parts: object) -> str:
    return md5("|".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()


def test_the_fact_holds_each_purchase_once_in_its_latest_version(built: Path) -> None:
    found = rows(
        built,
        "select session_id, item_index, user_id, track_id, song_id, artist_id, price, liked "
        "from deftunes_serving.fact_session order by session_id, item_index",
    )
    assert found == [
        (session_id(1), 0, ANA, "TR1", "SO1", "AR1", Decimal("1.03"), True),
        (session_id(1), 1, ANA, "TR5", "SO5", "AR1", Decimal("0.69"), False),
        (session_id(1), 2, ANA, "TR6", "SO6", "AR2", Decimal("1.85"), False),
        (session_id(2), 0, BEN, "TR1", "SO1", "AR1", Decimal("0.50"), True),
        (session_id(3), 0, ANA, "TR3", "SO3", "AR1", Decimal("0.34"), False),
        (session_id(5), 0, GHOST, "TR404", None, "AR9", Decimal("1.00"), True),
        (session_id(5), 1, GHOST, "TR2", "SO1", "AR1", Decimal("1.27"), False),
        (session_id(6), 0, "unknown", "TR6", "SO6", "AR2", Decimal("0.80"), False),
        (session_id(6), 1, "unknown", "TR405", None, "unknown", Decimal("0.40"), True),
        (session_id(7), 0, BEN, "TR4", "SO4", "AR1", Decimal("0.60"), False),
    ]


def test_keys_are_hashes_of_natural_keys(built: Path) -> None:
    found = rows(
        built,
        "select session_item_key, user_key, song_key, artist_key, date_key "
        f"from deftunes_serving.fact_session where session_id = '{session_id(5)}' "
        "order by item_index",
    )
    assert found == [
        (key(session_id(5), 0), key(GHOST), key("TR404"), key("AR9"), key("2021-01-01")),
        (key(session_id(5), 1), key(GHOST), key("TR2"), key("AR1"), key("2021-01-01")),
    ]


def test_every_artist_has_exactly_one_row_and_the_voted_spelling(built: Path) -> None:
    found = rows(
        built,
        "select artist_id, artist_name, artist_mbid from deftunes_serving.dim_artists order by 1",
    )
    assert found == [
        ("AR1", "Cher", "mbid-a"),
        ("AR2", "Björk", "mbid-c"),
        ("AR9", "<b>Stranger & Co</b>", None),
        ("unknown", None, None),
    ]


def test_a_user_named_by_a_purchase_first_has_a_stub(built: Path) -> None:
    found = rows(
        built,
        "select user_id, user_name, country_code, user_since is null "
        "from deftunes_serving.dim_users order by 1",
    )
    assert found == [
        (ANA, "Ana", "FR", False),
        (BEN, "Ben", "DE", False),
        (GHOST, None, None, True),
        ("unknown", None, None, True),
    ]


def test_songs_are_one_row_per_track_and_the_year_0_is_null(built: Path) -> None:
    found = rows(built, "select track_id, song_id, year from deftunes_serving.dim_songs order by 1")
    assert found == [
        ("TR1", "SO1", 1998),
        ("TR2", "SO1", None),
        ("TR3", "SO3", 2001),
        ("TR4", "SO4", None),
        ("TR5", "SO5", None),
        ("TR6", "SO6", 1995),
    ]


def test_dates_agree_with_the_calendar(built: Path) -> None:
    found = rows(
        built,
        "select date_key, date_day, year, quarter, month, month_name, iso_week, day_of_month, "
        "day_of_year, day_of_week, day_name, is_weekend, first_day_of_month "
        "from deftunes_serving.dim_dates order by date_day",
    )
    # The two years that hold a session, whole.
    days = [date(2020, 1, 1) + timedelta(days=number) for number in range(366 + 365)]
    assert found == [
        (
            key(day),
            day,
            day.year,
            (day.month + 2) // 3,
            day.month,
            f"{day:%B}",
            day.isocalendar().week,
            day.day,
            day.timetuple().tm_yday,
            day.isoweekday(),
            f"{day:%A}",
            day.isoweekday() in {6, 7},
            day.replace(day=1),
        )
        for day in days
    ]


def test_sales_per_artist_are_right_to_the_cent(built: Path) -> None:
    found = rows(
        built,
        "select session_year, artist_name, total_sales "
        "from deftunes_bi_views.sales_per_artist_vw order by 1, 2",
    )
    assert found == [
        (2020, "Björk", Decimal("1.85")),
        (2020, "Cher", Decimal("2.56")),
        (2021, "<b>Stranger & Co</b>", Decimal("1.00")),
        (2021, "Björk", Decimal("0.80")),
        (2021, "Cher", Decimal("1.87")),
        (2021, "unknown", Decimal("0.40")),
    ]


def test_sales_of_a_user_not_yet_known_count_as_an_unknown_country(built: Path) -> None:
    found = rows(
        built,
        "select session_year, session_month, country_code, total_sales "
        "from deftunes_bi_views.sales_per_country_vw order by 1, 2, 3",
    )
    assert found == [
        (2020, 1, "FR", Decimal("3.57")),
        (2020, 2, "DE", Decimal("0.50")),
        (2020, 2, "FR", Decimal("0.34")),
        (2021, 1, "DE", Decimal("0.60")),
        (2021, 1, "unknown", Decimal("3.47")),
    ]


def test_user_activity_counts_sessions_without_purchases_too(built: Path) -> None:
    found = rows(
        built,
        "select user_id, session_count, active_days, item_count, total_spent, average_purchase, "
        "last_activity, liked_songs from deftunes_bi_views.user_activity_vw order by 1",
    )
    spent = {
        ANA: (Decimal("3.91"), Decimal("0.9775")),
        BEN: (Decimal("1.10"), Decimal("0.5500")),
        GHOST: (Decimal("2.27"), Decimal("1.1350")),
        "unknown": (Decimal("1.20"), Decimal("0.6000")),
    }
    assert found == [
        (ANA, 3, 3, 4, *spent[ANA], moment("2020-02-29"), 1),
        # one of two sessions has arrived, the purchases of both count
        (BEN, 1, 1, 2, *spent[BEN], moment("2021-01-03"), 1),
        (GHOST, 1, 1, 2, *spent[GHOST], moment("2021-01-01"), 1),
        ("unknown", 1, 1, 2, *spent["unknown"], moment("2021-01-02"), 1),
    ]


def test_music_preferences_count_purchases_and_likes(built: Path) -> None:
    found = rows(
        built,
        "select artist_name, track_id, country_code, session_year, session_month, "
        "purchase_count, liked_count, like_percentage, average_price "
        "from deftunes_bi_views.music_preference_vw order by track_id, country_code",
    )
    assert found == [
        ("Cher", "TR1", "DE", 2020, 2, 1, 1, Decimal(100), Decimal("0.50")),
        ("Cher", "TR1", "FR", 2020, 1, 1, 1, Decimal(100), Decimal("1.03")),
        ("Cher", "TR2", "unknown", 2021, 1, 1, 0, Decimal(0), Decimal("1.27")),
        ("Cher", "TR3", "FR", 2020, 2, 1, 0, Decimal(0), Decimal("0.34")),
        ("Cher", "TR4", "DE", 2021, 1, 1, 0, Decimal(0), Decimal("0.60")),
        ("<b>Stranger & Co</b>", "TR404", "unknown", 2021, 1, 1, 1, Decimal(100), Decimal(1)),
        ("unknown", "TR405", "unknown", 2021, 1, 1, 1, Decimal(100), Decimal("0.40")),
        ("Cher", "TR5", "FR", 2020, 1, 1, 0, Decimal(0), Decimal("0.69")),
        ("Björk", "TR6", "FR", 2020, 1, 1, 0, Decimal(0), Decimal("1.85")),
        ("Björk", "TR6", "unknown", 2021, 1, 1, 0, Decimal(0), Decimal("0.80")),
    ]


def test_money_is_decimal_and_names_are_those_people_know(built: Path) -> None:
    found = rows(
        built,
        "select table_schema || '.' || table_name, column_name, data_type "
        "from information_schema.columns "
        "where column_name in ('price', 'total_sales', 'total_spent') and table_schema in "
        "('deftunes_serving', 'deftunes_bi_views') order by 1",
    )
    assert found == [
        ("deftunes_bi_views.monthly_sales_vw", "total_sales", "DECIMAL(38,2)"),
        ("deftunes_bi_views.sales_per_artist_vw", "total_sales", "DECIMAL(38,2)"),
        ("deftunes_bi_views.sales_per_country_vw", "total_sales", "DECIMAL(38,2)"),
        ("deftunes_bi_views.user_activity_vw", "total_spent", "DECIMAL(38,2)"),
        ("deftunes_serving.fact_session", "price", "DECIMAL(10,2)"),
    ]
