"""Schemas that change: the table grows, stays as it is, or the load stops, as the user says."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from columnar_target.errors import RecordError, SchemaError

from .lakes import Lake, Message, record, schema

WHOLE = {"type": "integer"}
TEXT = {"type": ["null", "string"]}
MODES = ["evolve", "freeze", "discard"]


def columns(lake: Lake, name: str = "s") -> dict[str, str]:
    """The table's own columns and their types, in order, without the load's."""
    load_columns = {"ingest_on", "processing_timestamp", "source_from"}
    fields = lake.table(name).schema().fields
    return {field.name: str(field.field_type) for field in fields if field.name not in load_columns}


def with_types(mode: str, **types: str) -> dict[str, Any]:
    return {"schema_changes": mode, "streams": {"s": {"types": types}}}


OLD = schema("s", {"id": WHOLE, "v": TEXT})
NEW = schema("s", {"id": WHOLE, "v": TEXT, "extra": TEXT})
NEW_ROW = record("s", id=2, v="b", extra="e")


def test_evolve_adds_a_column_and_older_rows_have_null(lake: Lake) -> None:
    lake.load(OLD, record("s", id=1, v="a"))
    lake.load(NEW, NEW_ROW)
    assert lake.rows("s") == [{"id": 1, "v": "a", "extra": None}, {"id": 2, "v": "b", "extra": "e"}]


def test_freeze_stops_at_a_new_column_before_anything_is_loaded(lake: Lake) -> None:
    lake.load(OLD, record("s", id=1, v="a"), schema_changes="freeze")
    with pytest.raises(SchemaError, match="'extra' of stream 's' is not in table"):
        lake.load(NEW, NEW_ROW, schema_changes="freeze")
    assert lake.rows("s") == [{"id": 1, "v": "a"}]
    assert columns(lake) == {"id": "long", "v": "string"}


@pytest.mark.slow
def test_discard_leaves_a_new_column_out_of_the_table_and_says_so(lake: Lake) -> None:
    lake.load(OLD, record("s", id=1, v="a"), schema_changes="discard")
    done = lake.run(NEW, NEW_ROW, schema_changes="discard")
    assert done.returncode == 0
    assert b"left out of table s, as schema_changes is discard: extra" in done.stderr
    assert lake.rows("s") == [{"id": 1, "v": "a"}, {"id": 2, "v": "b"}]


def test_what_is_discarded_is_still_in_the_landing_zone(lake: Lake) -> None:
    lake.load(OLD, record("s", id=1, v="a"), schema_changes="discard")
    lake.load(NEW, NEW_ROW, schema_changes="discard", landing_format="jsonl.gz")
    (file,) = lake.landed("s/**/*.jsonl.gz")
    assert gzip.decompress(file.read_bytes()) == b'{"id":2,"v":"b","extra":"e"}\n'


@pytest.mark.parametrize("mode", MODES)
def test_the_first_load_makes_the_table_whatever_the_mode(lake: Lake, mode: str) -> None:
    lake.load(NEW, NEW_ROW, schema_changes=mode)
    assert lake.rows("s") == [{"id": 2, "v": "b", "extra": "e"}]


@pytest.mark.parametrize("between", [True, False])
def test_a_column_that_is_new_within_a_run(lake: Lake, between: bool) -> None:
    """The same as between runs: what the run began with is what counts."""
    if between:
        lake.load(OLD, record("s", id=0, v="z"))
    messages: list[Message] = [OLD, record("s", id=1, v="a"), NEW, NEW_ROW]
    with pytest.raises(SchemaError, match="'extra' of stream 's' is not in table"):
        lake.load(*messages, schema_changes="freeze")
    assert lake.catalog.table_exists("default.s") == between

    lake.load(*messages, schema_changes="discard")
    assert columns(lake) == {"id": "long", "v": "string"}
    assert {row["id"]: row["v"] for row in lake.rows("s")} | {0: "z"} == {0: "z", 1: "a", 2: "b"}

    lake.load(*messages)
    assert columns(lake) == {"id": "long", "v": "string", "extra": "string"}
    assert lake.rows("s")[-1] == {"id": 2, "v": "b", "extra": "e"}


WIDENED = [("int", "long", "integer"), ("float", "double", "number"),
           ("decimal(4,1)", "decimal(9,1)", "number")]  # fmt: skip


@pytest.mark.parametrize(("narrow", "wide", "kind"), WIDENED)
def test_a_wider_column(lake: Lake, narrow: str, wide: str, kind: str) -> None:
    stream = schema("s", {"id": WHOLE, "n": {"type": kind}})
    big = 2**40 if kind == "integer" else 12345678.5
    lake.load(stream, record("s", id=1, n=7), **with_types("evolve", n=narrow))
    before = columns(lake)

    with pytest.raises(SchemaError, match="wider than in table"):
        lake.load(stream, record("s", id=2, n=8), **with_types("freeze", n=wide))
    # a value that the table's column can hold is stored, another stops the load
    lake.load(stream, record("s", id=2, n=8), **with_types("discard", n=wide))
    assert columns(lake) == before
    if narrow != "float":  # 12345678.5 is none of single precision's numbers either
        with pytest.raises(RecordError, match=r"'n' in the record with id=3 does not fit"):
            lake.load(stream, record("s", id=3, n=big), **with_types("discard", n=wide))
    assert [(row["id"], float(row["n"])) for row in lake.rows("s")] == [(1, 7.0), (2, 8.0)]

    lake.load(stream, record("s", id=3, n=big), **with_types("evolve", n=wide))
    assert [(row["id"], float(row["n"])) for row in lake.rows("s")][-1] == (3, float(big))


def test_a_double_that_single_precision_would_change_stops_a_discarding_load(lake: Lake) -> None:
    stream = schema("s", {"id": WHOLE, "n": {"type": "number"}})
    lake.load(stream, record("s", id=1, n=0.5), **with_types("discard", n="float"))
    with pytest.raises(RecordError, match="'n' in the record with id=2 does not fit"):
        lake.load(stream, record("s", id=2, n=0.1), **with_types("discard", n="double"))


@pytest.mark.parametrize("mode", MODES)
def test_a_narrower_column_leaves_the_table_as_it_is(lake: Lake, mode: str) -> None:
    stream = schema("s", {"id": WHOLE, "n": WHOLE})
    lake.load(stream, record("s", id=1, n=2**40))
    lake.load(stream, record("s", id=2, n=7), **with_types(mode, n="int"))
    assert columns(lake) == {"id": "long", "n": "long"}
    assert lake.rows("s") == [{"id": 1, "n": 2**40}, {"id": 2, "n": 7}]


@pytest.mark.parametrize("mode", MODES)
def test_another_type_stops_the_load_whatever_the_mode(lake: Lake, mode: str) -> None:
    lake.load(OLD, record("s", id=1, v="a"))
    other = schema("s", {"id": WHOLE, "v": {"type": "boolean"}})
    with pytest.raises(SchemaError, match=r"'v' of stream 's' is now boolean, and the table"):
        lake.load(other, record("s", id=2, v=True), schema_changes=mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_column_that_comes_no_more_is_null_in_rows_that_come(lake: Lake, mode: str) -> None:
    lake.load(OLD, record("s", id=1, v="a"), record("s", id=2, v="b"))
    lake.load(schema("s", {"id": WHOLE}), record("s", id=2), schema_changes=mode)
    assert lake.rows("s") == [{"id": 1, "v": "a"}, {"id": 2, "v": None}]


def test_a_name_that_differs_in_case_is_another_column(lake: Lake) -> None:
    lake.load(OLD, record("s", id=1, v="a"))
    renamed = schema("s", {"id": WHOLE, "V": TEXT})
    with pytest.raises(SchemaError, match="'V'"):
        lake.load(renamed, record("s", id=2, V="b"), schema_changes="freeze")
    lake.load(renamed, record("s", id=2, V="b"))
    assert lake.rows("s") == [{"id": 1, "v": "a", "V": None}, {"id": 2, "v": None, "V": "b"}]


@pytest.mark.parametrize("mode", MODES)
def test_a_column_that_becomes_nullable_takes_nulls(lake: Lake, mode: str) -> None:
    lake.load(schema("s", {"id": WHOLE, "n": WHOLE}, required=["n"]), record("s", id=1, n=1))
    nullable = schema("s", {"id": WHOLE, "n": {"type": ["null", "integer"]}})
    lake.load(nullable, record("s", id=2, n=None), schema_changes=mode)
    assert lake.rows("s") == [{"id": 1, "n": 1}, {"id": 2, "n": None}]


def test_keys_that_change_within_a_run_stop_the_load(lake: Lake) -> None:
    other = schema("s", {"id": WHOLE, "v": TEXT}, keys=["id", "v"])
    with pytest.raises(SchemaError, match=r"changes its keys from \['id'\] to \['id', 'v'\]"):
        lake.load(OLD, record("s", id=1, v="a"), other, record("s", id=1, v="b"))
    assert not lake.catalog.table_exists("default.s")

    lake.load(
        OLD,
        record("s", id=1, v="a"),
        other,
        record("s", id=1, v="b"),
        streams={"s": {"keys": ["id"]}},
    )
    assert lake.rows("s") == [{"id": 1, "v": "b"}]


def test_a_streams_own_setting_goes_before_the_general_one(lake: Lake) -> None:
    lake.load(OLD, record("s", id=1, v="a"))
    options = {"schema_changes": "freeze", "streams": {"s": {"schema_changes": "evolve"}}}
    lake.load(NEW, NEW_ROW, **options)
    assert columns(lake) == {"id": "long", "v": "string", "extra": "string"}


@pytest.mark.parametrize("mode", MODES)
def test_a_table_that_the_first_schema_makes_is_partitioned_as_asked(lake: Lake, mode: str) -> None:
    messages = [OLD, record("s", id=1, v="a")]
    if mode != "freeze":
        messages += [NEW, NEW_ROW]
    lake.load(*messages, schema_changes=mode, streams={"s": {"partition_by": ["ingest_on"]}})
    table = lake.table("s")
    (field,) = table.spec().fields
    assert table.schema().find_column_name(field.source_id) == "ingest_on"


def test_a_group_by_a_column_that_is_left_out_is_refused(lake: Lake) -> None:
    lake.load(OLD, record("s", id=1, v="a"))
    options = {"schema_changes": "discard", "streams": {"s": {"replace_by": ["extra"]}}}
    with pytest.raises(SchemaError, match="replace_by names column 'extra'"):
        lake.load(NEW, NEW_ROW, **options)


def test_the_targets_own_columns_go_into_a_frozen_table(lake: Lake) -> None:
    lake.load(OLD, record("s", id=1, v="a"))
    lake.load(OLD, record("s", id=1, v="a"), schema_changes="freeze", add_record_metadata=True)
    assert "_sdc_received_at" in columns(lake)
