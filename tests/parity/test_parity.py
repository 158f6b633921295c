"""Both engines give the same gold of the same lake; a small world of what `make parity` does.

Its thinner slices in `make test`: tests/transform holds gold on Redshift against DuckDB's after
three loads, and tests/emulated builds with and without a lake.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import duckdb
import psycopg
import pytest

from tests.parity.comparison import Contents, class_of, differences, without_the_load
from tests.parity.days import days
from tests.parity.world import Parity, parity, settings

SIDES = ("DuckDB", "Redshift")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parity]:
    """Loaded on each of three days; built on the first, and when both others have come."""
    folder = tmp_path_factory.mktemp("parity")
    with parity(settings(songs=700, users=150, sessions_per_day=4), folder) as both:
        for number, day in enumerate(days(both.world)):
            both.load(day)
            if number != 1:
                both.build()
        both.build_native()
        yield both


@pytest.mark.heavy
@pytest.mark.xdist_group("parity")
def test_both_engines_hold_the_same_gold_after_late_changed_and_deleted_rows(both: Parity) -> None:
    here, there = both.contents()

    assert list(differences(here, there, SIDES)) == []
    # none of them for want of rows
    assert [table for table, contents in here.items() if not contents.rows] == []
    # and it is the gold of what the sources hold by now; a row that was set aside is as it was
    purchased = {
        (key, index)
        for key, session in both.world.sessions.items()
        for index, _ in enumerate(session["session_items"])
    }
    facts = there["deftunes_serving.fact_session"]
    names = [name for name, _ in facts.columns]
    keys = [names.index(name) for name in ("session_id", "item_index")]
    assert {tuple(row[key] for key in keys) for row in facts.rows} == purchased


@pytest.mark.heavy
@pytest.mark.xdist_group("parity")
def test_redshift_holds_the_same_gold_without_a_lake(both: Parity) -> None:
    lake, native = both.contents()[0], both.native_contents()

    told = differences(without_the_load(lake), without_the_load(native), ("lake", "no lake"))
    assert list(told) == []


@pytest.mark.heavy
@pytest.mark.xdist_group("parity")
def test_a_cent_that_differs_is_printed_as_a_row_of_each_side(both: Parity) -> None:
    one = "(select session_item_key from deftunes_serving.fact_session order by 1 limit 1)"
    cent = "update deftunes_serving.fact_session set price = price + 0.01 where session_item_key = "
    with psycopg.connect(both.address.url(), autocommit=True) as connection:
        connection.execute(f"{cent}{one}".encode())
        here, there = both.contents()
        connection.execute(f"{cent.replace('+', '-')}{one}".encode())

    (ours, theirs) = differences(here, there, SIDES)
    assert ours.startswith("deftunes_serving.fact_session: only in DuckDB (1 rows): ")
    assert theirs.startswith("deftunes_serving.fact_session: only in Redshift (1 rows): ")
    (before, after) = (Decimal(line.split("price=Decimal('")[1][:4]) for line in (ours, theirs))
    assert after - before == Decimal("0.01")


def test_types_of_another_class_are_told() -> None:
    rows = Counter([(1,)])
    here = {"gold.t": Contents([("n", class_of("INTEGER"))], rows)}
    there = {"gold.t": Contents([("n", class_of("decimal(10,0)"))], rows), "gold.u": here["gold.t"]}

    (told, missing) = differences(here, there, SIDES)
    assert told == (
        "gold.t: columns [('n', 'integer')] in DuckDB, [('n', 'decimal, 0 digits')] in Redshift"
    )
    assert missing == "gold.u is only in Redshift"


def test_every_type_of_duckdb_and_its_like_in_redshift_are_of_one_class() -> None:
    pairs = [
        ("BIGINT", "int8"),
        ("INTEGER", "int4"),
        ("DECIMAL(38,2)", "decimal(38,2)"),
        ("VARCHAR", "varchar"),
        ("FLOAT", "float4"),
        ("DOUBLE", "float8"),
        ("BOOLEAN", "bool"),
        ("DATE", "date"),
        ("TIMESTAMP", "timestamp"),
    ]
    for ours, theirs in pairs:
        kind = duckdb.sql(f"select typeof(cast(null as {ours}))").fetchall()[0][0]
        assert class_of(kind) == class_of(theirs), (ours, theirs)


def test_the_same_row_twice_is_not_the_same_as_once() -> None:
    columns = [("n", "integer")]
    once, twice = Contents(columns, Counter([(1,)])), Contents(columns, Counter([(1,), (1,)]))
    (told,) = differences({"t": once}, {"t": twice}, SIDES)
    assert told == "t: only in Redshift (1 rows): n=1"
