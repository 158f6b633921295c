"""Names as Redshift takes them. (The stand-in's PostgreSQL cuts names at 63 bytes.)"""

from __future__ import annotations

import hashlib

import pytest

from columnar_target.errors import SchemaError
from target_redshift.columns.names import column_name

MARKS = {
    "n" * 300: "n" * 118 + "_230b0774",
    # cut between two letters, not in the middle of one
    "é" * 64: "é" * 59 + "_845836d7",
}
"""What `sha256sum` says of the names."""


@pytest.mark.parametrize("name", MARKS)
def test_a_name_that_is_too_long_is_cut_and_marked(name: str) -> None:
    assert column_name(name, "s") == MARKS[name]
    assert len(MARKS[name].encode()) <= 127


def test_long_names_that_begin_alike_stay_apart() -> None:
    names = {column_name("n" * 200 + str(number), "s") for number in range(100)}
    assert len(names) == 100


def test_a_name_of_127_bytes_stays_as_it_is() -> None:
    assert column_name("é" * 63 + "x", "s") == "é" * 63 + "x"


def test_the_mark_is_that_of_the_name_in_lower_case() -> None:
    mark = hashlib.sha256(b"n" * 300).hexdigest()[:8]
    assert column_name("N" * 300, "s").endswith(mark)


@pytest.mark.parametrize("name", ["", "a\0b", "\ud800"])
def test_a_name_that_no_table_can_have_is_refused(name: str) -> None:
    with pytest.raises(SchemaError, match="which no table can have"):
        column_name(name, "s")
