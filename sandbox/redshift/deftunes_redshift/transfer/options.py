"""The parameters of COPY: what each reads, and which formats it goes with.

An allow list: what is not in it is a syntax error, as in Redshift. See the "Alphabetical parameter
list" (r_COPY-alphabetical-parm-list), and for columnar files "COPY from columnar data formats"
(copy-usage_notes-copy-from-columnar), which takes few of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from deftunes_redshift.errors import RedshiftError
from deftunes_redshift.transfer.clauses import Clauses

Format = Literal["PARQUET", "CSV", "JSON", "TEXT"]
"""TEXT: fields with a delimiter between, which is what no format means."""
Argument = str | int | bool
_MOST_ERRORS = 100_000


@dataclass(frozen=True)
class Parameter:
    """A parameter of COPY.

    Attributes:
        read: Takes what follows its name.
        formats: Those it goes with.
    """

    read: Callable[[Clauses], Argument]
    formats: frozenset[Format]


def _flag(_clauses: Clauses) -> bool:
    return True


def _text(clauses: Clauses) -> str:
    clauses.take("as")
    return clauses.string()


def _count(clauses: Clauses) -> int:
    clauses.take("as")
    written = clauses.number()
    if not written.isdecimal():
        raise RedshiftError(f'syntax error at or near "{written}"', "42601")
    return int(written)


def _switch(clauses: Clauses) -> bool:
    """ON, OFF, TRUE, FALSE; ON if none of them follows."""
    if clauses.take("off") or clauses.take("false"):
        return False
    return clauses.take("on") or clauses.take("true") or True


def _encodings(clauses: Clauses) -> bool:
    return clauses.take("preset") or _switch(clauses)


def _character(clauses: Clauses) -> str:
    r"""One ASCII character, which may be written in octal or as `\t`."""
    text = unescaped(_text(clauses))
    if len(text) != 1 or not text.isascii():
        raise RedshiftError("COPY delimiter must be a single character", "22023")
    return text


def _replacement(clauses: Clauses) -> str:
    asked = clauses.take("as")
    ahead = clauses.ahead
    if ahead is None or ahead.kind != "string":
        if asked:
            raise clauses.error()
        return "?"
    text = clauses.string()
    if len(text) != 1 or not text.isascii() or text == "\0":
        raise RedshiftError("ACCEPTINVCHARS takes one ASCII character that is not NULL", "22023")
    return text


def _encoding(clauses: Clauses) -> str:
    clauses.take("as")
    name = clauses.word()
    if name != "utf8":
        raise RedshiftError(f"the stand-in reads no {name.upper()}, only UTF8", "0A000")
    return name


def unescaped(text: str) -> str:
    r"""Resolve `\t`, `\n`, `\\` and octal such as `\001`, as COPY does in its arguments."""

    def resolve(match: re.Match[str]) -> str:
        written = match[1]
        if written.isdigit():
            return chr(int(written, 8))
        return {"t": "\t", "n": "\n", "r": "\r"}.get(written, written)

    return re.sub(r"\\([0-7]{1,3}|.)", resolve, text, flags=re.DOTALL)


_ALL: frozenset[Format] = frozenset(("PARQUET", "CSV", "JSON", "TEXT"))
_ROWS: frozenset[Format] = frozenset(("CSV", "JSON", "TEXT"))
_FIELDS: frozenset[Format] = frozenset(("CSV", "TEXT"))
_TEXT: frozenset[Format] = frozenset(("TEXT",))

PARAMETERS: dict[str, Parameter] = {
    "acceptinvchars": Parameter(_replacement, _ALL),
    "blanksasnull": Parameter(_flag, _ROWS),
    "bzip2": Parameter(_flag, _ROWS),
    "comprows": Parameter(_count, _ROWS),
    "compupdate": Parameter(_encodings, _ROWS),
    "dateformat": Parameter(_text, _ROWS),
    "delimiter": Parameter(_character, _FIELDS),
    "emptyasnull": Parameter(_flag, _ROWS),
    "encoding": Parameter(_encoding, _ROWS),
    "escape": Parameter(_flag, _TEXT),
    "fillrecord": Parameter(_flag, frozenset(("PARQUET", "CSV", "TEXT"))),
    "gzip": Parameter(_flag, _ROWS),
    "ignoreallerrors": Parameter(_flag, _ROWS),
    "ignoreblanklines": Parameter(_flag, _FIELDS),
    "ignoreheader": Parameter(_count, _ROWS),
    "manifest": Parameter(_flag, _ALL),
    "maxerror": Parameter(_count, _ROWS),
    "noload": Parameter(_flag, _ROWS),
    "null": Parameter(_text, _FIELDS),
    "quote": Parameter(_character, frozenset(("CSV",))),
    "region": Parameter(_text, _ROWS),
    "removequotes": Parameter(_flag, _TEXT),
    "roundec": Parameter(_flag, _ROWS),
    "serializetojson": Parameter(_flag, frozenset(("PARQUET",))),
    "statupdate": Parameter(_switch, _ALL),
    "timeformat": Parameter(_text, _ROWS),
    "trimblanks": Parameter(_flag, _ROWS),
    "truncatecolumns": Parameter(_flag, _ROWS),
    "zstd": Parameter(_flag, _ROWS),
}
"""By name; `gzip` and its like are what a file is pressed with."""
NOT_EMULATED = frozenset((
    "acceptanydate", "avro", "encrypted", "explicit_ids", "fixedwidth", "lzop",
    "master_symmetric_key", "orc", "readratio", "shapefile", "ssh",
))  # fmt: skip
"""What Redshift takes and the stand-in does not: refused in words of its own."""
COMPRESSIONS = ("bzip2", "gzip", "zstd")


def check(given: dict[str, Argument], format_: Format) -> None:
    """Refuse parameters that the format, or another parameter, forbids.

    Raises:
        RedshiftError: In Redshift's words where they are known: "REGION argument is not supported
            for PARQUET based COPY".
    """
    for name in given:
        if format_ not in PARAMETERS[name].formats:
            written = "NULL AS" if name == "null" else name.upper()
            what = f"{format_} based" if format_ != "TEXT" else "delimited"
            raise RedshiftError(f"{written} argument is not supported for {what} COPY", "0A000")
    if "maxerror" in given and "ignoreallerrors" in given:
        raise RedshiftError("IGNOREALLERRORS and MAXERROR cannot be used together", "42601")
    if int(given.get("maxerror", 0)) > _MOST_ERRORS:
        raise RedshiftError(f"MAXERROR must be between 0 and {_MOST_ERRORS}", "22023")
    if sum(name in given for name in COMPRESSIONS) > 1:
        raise RedshiftError("conflicting or redundant options", "42601")
