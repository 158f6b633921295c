"""The SDK's standard suite, and what it leaves out: reading back by SQL what was written.

The suite passes a target that writes nothing, so what its streams hold stands in `golden`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files

import pytest
from singer_sdk.testing import SuiteConfig, get_target_test_class
from singer_sdk.testing.runners import TargetTestRunner

from columnar_target.errors import StorageError
from target_redshift.target import TargetRedshift

from .golden import GOLDEN, REFUSED
from .warehouses import Warehouse

STREAMS = {
    path.name.removesuffix(".singer"): path.read_text(encoding="utf-8").splitlines()
    for path in sorted(
        files("singer_sdk.testing.target_test_streams").iterdir(), key=lambda path: path.name
    )
    if path.name.endswith(".singer")
}
NUL = '\\u0000 \\u0041 \\u0001"'
"""How records end that hold a NUL, which the stand-in's PostgreSQL keeps nowhere."""


SUITE = SuiteConfig()


@pytest.mark.heavy
class TestStandardTarget(
    get_target_test_class(target_class=TargetRedshift, suite_config=SUITE)  # type: ignore[misc]
):
    """The suite, each test into a schema of its own."""

    @pytest.fixture
    def runner(self, warehouse: Warehouse) -> TargetTestRunner:
        return TargetTestRunner(TargetRedshift, config=warehouse.config, suite_config=SUITE)

    @pytest.fixture
    def resource(self) -> None:
        return None

    def test_target_encoded_string_data(self, warehouse: Warehouse) -> None:
        """Its NULs are a difference of the stand-in."""
        assert _refusal(warehouse, "encoded_string_data")


def test_the_suite_has_no_file_that_is_not_read_back_here() -> None:
    assert len(STREAMS) == 20
    assert REFUSED.keys() < STREAMS.keys()


@pytest.fixture(scope="module")
def loaded(redshift: Warehouse) -> Iterator[Warehouse]:
    """All streams that are not to be refused, in one input."""
    lines = [line for name, found in STREAMS.items() if name not in REFUSED for line in found]
    with redshift.own_schema("golden") as warehouse:
        warehouse.load(*(json.loads(line) for line in lines if not _holds_nul(line)))
        yield warehouse


@pytest.mark.parametrize("table", GOLDEN)
def test_what_the_suite_sends_is_what_sql_sees(loaded: Warehouse, table: str) -> None:
    rows = [tuple(row.values()) for row in loaded.rows(table)]
    assert sorted(rows, key=repr) == sorted(GOLDEN[table], key=repr)


def test_no_table_is_there_that_the_suite_did_not_send(loaded: Warehouse) -> None:
    assert set(loaded.columns()) - {"target_redshift_loads"} == set(GOLDEN)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_the_suite_expects_to_fail_fails_with_a_reason(
    warehouse: Warehouse, name: str
) -> None:
    with pytest.raises(Exception, match=REFUSED[name]):
        warehouse.load(*map(json.loads, STREAMS[name]))
    assert warehouse.columns() == {}


def test_a_text_that_the_warehouse_refuses_is_told_by_row_and_column(warehouse: Warehouse) -> None:
    sentence = _refusal(warehouse, "encoded_string_data")
    assert "row 11" in sentence
    assert "column 'info'" in sentence
    assert "Control" not in sentence


def _holds_nul(line: str) -> bool:
    return f": {NUL}" in line or f'": "{NUL}' in line


def _refusal(warehouse: Warehouse, name: str) -> str:
    with pytest.raises(StorageError, match="NUL") as refused:
        warehouse.load(*map(json.loads, STREAMS[name]))
    return str(refused.value)
