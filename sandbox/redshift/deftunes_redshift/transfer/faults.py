"""A value that a table cannot take: which, where, and why."""

from __future__ import annotations

from dataclasses import dataclass

from deftunes_redshift.transfer.target import TargetColumn

INVALID_UTF8 = 1220
MISSING = 1213
OUT_OF_RANGE = 1204


@dataclass(frozen=True)
class Fault:
    """An entry of STL_LOAD_ERRORS; see "Load error reference" (r_Load_Error_Reference).

    Attributes:
        file: The file's URL.
        line: Number of the line (of the row, in a columnar file), from 1.
        column: The column that cannot take the value; None: the line as a whole is wrong.
        code: Redshift's number of the error.
        reason: Why, in Redshift's words.
        line_text: The line, as far as there is one.
        value: The value, as it came.
        position: Where in the line's text the value begins.
    """

    file: str
    line: int
    column: TargetColumn | None
    code: int
    reason: str
    line_text: str = ""
    value: str = ""
    position: int = 0


class UnfitError(Exception):
    """Rows that the table cannot take, or a file that cannot be read as what it should be.

    Attributes:
        faults: What is wrong with them.
        context: What a scan of a columnar file says of it.
        scan_code: The scan's number of the error.
    """

    def __init__(
        self, faults: tuple[Fault, ...], context: str = "", scan_code: int = 15001
    ) -> None:
        super().__init__(context or (faults[0].reason if faults else ""))
        self.faults = faults
        self.context = context
        self.scan_code = scan_code
