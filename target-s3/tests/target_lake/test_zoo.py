"""A tap of our own making, piped into the target: every value is stored exactly."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from deftunes_sandbox.taps.zoo.keys import PROPERTIES, SEEN
from deftunes_sandbox.taps.zoo.names import NAMES
from deftunes_sandbox.taps.zoo.tap import WIDTH, messages
from deftunes_sandbox.taps.zoo.values import VALUES, Value

from .lakes import COMMAND, Lake
from .readers import READERS, Row

TAP = [sys.executable, "-m", "deftunes_sandbox.taps.zoo.tap"]

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("zoo")]


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """The whole zoo, loaded by `zoo-tap | target-s3`."""
    types = {value.name: value.configured for value in VALUES if value.configured}
    folder = tmp_path_factory.mktemp("zoo")
    lake = Lake(folder / "lake", {"streams": {"values": {"types": types}}})
    (folder / "config.json").write_text(json.dumps(lake.config), encoding="utf-8")
    with subprocess.Popen(TAP, stdout=subprocess.PIPE) as tap:
        target = subprocess.run(
            [str(COMMAND), "--config", str(folder / "config.json")],
            stdin=tap.stdout,
            capture_output=True,
            check=False,
        )
    assert tap.returncode == 0
    assert target.returncode == 0, target.stderr.decode()
    assert target.stdout == b'{"seen":1.10}\n'
    yield lake
    lake.close()


@pytest.fixture(scope="module", params=sorted(READERS))
def reader(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def seen(zoo: Lake, reader: str) -> dict[str, list[Row]]:
    """The rows of every table, as one of the readers sees them."""
    tables = [name for _, name in zoo.catalog.list_tables("default")]
    return {name: READERS[reader](zoo.table(name)) for name in tables}


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.name)
def test_a_value_is_read_as_it_was_sent(seen: dict[str, list[Row]], value: Value) -> None:
    sent, lacking = seen["values"]
    assert (sent["id"], lacking["id"]) == (1, 2)
    assert _same(sent[value.name], value.seen)
    assert lacking[value.name] is None


def test_a_column_may_have_any_name(seen: dict[str, list[Row]]) -> None:
    assert seen["names"] == [{"id": 1, **{name: name for name in NAMES}}]
    assert list(seen["names"][0]) == ["id", *NAMES]


def test_keys_that_are_nearly_the_same_name_rows_of_their_own(seen: dict[str, list[Row]]) -> None:
    expected = [dict(zip(PROPERTIES, row, strict=True)) for row in SEEN]
    assert seen["keys"] == sorted(expected, key=repr)


def test_a_stream_without_keys_keeps_rows_that_say_the_same(seen: dict[str, list[Row]]) -> None:
    assert seen["keyless"] == [{"n": 1}, {"n": 1}, {"n": 2}]


def test_hundreds_of_columns_are_kept_apart(seen: dict[str, list[Row]]) -> None:
    assert seen["wide"] == [{"id": 1, **{f"c{number}": number for number in range(WIDTH)}}]


def test_a_stream_that_sends_no_record_is_a_table_with_its_columns(
    zoo: Lake, seen: dict[str, list[Row]]
) -> None:
    assert seen["empty"] == seen["nothing"] == []
    columns = {column.name: str(column.field_type) for column in zoo.table("empty").schema().fields}
    load = {"ingest_on": "date", "processing_timestamp": "timestamp", "source_from": "string"}
    assert columns == {"id": "long", "day": "date", **load}
    assert [column.name for column in zoo.table("nothing").schema().fields] == list(load)


def test_a_stream_may_have_any_name(seen: dict[str, list[Row]]) -> None:
    assert seen["orders_2024_____v1"] == [{"id": 1}]


def test_the_zoo_once_more_commits_nothing(zoo: Lake) -> None:
    tables = [name for _, name in zoo.catalog.list_tables("default")]
    before = {name: zoo.snapshots(name) for name in tables}
    # rows without keys are appended, also when they come again
    zoo.load(*(text for text in messages() if '"stream":"keyless"' not in text.replace(" ", "")))
    assert {name: zoo.snapshots(name) for name in tables} == before


def _same(found: Any, seen: Any) -> bool:
    if isinstance(found, float) and math.copysign(1, found) != math.copysign(1, seen):
        return False
    return type(found) is type(seen) and bool(found == seen)
