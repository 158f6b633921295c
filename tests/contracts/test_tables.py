"""A drift between the tables of a lake and their contracts is told by the field's name.

That there is none to be told of in tables that a load has made, tests/line says.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from catalogue.contracts.files import FOLDER, read_contracts
from catalogue.contracts.tables import unlike
from catalogue.inputs import ROOT

Tables = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def contracts() -> dict[str, Any]:
    return read_contracts(ROOT / FOLDER)


@pytest.fixture
def tables(contracts: dict[str, Any]) -> Tables:
    """Tables as Iceberg tells of them, which are as they should be."""
    promised = {
        name.removeprefix("lake-"): contract["schema"][0]["properties"]
        for name, contract in contracts.items()
        if name.startswith("lake-")
    }
    found = {
        name: {one["name"]: str(one["physicalType"]) for one in columns}
        for name, columns in promised.items()
    }
    found["session_items"]["price"] = "decimal(10, 2)"  # as Iceberg spells it
    assert unlike(contracts, found) == []
    return found


def retype(tables: Tables) -> None:
    tables["session_items"]["price"] = "double"


def lose(tables: Tables) -> None:
    del tables["users"]["user_lastname"]


def gain(tables: Tables) -> None:
    tables["songs"]["mood"] = "string"


def lose_a_table(tables: Tables) -> None:
    del tables["sessions"]


def gain_a_table(tables: Tables) -> None:
    tables["moods"] = {}


HERE = "its contract in docs/contracts."


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            retype,
            f"session_items.price is double in the Iceberg table, and decimal(10,2) in {HERE}",
        ),
        (lose, f"users.user_lastname is absent in the Iceberg table, and string in {HERE}"),
        (gain, f"songs.mood is string in the Iceberg table, and absent in {HERE}"),
        (lose_a_table, "sessions is no Iceberg table."),
        (gain_a_table, "The Iceberg table moods has no contract in docs/contracts."),
    ],
)
def test_a_table_that_is_not_as_promised_is_told_by_the_fields_name(
    contracts: dict[str, Any], tables: Tables, change: Callable[[Tables], None], says: str
) -> None:
    changed = copy.deepcopy(tables)
    change(changed)
    assert unlike(contracts, changed) == [says]
