"""What is found out of a load's keys before anything is compared."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from columnar_target.relations import latest
from columnar_target.relations.latest import none_comes_twice

PAIRS = st.tuples(st.sampled_from("abc"), st.text("xyz", max_size=2))


@pytest.mark.parametrize("at_once", [2, 1_000])
def test_a_key_that_comes_twice_is_seen_in_one_turn_or_in_many(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latest, "_HASHES_AT_ONCE", at_once)

    @settings(max_examples=40, deadline=None)
    @given(st.lists(PAIRS, max_size=12))
    def asked(pairs: list[tuple[str, str]]) -> None:
        connection.execute("create or replace table arrived (artist varchar, title varchar)")
        for pair in pairs:
            connection.execute("insert into arrived values (?, ?)", pair)
        found = none_comes_twice(connection, "artist, title", len(pairs))
        assert found == (len(set(pairs)) == len(pairs))

    with duckdb.connect() as connection:
        asked()
