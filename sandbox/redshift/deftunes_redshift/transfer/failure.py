"""The block that Redshift's engine adds to its errors, by which clients and people know them."""

from __future__ import annotations

from deftunes_redshift.backend import SessionState
from deftunes_redshift.errors import RedshiftError

_LINE = "-----------------------------------------------"


def engine_error(
    message: str, session: SessionState, *, code: int, context: str = "", location: str = "stand-in"
) -> RedshiftError:
    """An error of the engine, not of the parser.

    Args:
        message: What is wrong.
        session: Whose statement it was.
        code: The engine's number of it, such as 8001 (S3) or 15001 (a scan of files).
        context: More of it, which often says most.
        location: Where in Redshift's code it comes from; the stand-in has other code.
    """
    said = {
        "error:": f" {message}",
        "code:": f"     {code}",
        "context:": f"  {context}",
        "query:": f"    {session.statement}",
        "location:": f" {location}",
        "process:": f"  padbmaster [pid={session.process}]",
    }
    lines = [_LINE, *(f"{name} {text}" for name, text in said.items()), _LINE]
    return RedshiftError(message, "XX000", "\n" + "\n".join(f"  {line}" for line in lines))
