"""What an UNLOAD statement says; see "UNLOAD" (r_UNLOAD)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from deftunes_redshift.errors import RedshiftError
from deftunes_redshift.transfer.authorization import take_authorization
from deftunes_redshift.transfer.clauses import Clauses
from deftunes_redshift.transfer.options import COMPRESSIONS, Format, unescaped

Argument = str | bool | Decimal | tuple[str, ...]
_MEGABYTE = 1 << 20
_SMALLEST, _LARGEST = Decimal(5), Decimal("6348.8")  # 6.2 GB, in MB
_NOT_EMULATED = ("encrypted", "fixedwidth", "kms_key_id", "master_symmetric_key")
_FORBIDDEN: dict[Format, tuple[str, ...]] = {
    "PARQUET": (
        "delimiter", "addquotes", "escape", "null", "header", "gzip", "bzip2", "zstd",
    ),
    "JSON": ("delimiter", "header", "addquotes", "escape", "null"),
    "CSV": ("addquotes", "escape"),
    "TEXT": (),
}  # fmt: skip


def _flag(_clauses: Clauses) -> bool:
    return True


def _text(clauses: Clauses) -> str:
    clauses.take("as")
    return unescaped(clauses.string())


def _word_or_text(clauses: Clauses) -> str:
    ahead = clauses.ahead
    return clauses.string() if ahead is not None and ahead.kind == "string" else clauses.word()


def _switch(clauses: Clauses) -> bool:
    if clauses.take("off") or clauses.take("false"):
        return False
    return clauses.take("on") or clauses.take("true") or True


def _megabytes(clauses: Clauses) -> Decimal:
    clauses.take("as")
    size = Decimal(clauses.number())
    if clauses.take("gb"):
        size *= 1024
    else:
        clauses.take("mb")
    return size


def _manifest(clauses: Clauses) -> bool:
    if clauses.take("verbose"):
        raise RedshiftError("the stand-in does not know MANIFEST VERBOSE", "0A000")
    return True


_PARAMETERS: dict[str, Callable[[Clauses], Argument]] = {
    "addquotes": _flag, "allowoverwrite": _flag, "bzip2": _flag, "cleanpath": _flag,
    "delimiter": _text, "escape": _flag, "extension": _word_or_text, "gzip": _flag,
    "header": _flag, "include": _flag, "manifest": _manifest, "maxfilesize": _megabytes,
    "null": _text, "parallel": _switch, "region": _text, "rowgroupsize": _megabytes,
    "zstd": _flag,
}  # fmt: skip


@dataclass(frozen=True)
class UnloadStatement:
    """An UNLOAD, read.

    Attributes:
        query: The query, in Redshift's words.
        target: Where the files go: `s3://bucket/prefix`.
        format: What they are.
        partition_by: Columns whose values name folders.
        parameters: The rest, by name.
    """

    query: str
    target: str
    format: Format
    partition_by: tuple[str, ...]
    parameters: dict[str, Argument]

    def flag(self, name: str) -> bool:
        """Whether a parameter without an argument is given."""
        return bool(self.parameters.get(name, False))

    def text(self, name: str, default: str) -> str:
        """A parameter's text, or its default."""
        return str(self.parameters.get(name, default))

    @property
    def compression(self) -> str:
        """What the files are pressed with; empty: nothing."""
        return next((name for name in COMPRESSIONS if name in self.parameters), "")

    @property
    def parallel(self) -> bool:
        """Whether each slice writes its own files."""
        return bool(self.parameters.get("parallel", True))

    @property
    def largest_file(self) -> int:
        """Bytes after which a file is ended."""
        size = self.parameters.get("maxfilesize", _LARGEST)
        return int(size * _MEGABYTE) if isinstance(size, Decimal) else 0


def read_unload(statement: str) -> UnloadStatement:
    """Read an UNLOAD statement.

    Raises:
        RedshiftError: It is none, names something that the stand-in does not know, or asks for
            what does not go together.
    """
    clauses = Clauses(statement)
    clauses.expect("unload", "(")
    query = clauses.string()
    clauses.expect(")", "to")
    target = clauses.string()
    format_: Format | None = None
    authorized = False
    partition_by: tuple[str, ...] = ()
    parameters: dict[str, Argument] = {}
    while clauses.ahead is not None and clauses.ahead.text != ";":
        if take_authorization(clauses) is not None:
            authorized = True
        elif clauses.take("partition", "by"):
            partition_by = clauses.names()
        elif (found := _take_format(clauses)) is not None:
            format_ = found
        else:
            _take_parameter(clauses, parameters)
    clauses.end()
    if not authorized:
        raise RedshiftError(
            "UNLOAD to S3 needs an authorization: IAM_ROLE, CREDENTIALS, or ACCESS_KEY_ID and "
            "SECRET_ACCESS_KEY",
            "42601",
        )
    _check(format_ or "TEXT", parameters)
    return UnloadStatement(query, target, format_ or "TEXT", partition_by, parameters)


def _take_format(clauses: Clauses) -> Format | None:
    named = clauses.take("format")
    if named:
        clauses.take("as")
    formats: tuple[Format, ...] = ("PARQUET", "CSV", "JSON")
    for format_ in formats:
        if clauses.take(format_.lower()):
            return format_
    if named:
        raise clauses.error()
    return None


def _take_parameter(clauses: Clauses, parameters: dict[str, Argument]) -> None:
    ahead = clauses.ahead
    if ahead is not None and ahead.text in _NOT_EMULATED:
        raise RedshiftError(
            f"the stand-in does not know {ahead.written.upper()} in UNLOAD", "0A000"
        )
    for name, read in _PARAMETERS.items():
        if clauses.take(name):
            if name in parameters:
                raise RedshiftError("conflicting or redundant options", "42601")
            parameters[name] = read(clauses)
            return
    raise clauses.error()


def _check(format_: Format, parameters: dict[str, Argument]) -> None:
    for name in _FORBIDDEN[format_]:
        if name in parameters:
            written = "NULL AS" if name == "null" else name.upper()
            raise RedshiftError(f"{written} is not supported for UNLOAD to {format_}", "0A000")
    if "cleanpath" in parameters and "allowoverwrite" in parameters:
        raise RedshiftError("CLEANPATH and ALLOWOVERWRITE cannot be used together", "42601")
    if "rowgroupsize" in parameters and format_ != "PARQUET":
        raise RedshiftError("ROWGROUPSIZE is supported for UNLOAD to PARQUET only", "0A000")
    if sum(name in parameters for name in COMPRESSIONS) > 1:
        raise RedshiftError("conflicting or redundant options", "42601")
    size = parameters.get("maxfilesize", _SMALLEST)
    if not (isinstance(size, Decimal) and _SMALLEST <= size <= _LARGEST):
        raise RedshiftError("MAXFILESIZE must be between 5 MB and 6.2 GB", "22023")
