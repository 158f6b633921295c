"""The records of text files: fields with a delimiter between, with or without CSV's quotes."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import pyarrow as pa

from deftunes_redshift.transfer.copy_statement import CopyStatement

_PRESSED_BY_NAME = {".gz": "gzip", ".bz2": "bzip2", ".zst": "zstd"}


@dataclass(frozen=True)
class Record:
    """A row of a file, as it came.

    Attributes:
        line: Number of its (last) line, from 1.
        text: The line.
        fields: Its fields; None where JSON has none.
    """

    line: int
    text: str
    fields: list[str | None]


@dataclass(frozen=True)
class Malformed:
    """A record that cannot be told into fields.

    Attributes:
        line: Number of its (last) line.
        text: The line.
        code: Redshift's number of the error.
        reason: Why.
    """

    line: int
    text: str
    code: int
    reason: str


def opened_text(content: IO[bytes], statement: CopyStatement) -> IO[str]:
    """Read a file as text; bytes that are no UTF-8 come as lone surrogates."""
    plain: Any
    if statement.compression == "gzip":
        plain = gzip.GzipFile(fileobj=content, mode="rb")
    elif statement.compression == "bzip2":
        plain = bz2.BZ2File(content)
    elif statement.compression == "zstd":
        plain = pa.CompressedInputStream(pa.PythonFile(content, mode="r"), "zstd")
    else:
        plain = content
    raw = io.BufferedReader(_Raw(plain))  # type: ignore[type-var]  # typeshed wants more
    return io.TextIOWrapper(raw, "utf-8", errors="surrogateescape", newline="")


class _Raw(io.RawIOBase):
    """What gives bytes, as the standard library wants it."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # a writable buffer
        content = self._source.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)


def records_of(text: IO[str], statement: CopyStatement) -> Iterator[Record | Malformed]:
    """Tell a file's lines into fields.

    Yields:
        Each record, or why it is none.
    """
    skipped = statement.count("ignoreheader")
    told = _csv_records if statement.format == "CSV" else _delimited_records
    for record in told(text, statement):
        if record.line <= skipped:
            continue
        if not record.text.strip() and statement.flag("ignoreblanklines"):
            continue
        yield record


def _csv_records(text: IO[str], statement: CopyStatement) -> Iterator[Record | Malformed]:
    lines = _Lines(text)
    reader = csv.reader(
        lines,
        delimiter=statement.text("delimiter", ","),
        quotechar=statement.text("quote", '"'),
        strict=True,
    )
    while True:
        lines.taken.clear()
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error:
            shown = "".join(lines.taken).rstrip("\r\n")
            yield Malformed(reader.line_num, shown, 1214, "Invalid quote formatting for CSV")
            continue
        shown = "".join(lines.taken).rstrip("\r\n")
        yield Record(reader.line_num, shown, list(fields) or [""])


class _Lines:
    """Lines that are remembered until a record is complete."""

    def __init__(self, text: IO[str]) -> None:
        self._text = text
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for line in self._text:
            self.taken.append(line)
            yield line


def _delimited_records(text: IO[str], statement: CopyStatement) -> Iterator[Record | Malformed]:
    splitter = _Splitter(
        statement.text("delimiter", "|"), statement.flag("escape"), statement.flag("removequotes")
    )
    pending = ""
    for number, line in enumerate(text, 1):
        pending += line.rstrip("\n").removesuffix("\r")
        if splitter.escape and _is_open(pending):
            pending += "\n"
            continue
        fields = splitter.fields(pending)
        if fields is None:
            yield Malformed(number, pending, 1216, "Missing closing quote of a field")
        else:
            yield Record(number, pending, fields)
        pending = ""


def _is_open(line: str) -> bool:
    """Whether a line ends in a backslash that escapes its end."""
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


@dataclass(frozen=True)
class _Splitter:
    r"""Splits lines at a delimiter; an escaped `\N` stays, for it means NULL."""

    delimiter: str
    escape: bool
    quotes: bool

    def fields(self, line: str) -> list[str | None] | None:
        """Split a line; None if a quote is not closed."""
        if not self.escape and not self.quotes:
            return [*line.split(self.delimiter)]
        found: list[str | None] = []
        field: list[str] = []
        quote = ""
        characters = iter(line)
        for character in characters:
            if self.escape and character == "\\":
                escaped = next(characters, "")
                field.append("\\N" if escaped == "N" else escaped)
            elif quote:
                if character == quote:
                    quote = ""
                else:
                    field.append(character)
            elif character == self.delimiter:
                found.append("".join(field))
                field = []
            elif self.quotes and not field and character in "\"'":
                quote = character
            else:
                field.append(character)
        return None if quote else [*found, "".join(field)]
