"""What Redshift says when it refuses."""

from __future__ import annotations


class RedshiftError(Exception):
    """A refusal, as a client gets it.

    Attributes:
        message: What is wrong, in Redshift's kind of words.
        sqlstate: Its five letters and digits.
        detail: More of it, if there is more to say.
        hint: What to do, if there is something.
    """

    def __init__(
        self, message: str, sqlstate: str = "XX000", detail: str = "", hint: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.sqlstate = sqlstate
        self.detail = detail
        self.hint = hint

    @classmethod
    def unsupported(cls, what: str) -> RedshiftError:
        """Refuse a feature, as Redshift does: `0A000`, "… is not supported"."""
        return cls(f"{what} is not supported", "0A000")
