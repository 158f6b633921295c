"""What cannot be stored exactly: one sentence without the value, or text if it is told to."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from singer_sdk.exceptions import MissingKeyPropertiesError
from singer_sdk.singerlib.exceptions import InvalidInputLine

from columnar_target.errors import RecordError, SchemaError
from deftunes_sandbox.taps.zoo.refused import BREAKS_ITS_SCHEMA, REFUSED, Refused
from target_s3.target import TargetS3

from .lakes import Lake, record, schema
from .readers import READERS

ID = {"type": "integer"}
KEY = "id=8"


def _sent(text: str, column: str = "c") -> str:
    """A RECORD whose value is this JSON text, or what a tap takes for JSON."""
    return f'{{"type":"RECORD","stream":"zoo","record":{{"id":8,"{column}":{text}}}}}'


def _sentence(lake: Lake, declared: Any, text: str, **config: Any) -> str:
    """What a load says that refuses a value after one that it took."""
    with pytest.raises(RecordError) as refused:
        lake.load(
            schema("zoo", {"id": ID, "c": declared}, additionalProperties=False),
            record("zoo", id=7),
            _sent(text),
            **config,
        )
    assert not lake.catalog.namespace_exists("default")
    return str(refused.value)


@pytest.mark.parametrize("value", REFUSED, ids=lambda value: value.name)
def test_what_a_column_cannot_hold_is_refused_by_stream_column_and_key(
    lake: Lake, value: Refused
) -> None:
    types = {"c": value.configured} if value.configured else {}
    sentence = _sentence(lake, value.declared, value.sent, streams={"zoo": {"types": types}})
    assert sentence.startswith(
        f"Stream 'zoo': the value of column 'c' in the record with {KEY} cannot be stored exactly"
    )
    assert len(value.kept) < 2 or value.kept not in sentence


def test_text_on_request_keeps_all_that_was_refused(lake: Lake) -> None:
    columns = {value.name: value.declared for value in REFUSED}
    values = ",".join(f'"{value.name}":{value.sent}' for value in REFUSED)
    lake.load(
        schema("zoo", {"id": ID, **columns}),
        f'{{"type":"RECORD","stream":"zoo","record":{{"id":8,{values}}}}}',
        streams={"zoo": {"types": dict.fromkeys(columns, "string")}},
    )
    for read in READERS.values():
        (row,) = read(lake.table("zoo"))
        assert row == {"id": 8, **{value.name: value.kept for value in REFUSED}}


@pytest.mark.parametrize(
    ("declared", "text", "words"),
    [broken[1:] for broken in BREAKS_ITS_SCHEMA],
    ids=[broken[0] for broken in BREAKS_ITS_SCHEMA],
)
def test_what_breaks_its_schema_is_refused_by_stream_column_key_and_rule(
    lake: Lake, declared: Any, text: str, words: str
) -> None:
    sentence = _sentence(lake, declared, text)
    assert sentence.startswith(f"Stream 'zoo': the value of column 'c' in the record with {KEY} ")
    assert words in sentence
    assert "4711" not in sentence.replace(words, "")


def test_without_validation_text_on_request_keeps_what_broke_its_schema(lake: Lake) -> None:
    columns = {name: declared for name, declared, *_ in BREAKS_ITS_SCHEMA}
    texts = {name: text for name, _, text, _ in BREAKS_ITS_SCHEMA}
    values = ",".join(f'"{name}":{text}' for name, text in texts.items())
    lake.load(
        schema("zoo", {"id": ID, **columns}),
        f'{{"type":"RECORD","stream":"zoo","record":{{"id":8,{values}}}}}',
        streams={"zoo": {"types": dict.fromkeys(columns, "string")}},
        validate_records=False,
    )
    kept = {name: text.strip('"') if text != "null" else None for name, text in texts.items()}
    assert lake.rows("zoo") == [{"id": 8, **kept, "inside": '{"4711":"4711"}'}]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"c": "4711"}, "rule 'required': must, need"),
        ({"c": "4711", "must": 1, "need": 1, "odd": 1}, "rule 'additionalProperties'"),
    ],
)
def test_a_record_that_breaks_its_schema_as_a_whole_is_refused_by_its_key(
    lake: Lake, values: dict[str, Any], words: str
) -> None:
    properties = {"id": ID, "c": {"type": "string"}, "must": ID, "need": ID}
    required = ["id", "must", "need"]
    with pytest.raises(RecordError) as refused:
        lake.load(
            schema("zoo", properties, required=required, additionalProperties=False),
            record("zoo", id=8, **values),
        )
    assert f"Stream 'zoo': the record with {KEY} breaks" in str(refused.value)
    assert words in str(refused.value)
    assert "4711" not in str(refused.value)


@pytest.mark.parametrize(
    "value",
    [
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b'{"inside":["\\ud83d"]}',
        '"M\u00fcller"'.encode("latin1"),
    ],
    ids=["half", "wrong way round", "inside", "latin-1"],
)
def test_text_that_is_no_unicode_is_refused_by_name(lake: Lake, value: bytes) -> None:
    opening = json.dumps(schema("zoo", {"id": ID, "c": {"type": ["string", "object"]}})).encode()
    line = _sent("VALUE").encode().replace(b"VALUE", value)
    with pytest.raises(RecordError) as refused:
        TargetS3(config=lake.config).listen(io.BytesIO(opening + b"\n" + line))  # type: ignore[arg-type]
    assert f"column 'c' in the record with {KEY} holds text that is no Unicode" in str(
        refused.value
    )
    assert "ller" not in str(refused.value)


@pytest.mark.parametrize("bad", ['"\\ud800"', "NaN", "1e99999999999999999999"])
@pytest.mark.parametrize("kind", ["SCHEMA", "STATE"])
def test_a_message_without_a_record_has_to_be_json(lake: Lake, kind: str, bad: str) -> None:
    opening = schema("zoo", {"id": ID})
    line = json.dumps({**opening, "type": kind, "value": "BAD", "key_properties": ["BAD"]})
    with pytest.raises(InvalidInputLine, match="Line 2 of the input is no JSON message"):
        lake.load(opening, line.replace('"BAD"', bad))


def test_a_schema_that_only_means_itself_is_refused(lake: Lake) -> None:
    endless = {"allOf": [{"$ref": "#/properties/c"}]}
    with pytest.raises(RecordError, match=f"'zoo': the record with {KEY} .* nested too deep"):
        lake.load(schema("zoo", {"id": ID, "c": endless}), record("zoo", id=8, c=4711))


@pytest.mark.parametrize("values", [{"id": 8, "k": None}, {"id": 8}])
def test_a_key_that_is_null_or_not_there_is_refused_by_name(
    lake: Lake, values: dict[str, Any]
) -> None:
    with pytest.raises((RecordError, MissingKeyPropertiesError), match=r"Stream 'zoo': .*\bk\b"):
        lake.load(
            schema("zoo", {"id": ID, "k": {"type": ["null", "string"]}}, ["id", "k"]),
            record("zoo", **values),
        )


def test_a_key_is_shown_on_one_line_and_cut_if_it_is_long(lake: Lake) -> None:
    text = {"type": "string"}
    with pytest.raises(RecordError) as refused:
        lake.load(
            schema("zoo", {"a": text, "b": text, "c": ID}, ["a", "b"]),
            record("zoo", a="x" * 1000, b="1\n2", c=2**63),
        )
    assert f"a={'x' * 60}…, b='1\\n2' cannot be" in str(refused.value)


def test_records_of_a_stream_without_columns_are_refused(lake: Lake) -> None:
    with pytest.raises(SchemaError, match="'zoo' sends records, and its schema has no properties"):
        lake.load(schema("zoo", {}, []), record("zoo", id=1))
