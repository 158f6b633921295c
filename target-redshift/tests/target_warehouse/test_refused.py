"""What cannot be stored exactly is refused before the warehouse is asked anything."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from columnar_target.errors import RecordError
from deftunes_sandbox.taps.zoo.refused import REFUSED, Refused
from target_redshift.target import TargetRedshift

from .messages import WHOLE, record, schema

NOWHERE = {
    "host": "127.0.0.1",
    "port": 1,
    "database": "none",
    "user": "u",
    "password": "p",
    "staging_url": "s3://nowhere",
}


@pytest.mark.parametrize("value", REFUSED, ids=lambda value: value.name)
def test_what_a_column_cannot_hold_is_refused_by_stream_column_and_key(value: Refused) -> None:
    types = {"c": value.configured} if value.configured else {}
    config: dict[str, Any] = {**NOWHERE, "streams": {"zoo": {"types": types}}}
    lines = [
        json.dumps(schema("zoo", {"id": WHOLE, "c": value.declared})),
        json.dumps(record("zoo", id=7)),
        f'{{"type":"RECORD","stream":"zoo","record":{{"id":8,"c":{value.sent}}}}}',
    ]
    with pytest.raises(RecordError) as refused:
        TargetRedshift(config=config).listen(
            io.BytesIO("\n".join(lines).encode())  # type: ignore[arg-type]  # its reader reads bytes
        )
    sentence = str(refused.value)
    assert sentence.startswith(
        "Stream 'zoo': the value of column 'c' in the record with id=8 cannot be stored exactly"
    )
    assert len(value.kept) < 2 or value.kept not in sentence
