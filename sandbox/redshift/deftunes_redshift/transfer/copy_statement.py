"""What a COPY statement says; see "COPY" (r_COPY)."""

from __future__ import annotations

from dataclasses import dataclass

from deftunes_redshift.errors import RedshiftError
from deftunes_redshift.transfer.authorization import take_authorization
from deftunes_redshift.transfer.clauses import Clauses
from deftunes_redshift.transfer.options import (
    COMPRESSIONS,
    NOT_EMULATED,
    PARAMETERS,
    Argument,
    Format,
    check,
)

_JSON_OPTIONS = ("auto", "auto ignorecase", "noshred")


@dataclass(frozen=True)
class CopyStatement:
    """A COPY, read.

    Attributes:
        schema: The table's schema, if it is named.
        table: The table.
        columns: The columns that the files fill; None: all that the table has.
        source: Where the files, or their manifest, are on S3.
        format: What the files are.
        json: With JSON: `auto`, `auto ignorecase`, `noshred`, or where the JSONPaths file is.
        parameters: The rest, by name; see `PARAMETERS`.
    """

    schema: str | None
    table: str
    columns: tuple[str, ...] | None
    source: str
    format: Format
    json: str
    parameters: dict[str, Argument]

    def flag(self, name: str) -> bool:
        """Whether a parameter without an argument is given."""
        return bool(self.parameters.get(name, False))

    def text(self, name: str, default: str) -> str:
        """A parameter's text, or its default."""
        return str(self.parameters.get(name, default))

    def count(self, name: str) -> int:
        """A parameter's number, or 0."""
        return int(self.parameters.get(name, 0))

    @property
    def compression(self) -> str:
        """What the files are pressed with; empty: nothing."""
        return next((name for name in COMPRESSIONS if name in self.parameters), "")


def read_copy(statement: str) -> CopyStatement:
    """Read a COPY statement.

    Raises:
        RedshiftError: It is none, names something that the stand-in does not know, or asks for
            what does not go together.
    """
    clauses = Clauses(statement)
    clauses.expect("copy")
    schema, table = take_table(clauses)
    ahead = clauses.ahead
    columns = clauses.names() if ahead is not None and ahead.text == "(" else None
    clauses.expect("from")
    source = clauses.string()
    if not source.startswith("s3://"):
        raise RedshiftError("the stand-in copies from S3 alone: name a source s3://…", "0A000")
    format_: Format | None = None
    json = ""
    authorized = False
    parameters: dict[str, Argument] = {}
    while clauses.ahead is not None and clauses.ahead.text != ";":
        if take_authorization(clauses) is not None:
            if authorized:
                raise RedshiftError("conflicting or redundant options", "42601")
            authorized = True
            continue
        found = _take_format(clauses)
        if found is not None:
            if format_ is not None:
                raise RedshiftError("conflicting or redundant options", "42601")
            format_, json = found
            continue
        name, argument = _take_parameter(clauses)
        if name in parameters:
            raise RedshiftError("conflicting or redundant options", "42601")
        parameters[name] = argument
        clauses.take(",")
    clauses.end()
    if not authorized:
        raise RedshiftError(
            "COPY from S3 needs an authorization: IAM_ROLE, CREDENTIALS, or ACCESS_KEY_ID and "
            "SECRET_ACCESS_KEY",
            "42601",
        )
    check(parameters, format_ or "TEXT")
    return CopyStatement(schema, table, columns, source, format_ or "TEXT", json, parameters)


def take_table(clauses: Clauses) -> tuple[str | None, str]:
    """Take `table`, `schema.table` or `database.schema.table`."""
    parts = [clauses.name()]
    while clauses.take("."):
        parts.append(clauses.name())
    *schemas, table = parts
    return (schemas[-1] if schemas else None), table


def _take_format(clauses: Clauses) -> tuple[Format, str] | None:
    named = clauses.take("format")
    if named:
        clauses.take("as")
    if clauses.take("parquet"):
        return "PARQUET", ""
    if clauses.take("csv"):
        return "CSV", ""
    if clauses.take("json"):
        clauses.take("as")
        ahead = clauses.ahead
        how = clauses.string() if ahead is not None and ahead.kind == "string" else "auto"
        if how not in _JSON_OPTIONS and not how.startswith("s3://"):
            raise RedshiftError(f"invalid JSON option '{how}'", "22023")
        return "JSON", how
    if named:
        _refuse_unknown(clauses)
        raise clauses.error()
    return None


def _take_parameter(clauses: Clauses) -> tuple[str, Argument]:
    _refuse_unknown(clauses)
    for name, parameter in PARAMETERS.items():
        if clauses.take(name):
            return name, parameter.read(clauses)
    raise clauses.error()


def _refuse_unknown(clauses: Clauses) -> None:
    ahead = clauses.ahead
    if ahead is not None and ahead.kind == "word" and ahead.text in NOT_EMULATED:
        raise RedshiftError(f"the stand-in does not know {ahead.written.upper()} in COPY", "0A000")
