"""Reads a field's text as a column's type, in the forms that COPY takes.

See "Data conversion parameters" (copy-parameters-data-conversion) and "Load error reference"
(r_Load_Error_Reference).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, InvalidOperation

from deftunes_redshift.transfer.arrays import replaced
from deftunes_redshift.transfer.copy_statement import CopyStatement
from deftunes_redshift.transfer.faults import INVALID_UTF8, MISSING, OUT_OF_RANGE
from deftunes_redshift.transfer.target import TargetColumn
from deftunes_redshift.transfer.text_times import BadTimeError, date_reader, timestamp_reader

_BITS = {"int2": (16, "Short"), "int4": (32, "Integer"), "int8": (64, "Long")}
_FLOAT = re.compile(r"[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|nan|inf(inity)?)", re.IGNORECASE)
_BOOLEANS = {
    **dict.fromkeys(("t", "true", "y", "yes", "1"), "t"),
    **dict.fromkeys(("f", "false", "n", "no", "0"), "f"),
}
_TEXTS = ("varchar", "char")
_WIDE = 10**38
_EXACT = Context(prec=80)  # 38 digits before the point, 38 behind it
_WHOLE = re.compile(r"[+-]?[0-9]+")


class BadValueError(Exception):
    """A text that is no value of the column's type.

    Attributes:
        code: Redshift's number of the error.
        reason: Why.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


Read = Callable[[str], str]
"""From a field's text to what PostgreSQL reads as the value."""


class FieldReader:
    """Reads the fields of one column.

    Args:
        column: The column.
        statement: The COPY.
    """

    def __init__(self, column: TargetColumn, statement: CopyStatement) -> None:
        self._column = column
        self._is_text = column.type in _TEXTS
        self._null = statement.text("null", "\\N").replace("\\\\", "\\")
        self._no_null = statement.format == "JSON"
        self._empty_is_null = statement.flag("emptyasnull") or self._null == ""
        self._blank_is_null = statement.flag("blanksasnull")
        self._read = _reader(column, statement)

    def value(self, text: str | None) -> str | None:
        """Give the value as PostgreSQL reads it; None: NULL.

        Raises:
            BadValueError: The column cannot take it.
        """
        if text is None or self._is_null(text):
            if not self._column.nullable:
                raise BadValueError(MISSING, "Missing data for not-null field")
            return None
        return self._read(text)

    def _is_null(self, text: str) -> bool:
        if not self._no_null and text == self._null:
            return True
        if not self._is_text:
            return not text.strip()
        return (self._empty_is_null and not text) or (
            self._blank_is_null and bool(text) and not text.strip()
        )


def _reader(column: TargetColumn, statement: CopyStatement) -> Read:
    if column.type in _BITS:
        return _whole(*_BITS[column.type])
    if column.type in _TEXTS:
        return _text(column, statement)
    if column.type == "numeric":
        return _number(column, statement)
    if column.type == "date":
        return _time(date_reader(statement.text("dateformat", "")), 1205)
    if column.type in ("timestamp", "timestamptz"):
        zoned = column.type == "timestamptz"
        return _time(timestamp_reader(statement.text("timeformat", ""), zoned=zoned), 1206)
    return {"bool": _boolean, "super": _super, "varbyte": _bytes}.get(column.type, _float)


def _whole(bits: int, name: str) -> Read:
    bound = 1 << (bits - 1)

    def read(text: str) -> str:
        digits = text.strip()
        if not _WHOLE.fullmatch(digits):
            place = next(
                (i for i in range(len(digits)) if not _WHOLE.fullmatch(f"{digits[: i + 1]}0")), 0
            )
            shown = digits[place]
            raise BadValueError(1207, f"Invalid digit, Value '{shown}', Pos {place}, Type: {name}")
        if not -bound <= int(digits) < bound:
            raise BadValueError(1222, f"Overflow, Column type: {name}")
        return digits

    return read


def _number(column: TargetColumn, statement: CopyStatement) -> Read:
    step = Decimal(1).scaleb(-column.scale)
    bound = Decimal(10) ** ((column.precision or 38) - column.scale)
    rounding = ROUND_HALF_UP if statement.flag("roundec") else ROUND_DOWN

    def read(text: str) -> str:
        try:
            number = Decimal(text.strip())
        except InvalidOperation as error:
            raise BadValueError(1209, "Invalid DECIMAL value") from error
        if not number.is_finite():
            raise BadValueError(1209, "Invalid DECIMAL value")
        if abs(number) >= _WIDE or abs(fit := number.quantize(step, rounding, _EXACT)) >= bound:
            raise BadValueError(
                OUT_OF_RANGE, f"Overflow for NUMERIC({column.precision},{column.scale})"
            )
        return f"{fit:f}"

    return read


def _float(text: str) -> str:
    if not _FLOAT.fullmatch(text.strip()):
        raise BadValueError(1208, "Invalid FLOAT value")
    return text.strip()


def _boolean(text: str) -> str:
    try:
        return _BOOLEANS[text.strip().lower()]
    except KeyError as error:
        raise BadValueError(1210, "Unknown boolean format") from error


def _super(text: str) -> str:
    try:
        json.loads(text)
    except ValueError as error:
        raise BadValueError(1224, "Input data is not properly formatted JSON") from error
    return text


def _bytes(text: str) -> str:
    try:
        return f"\\x{bytes.fromhex(text).hex()}"
    except ValueError as error:
        raise BadValueError(1200, "Invalid hexadecimal VARBYTE value") from error


def _time(read: Callable[[str], str], code: int) -> Read:
    def convert(text: str) -> str:
        try:
            return read(text.strip())
        except BadTimeError as error:
            raise BadValueError(code, str(error)) from error

    return convert


def _text(column: TargetColumn, statement: CopyStatement) -> Read:
    size = column.size
    trims = statement.flag("trimblanks") and column.type == "varchar"
    cuts = statement.flag("truncatecolumns")
    replacement = statement.text("acceptinvchars", "")

    def read(text: str) -> str:
        raw = text.encode("utf-8", "surrogateescape")
        text = _valid(raw, replacement)
        if trims:
            text = text.rstrip()
        raw = text.encode()
        if column.type == "char" and not text.isascii():
            raise BadValueError(1215, "Multibyte character not supported for CHAR")
        if size is not None and len(raw) > size:
            if not cuts:
                raise BadValueError(OUT_OF_RANGE, "String length exceeds DDL length")
            return raw[:size].decode("utf-8", "ignore")
        return text

    return read


def _valid(raw: bytes, replacement: str) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        if not replacement:
            bad = raw[error.start : error.start + 4].hex()
            raise BadValueError(
                INVALID_UTF8,
                "String contains invalid or unsupported UTF8 codepoints. "
                f"Bad UTF8 hex sequence: {bad} (error 4)",
            ) from error
        text = replaced(raw, replacement)
    if "\0" in text:
        raise BadValueError(INVALID_UTF8, "String contains NUL, which the stand-in cannot hold")
    return text
