"""The rows of text and JSON files, as the CSV that PostgreSQL loads."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import IO

from deftunes_redshift.transfer.copy_statement import CopyStatement
from deftunes_redshift.transfer.faults import Fault, UnfitError
from deftunes_redshift.transfer.json_records import JsonRecords
from deftunes_redshift.transfer.s3 import S3, SourceFile
from deftunes_redshift.transfer.target import Target
from deftunes_redshift.transfer.text_lines import Malformed, Record, opened_text, records_of
from deftunes_redshift.transfer.text_values import BadValueError, FieldReader

_AT_ONCE = 1 << 20  # characters
_MORE, _FEWER = (1202, "Extra column(s) found"), (1203, "Delimiter not found")
Records = Callable[[IO[str]], Iterator[Record | Malformed]]


def text_rows(
    files: Iterable[SourceFile],
    target: Target,
    statement: CopyStatement,
    s3: S3,
    tolerated: list[Fault],
) -> Iterator[bytes]:
    """Read files as a table's rows.

    Args:
        files: The files.
        target: The table.
        statement: The COPY.
        s3: Where the files are.
        tolerated: Gets what MAXERROR lets pass.

    Raises:
        UnfitError: Too many rows do not fit.
        RedshiftError: S3 refuses.
    """
    most = statement.count("maxerror") or 1
    readers = [FieldReader(column, statement) for column in target.columns]
    records: Records = lambda text: records_of(text, statement)  # noqa: E731 - one of two
    if statement.format == "JSON":
        records = JsonRecords(target, statement, s3).of
    for file in files:
        with s3.opened(file) as content:
            rows = _Csv()
            for record in _whole(records(opened_text(content, statement))):
                row = _row(record, file, target, readers, statement)
                if isinstance(row, Fault):
                    tolerated.append(row)
                    if len(tolerated) >= most and not statement.flag("ignoreallerrors"):
                        raise UnfitError(tuple(tolerated))
                elif rows.add(row) > _AT_ONCE:
                    yield rows.taken()
            yield rows.taken()


def _whole(records: Iterator[Record | Malformed]) -> Iterator[Record | Malformed]:
    """The records, and at their end whether the file is what it is pressed with."""
    try:
        yield from records
    except (EOFError, OSError, zlib.error):
        yield Malformed(0, "", 1200, "The file is not compressed as the command says")


class _Csv:
    """Rows as CSV: values in quotes, NULL as nothing."""

    def __init__(self) -> None:
        self._text = io.StringIO(newline="")

    def add(self, row: list[str | None]) -> int:
        """Add a row, and tell how many characters there are."""
        self._text.write(",".join("" if value is None else _quoted(value) for value in row) + "\n")
        return self._text.tell()

    def taken(self) -> bytes:
        """Take what there is."""
        content = self._text.getvalue().encode()
        self._text = io.StringIO(newline="")
        return content


def _quoted(value: str) -> str:
    doubled = value.replace('"', '""')
    return f'"{doubled}"'


def _row(
    record: Record | Malformed,
    file: SourceFile,
    target: Target,
    readers: list[FieldReader],
    statement: CopyStatement,
) -> list[str | None] | Fault:
    if isinstance(record, Malformed):
        return Fault(file.url, record.line, None, record.code, record.reason, record.text)
    fields = record.fields
    missing = len(readers) - len(fields)
    if missing > 0 and statement.flag("fillrecord"):
        # what is missing of a VARCHAR is empty text, and NULL of all else, as for empty fields
        fields = [*fields, *[""] * missing]
    elif missing:
        code, reason = _FEWER if missing > 0 else _MORE
        return Fault(file.url, record.line, None, code, reason, record.text)
    row = []
    for field, reader, column in zip(fields, readers, target.columns, strict=True):
        try:
            row.append(reader.value(field))
        except BadValueError as bad:
            return Fault(
                file.url, record.line, column, bad.code, bad.reason, record.text, field or ""
            )
    return row
