"""Errors and notices in Redshift's words."""

from __future__ import annotations

from deftunes_redshift.errors import RedshiftError
from deftunes_redshift.wire import messages

_KEPT = "SVCMDH"  # severity (twice), SQLSTATE, message, detail, hint: the rest is PostgreSQL's own
BYTES_CHECK = "rs_bytes_"
"""A check that the stand-in puts on columns ends with their length: `rs_bytes_<column>_<n>`."""


def redshift_fields(body: bytes) -> dict[str, str]:
    """Give an error's or a notice's fields as Redshift says them."""
    fields = messages.fields_of(body)
    constraint = fields.get("n", "")
    kept = {name: value for name, value in fields.items() if name in _KEPT}
    if constraint.startswith(BYTES_CHECK):
        kind, length = constraint.rsplit("_", 2)[1:]
        names = {"v": "character varying", "c": "character"}
        kept |= {"C": "22001", "M": f"value too long for type {names[kind]}({length})"}
        kept.pop("D", None)  # it shows the row
    if kept.get("M") == "numeric field overflow":
        kept["M"] = "Numeric data overflow (result precision)"
        kept.pop("D", None)
    if fields.get("C") == "21000" and fields["M"].startswith("MERGE command"):
        kept["M"] = "Found multiple matches to update the same tuple."
        kept.pop("H", None)
    return kept


def error_of(body: bytes) -> RedshiftError:
    """Read PostgreSQL's error."""
    fields = redshift_fields(body)
    return RedshiftError(fields["M"], fields["C"], fields.get("D", ""), fields.get("H", ""))


def error_body(error: RedshiftError) -> bytes:
    """Write an error for the client."""
    fields = {"S": "ERROR", "V": "ERROR", "C": error.sqlstate, "M": error.message}
    if error.detail:
        fields["D"] = error.detail
    if error.hint:
        fields["H"] = error.hint
    return messages.with_fields(fields)


def notice_body(sentence: str) -> bytes:
    """Write an INFO line, as COPY and UNLOAD give them."""
    return messages.with_fields({"S": "INFO", "V": "INFO", "C": "00000", "M": sentence})
