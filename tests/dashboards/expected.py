"""What each chart must show, asked of the tables without any view of the dashboards."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

SALES = """
with sales as (
    select
        date_trunc('month', fact.session_start_time) as month_start,
        coalesce(artist.artist_name, 'unknown') as artist_name,
        coalesce(buyer.country_code, 'unknown') as country_code,
        fact.user_key, fact.price, coalesce(fact.liked, false) as liked
    from deftunes_serving.fact_session as fact
    left join deftunes_serving.dim_artists as artist using (artist_key)
    left join deftunes_serving.dim_users as buyer using (user_key)
    {where}
)
"""
ACTIVITY = """
with activity as (
    select user_id, date_trunc('month', session_start_time) as month_start, true as is_session
    from deftunes_serving.dim_sessions
    union all
    select user_id, date_trunc('month', session_start_time), false
    from deftunes_serving.fact_session
),
known as (from activity where user_id <> 'unknown')
"""
SECOND = "%Y-%m-%d %H:%M:%S"
QUALITY = "from deftunes_serving.fact_quality_check"
QUERIES = {
    "Revenue": SALES + "select sum(price) from sales",
    "Purchases": SALES + "select count(*) from sales",
    "Revenue by month": SALES + "select month_start, sum(price) from sales group by all",
    "Revenue by country": (
        SALES + "select country_code, sum(price), count(*) from sales group by all"
    ),
    "Top artists": SALES + "select artist_name, sum(price) from sales group by all",
    "New buyers": ACTIVITY
    + """
        select month_start, sum(case when month_start = first_month then 1 else 0 end) from (
            select distinct month_start, user_id, min(month_start) filter (not is_session)
            over (partition by user_id) as first_month from known
        ) group by all""",
    "Liked share": SALES + "select avg(liked::integer) from sales",
    "Activity": ACTIVITY
    + """
        select month_start, count(distinct user_id),
            count(distinct user_id) filter (not is_session), count(*) filter (is_session)
        from known group by all""",
    "Sessions per user": """
        select sessions, count(*) from (
            select (select count(*) from deftunes_serving.dim_sessions as own
                    where own.user_key = users.user_key) as sessions
            from deftunes_serving.dim_users as users
            where user_key in (select user_key from deftunes_serving.fact_session)
            or user_key in (select user_key from deftunes_serving.dim_sessions)
        ) group by all""",
    "Preferences": (
        SALES + "select artist_name, count(*), sum(liked::integer), avg(liked::integer) "
        "from sales group by all"
    ),
    "Liked share by month": (
        SALES + "select month_start, avg(liked::integer) from sales group by all"
    ),
    "Freshness": (
        "select table_name, max(checked_at) filter (decision = 'publish'), "
        "count(distinct (run_id, checked_at)) filter (decision = 'publish'), "
        f"count(distinct (run_id, checked_at)) filter (decision = 'block') {QUALITY} group by all"
    ),
    "Rows per load": f"""
        select strftime(checked_at, '{SECOND}'), table_name, sum(loaded) from (
            select distinct on (table_name, run_id, checked_at) checked_at, table_name,
                if(decision = 'publish', checked_rows - rows_set_aside, 0) as loaded
            {QUALITY} order by checked_rows
        ) group by all""",
    "Quality history": f"""
        select strftime(checked_at, '{SECOND}'), count(*) filter (verdict = 'passed'),
            count(*) filter (verdict = 'warned'), count(*) filter (verdict = 'set aside'),
            count(*) filter (verdict = 'not answered'), count(*) filter (verdict = 'failed')
        {QUALITY} group by all""",
    "Rules that did not pass": f"""
        select checked_at, table_name, verdict, rule, failing_rows, message
        {QUALITY} where verdict <> 'passed'""",
    "Rows in quarantine": "select sum(row_count) from deftunes_serving.fact_quarantine",
    "Quarantine": """
        select table_name, broken_rules, sum(row_count), min(first_set_aside_at),
            max(last_set_aside_at)
        from deftunes_serving.fact_quarantine group by all""",
}
"""By the chart's name."""

FILTERS: dict[str, tuple[dict[str, Any], str]] = {
    "Period": (
        {"col": "month_start", "op": "TEMPORAL_RANGE", "val": "2020-02-01 : 2020-12-31"},
        "where fact.session_start_time >= '2020-02-01' and fact.session_start_time < '2020-12-31'",
    ),
    "Country": (
        {"col": "country_code", "op": "IN", "val": ["FR"]},
        "where buyer.country_code = 'FR'",
    ),
    "Artist": (
        {"col": "artist_name", "op": "IN", "val": ["Cher"]},
        "where artist.artist_name = 'Cher'",
    ),
}
"""What each of the dashboards' filters asks Superset for, and the same of the tables."""

Row = tuple[Any, ...]
_MILLISECONDS = 1000
_A_MOMENT = 1e11


def expected(warehouse: Path, chart: str, where: str = "") -> list[Row]:
    """Ask the warehouse what a chart must show.

    Args:
        warehouse: The file that dbt built.
        chart: The chart's name.
        where: Leaves out sales, in SQL; for the charts of sales.
    """
    query = QUERIES[chart].replace("{where}", where)
    with duckdb.connect(warehouse, read_only=True) as connection:
        return comparable(connection.execute(query).fetchall())


def comparable(rows: list[Row]) -> list[Row]:
    """Rows as JSON can tell them apart, in an order of their own."""
    return sorted((tuple(map(_plain, row)) for row in rows), key=repr)


def _plain(value: Any) -> Any:
    if isinstance(value, (dt.datetime, dt.date)):
        moment = dt.datetime.fromisoformat(value.isoformat()).replace(tzinfo=dt.timezone.utc)
        value = moment.timestamp() * _MILLISECONDS
    if isinstance(value, (Decimal, float, int)):
        number = float(value)
        # what JavaScript has for a moment: milliseconds, here with the warehouse's microseconds
        return round(number, 3 if number > _A_MOMENT else 6)
    return value
