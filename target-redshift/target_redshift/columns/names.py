"""Names as Redshift takes them: https://docs.aws.amazon.com/redshift/latest/dg/r_names.html.

Quoted names may be any word and hold any letter, and are folded to lower case all the same.
"""

from __future__ import annotations

import hashlib

from columnar_target.errors import SchemaError

LONGEST_BYTES = 127
_MARK_BYTES = 9
_OF_THE_SYSTEM = frozenset(
    {"oid", "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid", "insertxid", "deletexid"}
)
"""Names that every table has columns of already, quoted or not."""


def column_name(name: str, stream: str) -> str:
    """The name of a stream's column in the warehouse.

    It is folded to lower case; one of more than 127 bytes is cut and gets a mark of its own; one
    that Redshift keeps for itself gets an underscore behind it.

    Args:
        name: As the tap gives it.
        stream: The stream's name, for messages.

    Raises:
        SchemaError: No table can have it.
    """
    if not name or "\0" in name or any("\ud800" <= letter <= "\udfff" for letter in name):
        raise SchemaError(
            f"Stream {stream!r} has a column named {name!r}, which no table can have: rename it "
            "in the tap with a stream map."
        )
    folded = fitting(name)
    return f"{folded}_" if folded in _OF_THE_SYSTEM else folded


def fitting(name: str) -> str:
    """A name in lower case, and short enough; the same for the same name, always."""
    folded = name.lower()
    written = folded.encode()
    if len(written) <= LONGEST_BYTES:
        return folded
    mark = hashlib.sha256(written).hexdigest()[: _MARK_BYTES - 1]
    return f"{written[: LONGEST_BYTES - _MARK_BYTES].decode(errors='ignore')}_{mark}"


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def literal(text: str) -> str:
    """A text as an SQL literal; Redshift takes a backslash for an escape."""
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
