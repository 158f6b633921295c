"""The records of JSON files: objects by name or by JSONPath, arrays by JSONPath.

See "COPY from JSON format" (copy-usage_notes-copy-from-json).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import IO, Any

from deftunes_redshift.errors import RedshiftError
from deftunes_redshift.transfer.copy_statement import CopyStatement
from deftunes_redshift.transfer.s3 import S3
from deftunes_redshift.transfer.super_values import Number, serialized
from deftunes_redshift.transfer.target import Target
from deftunes_redshift.transfer.text_lines import Malformed, Record

_LARGEST = 4 << 20  # bytes of one object
_AT_ONCE = 1 << 20  # characters
_STEP = re.compile(r"\.([^.\[\]']+)|\['([^']+)'\]|\[(\d+)\]")
_PICKED = Callable[[Any], "list[str | None]"]
_DECODER = json.JSONDecoder(parse_int=Number, parse_float=Number, parse_constant=Number)


class JsonRecords:
    """Tells JSON objects into the fields of a table.

    Args:
        target: The table.
        statement: The COPY.
        s3: Where a JSONPaths file is.

    Raises:
        RedshiftError: The JSONPaths file cannot be read.
    """

    def __init__(self, target: Target, statement: CopyStatement, s3: S3) -> None:
        self._skipped = statement.count("ignoreheader")
        self._pick = _picker(target, statement, s3)

    def of(self, text: IO[str]) -> Iterator[Record | Malformed]:
        """Tell the objects of a file, which stand one after the other."""
        for _ in range(self._skipped):
            text.readline()
        line = self._skipped
        buffer = ""
        while True:
            start = len(buffer) - len(buffer.lstrip())
            line += buffer.count("\n", 0, start)
            buffer = buffer[start:]
            try:
                value, end = _DECODER.raw_decode(buffer)
            except ValueError:
                more = text.read(_AT_ONCE)
                if more and len(buffer) <= _LARGEST:
                    buffer += more
                    continue
                if buffer.strip():
                    last = line + buffer.count("\n") + 1
                    yield Malformed(last, buffer[:1024], 1224, "Invalid JSON")
                return
            shown, buffer = buffer[:end], buffer[end:]
            line += shown.count("\n")
            yield self._record(value, shown, line + 1)

    def _record(self, value: Any, shown: str, line: int) -> Record | Malformed:
        if len(shown.encode("utf-8", "surrogateescape")) > _LARGEST:
            return Malformed(line, shown[:1024], 1224, "JSON object is larger than 4 MB")
        try:
            return Record(line, shown, self._pick(value))
        except (LookupError, TypeError) as error:
            return Malformed(line, shown[:1024], 1224, str(error).strip("'"))


def _picker(target: Target, statement: CopyStatement, s3: S3) -> _PICKED:
    names = [column.name for column in target.columns]
    if statement.json == "noshred":
        if len(names) != 1 or target.columns[0].type != "super":
            raise RedshiftError("JSON 'noshred' needs one column, which is a SUPER", "22023")
        return lambda value: [serialized(value)]
    if statement.json.startswith("s3://"):
        paths = _paths(s3.content(statement.json), statement.json)
        if paths is not None:
            if len(paths) != len(names):
                raise RedshiftError(
                    "Number of jsonpaths and the number of columns should match. "
                    f"JSONPath size: {len(paths)}, Number of columns in table or column list: "
                    f"{len(names)}",
                    "22023",
                )
            return lambda value: [_text(_followed(value, path)) for path in paths]
    fold = statement.json == "auto ignorecase"

    def by_name(value: Any) -> list[str | None]:
        if not isinstance(value, dict):
            raise TypeError("Invalid JSONPath format: a JSON array needs a JSONPaths file")
        if fold:
            value = {str(key).lower(): item for key, item in value.items()}
        return [_text(value.get(name)) for name in names]

    return by_name


def _paths(content: bytes, url: str) -> list[list[str | int]] | None:
    """The paths of a JSONPaths file; None if it has another name for them: then `auto` holds."""
    try:
        described = json.loads(content)
        written = described.get("jsonpaths")
    except (ValueError, AttributeError) as error:
        raise RedshiftError(f"Invalid JSONPaths file {url}: one JSON object is needed") from error
    if written is None:
        return None
    return [_path(path) for path in written]


def _path(written: Any) -> list[str | int]:
    steps = list(_STEP.finditer(written)) if isinstance(written, str) else []
    if not steps or f"${''.join(step[0] for step in steps)}" != written:
        raise RedshiftError(f"Invalid JSONPath format: {written!r}", "22023")
    return [int(step[3]) if step[3] else (step[1] or step[2]) for step in steps]


def _followed(value: Any, path: list[str | int]) -> Any:
    for step in path:
        if isinstance(step, int):
            if not isinstance(value, list) or step >= len(value):
                raise LookupError("Invalid JSONPath format: Not an array or index out of range.")
            value = value[step]
        else:
            value = value.get(step) if isinstance(value, dict) else None
            if value is None:
                return None
    return value


def _text(value: Any) -> str | None:
    if value is None or type(value) is str:
        return value
    return serialized(value)
