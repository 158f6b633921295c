"""The tap: writes Singer messages to standard output, as text of its own making.

Run as `python -m deftunes_sandbox.taps.zoo.tap`. No JSON library writes the values: they arrive as
they are written in the tables here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .keys import KEYS, PROPERTIES, SENT
from .names import NAMES
from .values import DEFINITIONS, TEXT, VALUES, Value

WIDTH = 800
ID = {"type": "integer"}


def messages(values: Sequence[Value] = VALUES, names: Sequence[str] = NAMES) -> Iterator[str]:
    """Every stream of the zoo, some of them interleaved.

    Args:
        values: The columns of the stream `values`.
        names: Those of the stream `names`.
    """
    declared = {"id": ID, **{value.name: value.declared for value in values}}
    yield _schema("values", declared, definitions=DEFINITIONS)
    yield _record("values", [("id", "1"), *((value.name, value.sent) for value in values)])
    yield _schema("empty", {"id": ID, "day": {"type": "string", "format": "date"}})
    yield _schema("nothing", {}, keys=())
    # a record that lacks every column but its key
    yield _record("values", [("id", "2")])

    yield _schema("names", {"id": ID, **dict.fromkeys(names, TEXT)})
    named = ((name, json.dumps(name)) for name in names)
    yield _record("names", [("id", "1"), *named])

    yield _schema("keys", PROPERTIES, keys=KEYS)
    for texts in SENT:
        yield _record("keys", zip(PROPERTIES, texts.split(","), strict=True))

    yield _schema("keyless", {"n": ID}, keys=())
    for number in (1, 1, 2):
        # what the schema does not name has no column
        yield _record("keyless", [("n", str(number)), ("unnamed", '{"a":1}')])

    yield _schema("wide", {"id": ID, **{f"c{number}": ID for number in range(WIDTH)}})
    yield _record("wide", [("id", "1"), *((f"c{n}", str(n)) for n in range(WIDTH))])

    yield _schema("Orders/2024 § é.v1", {"id": ID})
    yield _record("Orders/2024 § é.v1", [("id", "1")])
    yield '{"type":"STATE","value":{"seen":1.10}}'


def _schema(
    stream: str, properties: dict[str, Any], *, keys: Sequence[str] = ("id",), **more: Any
) -> str:
    body = {"type": "object", "properties": properties, **more}
    message = {"type": "SCHEMA", "stream": stream, "schema": body, "key_properties": keys}
    return json.dumps(message)


def _record(stream: str, values: Iterable[tuple[str, str]]) -> str:
    texts = ",".join(f"{json.dumps(name)}:{text}" for name, text in values)
    return f'{{"type":"RECORD","stream":{json.dumps(stream)},"record":{{{texts}}}}}'


if __name__ == "__main__":
    for message in messages():
        sys.stdout.buffer.write(message.encode() + b"\n")
