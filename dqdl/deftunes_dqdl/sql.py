"""SQL of DuckDB, made from names and texts; and SQL of Spark, read as DuckDB's."""

from __future__ import annotations

import re

_WORDS = re.compile(
    r"""('(?:''|[^'])*' | "(?:""|[^"])*" | --[^\n]* | /\*.*?\*/)  # left as they are
    | `((?:``|[^`])*)`                                            # a name, as Spark quotes it
    | (?<![\w.])(primary)(?!\w)                                   # a reserved word for DuckDB
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def from_spark(text: str) -> str:
    """SQL as Glue takes it, for DuckDB: names in backticks, and the table named `primary`."""
    return _WORDS.sub(_translated, text)


def _translated(match: re.Match[str]) -> str:
    if match[2] is not None:
        return quoted(match[2].replace("``", "`"))
    return quoted("primary") if match[3] else match[0]
