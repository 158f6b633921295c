"""COPY from S3, and what the warehouse says of rows that it does not take."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Literal

from columnar_target.errors import StorageError, TargetError
from target_redshift.columns.names import literal, quoted
from target_redshift.warehouse.session import Session
from target_redshift.warehouse.understanding import (
    ConflictError,
    LostError,
    RefusedError,
    without_texts,
)


@dataclass(frozen=True)
class Copying:
    """How files get into tables.

    Attributes:
        session: Runs the statement.
        iam_role: With which Redshift reads them; `default`: the cluster's.
        region: The bucket's, where COPY may be told (not with Parquet).
    """

    session: Session
    iam_role: str
    region: str | None

    def copy(
        self,
        relation: str,
        manifest_url: str,
        form: Literal["parquet", "json"],
        *,
        table: str,
        columns: dict[str, str],
    ) -> None:
        """Load the files of a manifest into a temporary table.

        Args:
            relation: The temporary table.
            manifest_url: Where the manifest is.
            form: What the files are.
            table: The table that the rows are for, for messages.
            columns: Its column's name by that of the temporary table.

        Raises:
            StorageError: A row is not taken; it says which, and why.
        """
        role = "default" if self.iam_role == "default" else literal(self.iam_role)
        options = (
            "format as parquet"
            if form == "parquet"
            else "format as json 'auto' timeformat 'auto' dateformat 'auto'"
            + (f" region {literal(self.region)}" if self.region else "")
        )
        try:
            self.session.run(
                f"copy {quoted(relation)} from {literal(manifest_url)} iam_role {role} "
                f"{options} manifest",
                f"copy rows for table {table}",
            )
        except RefusedError as fault:
            reason = self._reason(manifest_url, columns)
            if reason is None:
                raise
            raise StorageError(
                f"Could not copy rows for table {table}: {reason}. Nothing of this load is there, "
                "and no state is written: correct it at the source, and run again."
            ) from fault

    def _reason(self, manifest_url: str, columns: dict[str, str]) -> str | None:
        """What SYS_LOAD_ERROR_DETAIL says of the COPY that has just failed, without a value."""
        # its files have names that no other load's have; numbers of queries come again
        files = manifest_url.rpartition("/")[2].removesuffix(".manifest")
        with contextlib.suppress(ConflictError, LostError, TargetError):
            # an aborted transaction answers no question; what was noted of rows outlives it
            self.session.run("rollback", "roll back")
            found = self.session.run(
                "select column_name, column_type, column_length, line_number, error_code, "
                "error_message from sys_load_error_detail "
                f"where strpos(file_name, {literal(files)}) > 0 order by start_time desc limit 1",
                "read sys_load_error_detail",
            )
            if found:
                name, kind, length, line, code, message = (
                    str(value if value is not None else "").strip() for value in found[0]
                )
                size = f"({length})" if length not in {"", "0"} else ""
                where = f"column {columns.get(name, name)!r} ({kind}{size}) of " if name else ""
                return (
                    f"{where}row {line} that was sent: {without_texts(message).rstrip('.')} "
                    f"(error {code})"
                )
        return None
