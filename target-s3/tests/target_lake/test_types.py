"""What `types` may say of a column; what becomes of values is in `test_zoo` and `test_refused`."""

from __future__ import annotations

import pytest

from columnar_target.errors import SchemaError
from columnar_target.records.columns import stream_columns
from columnar_target.records.types import type_named
from columnar_target.settings import StreamSettings


@pytest.mark.parametrize("name", ["decimal(39,2)", "decimal(2,3)", "text", "decimal(10)"])
def test_a_type_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(SchemaError, match="no type of this target"):
        type_named(name, where="column zoo.c")


def test_types_of_a_column_that_is_not_there_are_refused() -> None:
    settings = StreamSettings("zoo", types={"prise": "decimal(10,2)"})
    with pytest.raises(SchemaError, match="prise"):
        stream_columns("zoo", {"properties": {"price": {"type": "number"}}}, settings)
