"""What is found out of a load's keys before anything is compared."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_s3.iceberg.fields import Field
from target_s3.merging import keys
from target_s3.merging.keys import none_comes_twice

from .examples import examples

COLUMNS = [
    Field(name, number, "varchar", pa.string(), name)
    for number, name in enumerate(("artist", "title"), 1)
]
PAIRS = st.tuples(st.sampled_from("abc"), st.text("xyz", max_size=2))


@pytest.mark.parametrize("at_once", [2, 1_000])
def test_a_key_that_comes_twice_is_seen_in_one_turn_or_in_many(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "_HASHES_AT_ONCE", at_once)

    @examples(40)
    @given(st.lists(PAIRS, max_size=12))
    def asked(pairs: list[tuple[str, str]]) -> None:
        connection.execute("create or replace table arrived (c1 varchar, c2 varchar)")
        for pair in pairs:
            connection.execute("insert into arrived values (?, ?)", pair)
        found = none_comes_twice(connection, COLUMNS, len(pairs))
        assert found == (len(set(pairs)) == len(pairs))

    with duckdb.connect() as connection:
        asked()
