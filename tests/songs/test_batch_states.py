"""Where an incremental read begins and ends: in batches just as in records."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Database
from .tap import Tap

pytestmark = [pytest.mark.heavy, pytest.mark.slow, pytest.mark.xdist_group("songs")]

KEYS = {
    "id": "integer",
    "price": "numeric(12, 2)",
    "free": "numeric",
    "ratio": "real",
    "day": "date",
    "plain": "timestamp",
    "zoned": "timestamptz",
    "clock": "time",
    "code": "text",
}
FILL = """
insert into {table} select id, {key} from (
  select n as id, n / 4.0 as price, n / 3.0 as free, n / 8.0 + 0.7 as ratio,
    date '2024-01-01' + n as day,
    timestamp '2024-03-30 20:00' + n * interval '0.5 hours' as plain,
    timestamptz '2024-10-26 20:00+00' + n * interval '0.5 hours' as zoned,
    time '01:00' + n * interval '1.5 seconds' as clock,
    'code ' || chr(64 + n) as code
  from generate_series({first}, {last}) as n) as news
"""


def test_states_are_those_of_the_record_mode_whatever_the_key(
    own_tap: Tap, database: Database
) -> None:
    for key, kind in KEYS.items():
        database.execute(f"create table by_{key} (n integer, {key} {kind})")
        database.execute(f"insert into by_{key} values (0, null)")
        database.execute(FILL.format(table=f"by_{key}", key=key, first=1, last=20))
    both: dict[str, Any] = {
        "catalog": own_tap.discovered(),
        "keys": {f"by_{key}": key for key in KEYS},
        "env": {"PGTZ": "Europe/Berlin"},  # whose summer time ends, and an hour comes twice
    }
    state = None
    for first, last in ((0, 20), (20, 20), (20, 25)):
        if last == 25:
            for key in KEYS:
                database.execute(FILL.format(table=f"by_{key}", key=key, first=21, last=25))
        recorded = own_tap.run(state=state, **both)
        batched = own_tap.run(state=state, **both, **own_tap.batches(batch_size=7))
        assert batched.states[-1] == recorded.states[-1]
        for key in KEYS:
            stream = f"{own_tap.schema}-by_{key}"
            read = [row["n"] for row in batched.table_of(stream).to_pylist()]
            assert read == [record["n"] for record in recorded.records_of(stream)]
            assert read == list(range(first, last + 1))
        state = recorded.states[-1]


def test_a_state_between_two_batches_is_that_of_the_records_up_to_there(
    own_tap: Tap, database: Database
) -> None:
    database.execute(
        "create table events as select n, timestamptz '2024-01-01' + n * interval '1 minute' as t "
        "from generate_series(1, 20500) as n"
    )
    catalog = own_tap.discovered()
    recorded = own_tap.run(catalog=catalog, keys={"events": "t"})
    batched = own_tap.run(
        catalog=catalog, keys={"events": "t"}, **own_tap.batches(batch_size=10_000)
    )
    assert [table.num_rows for table in batched.tables] == [10_000, 10_000, 500]
    bookmarks = [
        [state["bookmarks"][f"{own_tap.schema}-events"] for state in run.states]
        for run in (recorded, batched)
    ]
    for run in bookmarks:
        for bookmark in run:
            bookmark.pop("replication_key_signpost", None)  # when the run began
    records, batches = bookmarks
    assert batches[:2] == records[:2]
    assert batches[-1] == records[-1]
    assert batches[2] == {"starting_replication_value": None, **records[-1]}
    assert batched.kinds == ["SCHEMA", "BATCH", "STATE", "BATCH", "STATE", "BATCH", "STATE"]


def test_a_table_without_news_gives_no_batch_and_keeps_its_state(
    own_tap: Tap, database: Database
) -> None:
    database.execute("create table events (id integer)")
    catalog = own_tap.discovered()
    name = f"{own_tap.schema}-events"
    states = [
        {"bookmarks": {name: {"replication_key": "id", "replication_key_value": 7}}},
        None,
    ]
    for state in states:
        recorded = own_tap.run(catalog=catalog, keys={"events": "id"}, state=state)
        batched = own_tap.run(
            catalog=catalog, keys={"events": "id"}, state=state, **own_tap.batches()
        )
        assert batched.messages == recorded.messages
        assert "BATCH" not in batched.kinds
    assert not list(own_tap.files.glob("*"))


def test_a_key_that_means_another_thing_in_a_batch_is_refused(
    own_tap: Tap, database: Database
) -> None:
    database.execute("create table events (id integer, span interval)")
    catalog = own_tap.discovered()
    run = own_tap.run(catalog=catalog, keys={"events": "span"}, expect=1, **own_tap.batches())
    assert f"Replication key 'span' of table {own_tap.schema}.events is of a type" in run.words


@pytest.mark.parametrize("mode", ["RECORD", "BATCH"])
def test_a_key_that_is_not_selected_is_missed_in_a_sentence(
    own_tap: Tap, database: Database, mode: str
) -> None:
    database.execute("create table events (id integer, other integer)")
    settings = own_tap.batches() if mode == "BATCH" else {}
    run = own_tap.run(keys={"events": "id"}, without=["id"], expect=1, **settings)
    assert f"Replication key 'id' of stream '{own_tap.schema}-events' is not among" in run.words
    assert "Traceback" not in run.words
