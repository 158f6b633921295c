"""From which columns a query's columns are made."""

from __future__ import annotations

import pytest
from catalogue.errors import CatalogueError
from catalogue.queries import analyse

KNOWN = {
    "shop.sales": {"user_id": "text", "price": "decimal(10,2)", "day": "date"},
    "shop.users": {"user_id": "text", "country": "text"},
}
SALES, USERS = "shop.sales", "shop.users"


def test_values_and_what_decides_on_rows_are_told_apart_through_steps_and_unions() -> None:
    query = analyse(
        """
        with bought as (
            select sales.user_id, users.country, sum(sales.price) as spent
            from w.shop.sales as sales
            left join w.shop.users as users on sales.user_id = users.user_id
            where sales.day > date '2020-01-01'
            group by all
        ), members as (
            select user_id, spent, country from bought
            union all
            select 'unknown', 0, cast(null as text)
        )
        select user_id as buyer, spent * 2 as twice, count(*) as visits, 'x' as x
        from members group by 1, 2
        """,
        KNOWN,
        where="a test",
    )
    columns = query.columns
    assert {name: sorted(made.of) for name, made in columns.items()} == {
        "buyer": [(SALES, "user_id")],
        "twice": [(SALES, "price")],
        "visits": [],
        "x": [],
    }
    assert columns["visits"].here == {"COUNT(*)"}
    assert columns["x"].here == {"'x'"}
    assert query.rows >= {(SALES, "user_id"), (USERS, "user_id"), (SALES, "day")}
    assert query.reads == query.rows | {(SALES, "price"), (USERS, "country")}


def test_a_scalar_subquery_is_followed_into_its_own_table() -> None:
    query = analyse(
        "select (select max(country) from shop.users) as c from shop.sales", KNOWN, where="t"
    )
    assert query.columns["c"].of == {(USERS, "country")}


def test_a_column_passed_on_unchanged_is_told_from_one_that_is_computed() -> None:
    query = analyse(
        "select s.day as same, upper(s.user_id) as other from (select * from shop.sales) as s",
        KNOWN,
        where="t",
    )
    assert query.columns["same"].as_it_is
    assert not query.columns["other"].as_it_is


@pytest.mark.parametrize(
    "sql",
    ["select colour from shop.sales", "select s.colour from shop.sales as s", "select a.b from a"],
)
def test_what_is_not_there_is_an_error_that_names_the_query(sql: str) -> None:
    with pytest.raises(CatalogueError, match="model dim_colours"):
        analyse(sql, KNOWN, where="model dim_colours")
