"""Types of Arrow and what becomes of them: exactly what a record would have said, or refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from target_s3.errors import RecordError

from .lakes import Lake, record, schema
from .test_batch import batch

WHOLE = {"type": "integer"}


def load(lake: Lake, kind: pa.DataType, value: Any, part: Any, typed: str | None = None) -> Any:
    """Load one value by BATCH; what the column `c` then has."""
    rows = pa.Table.from_arrays([pa.array([1]), pa.array([value], kind)], names=["id", "c"])
    types = {"c": typed} if typed else {}
    message = batch(lake, rows, stream="zoo")
    lake.load(schema("zoo", {"id": WHOLE, "c": part}), message, streams={"zoo": {"types": types}})
    (row,) = lake.rows("zoo")
    return row["c"]


@pytest.mark.parametrize("kind", [pa.int8(), pa.int64(), pa.uint64()])
def test_whole_numbers_of_any_width_fit_a_price(lake: Lake, kind: pa.DataType) -> None:
    assert load(lake, kind, 7, {"type": "number"}, "decimal(10,2)") == Decimal("7.00")


LIST = {"type": ["null", "array"], "items": {"type": ["null", "integer"]}}
OBJECT = {"type": "object", "properties": {"a": {"type": "number"}}, "required": ["a"]}


@pytest.mark.parametrize("kind", [pa.string(), pa.dictionary(pa.int8(), pa.string())])
@pytest.mark.parametrize(
    ("part", "text", "stored"),
    [
        (LIST, "[1, 2, null]", "[1,2,null]"),
        (LIST, "null", None),
        (LIST, None, None),
        (OBJECT, '{"a": 1.10, "b": "\\u00fc"}', '{"a":1.10,"b":"ü"}'),
    ],
)
def test_json_in_a_text_is_the_list_or_object_that_the_schema_asks_for(
    lake: Lake, part: Any, text: str | None, stored: str | None, kind: pa.DataType
) -> None:
    assert load(lake, kind, text, part) == stored


@pytest.mark.parametrize(
    ("part", "text"),
    [(LIST, '["4711"]'), (LIST, '{"a":4711}'), (LIST, "4711]"), (OBJECT, '{"b":4711}')],
)
def test_json_in_a_text_that_is_none_or_breaks_the_schema_is_refused(
    lake: Lake, part: Any, text: str
) -> None:
    with pytest.raises(RecordError, match="column 'c' in the record with id=1 breaks") as refused:
        load(lake, pa.string(), text, part)
    assert "4711" not in str(refused.value)


def test_a_text_stays_as_it_is_where_the_schema_allows_texts(lake: Lake) -> None:
    part = {"type": ["string", "array"]}
    assert load(lake, pa.string(), "[1, 2]", part) == "[1, 2]"
    lake.load(schema("zoo", {"id": WHOLE, "c": part}), record("zoo", id=1, c="[1, 2]"))
    assert len(lake.snapshots("zoo")) == 1
