"""The results of every load's rules, kept as a table: `<namespace>_quality.results`."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import NoSuchTableError, TableAlreadyExistsError
from pyiceberg.table import Table

from columnar_target.quality.verdict import Verdict
from target_s3.iceberg.fitting import iceberg_schema
from target_s3.iceberg.tables import TABLE_PROPERTIES, ensure_namespace
from target_s3.settings import Settings

TABLE = "results"

RESULT_FIELDS = [
    pa.field("run_id", pa.string(), nullable=False),
    pa.field("checked_at", pa.timestamp("us"), nullable=False),
    pa.field("table_name", pa.string(), nullable=False),
    pa.field("rule_number", pa.int32(), nullable=False),
    pa.field("rule", pa.string(), nullable=False),
    pa.field("policy", pa.string(), nullable=False),
    pa.field("outcome", pa.string(), nullable=False),
    pa.field("measured", pa.float64()),
    pa.field("failing_rows", pa.int64()),
    pa.field("checked_rows", pa.int64()),
    pa.field("message", pa.string()),
    pa.field("decision", pa.string(), nullable=False),
    pa.field("rows_set_aside", pa.int64(), nullable=False),
]
"""One row per rule that was held against a table in a load. No value of any row is in it."""


def quality_namespace(settings: Settings) -> str:
    """The namespace of the results."""
    return f"{settings.namespace}_quality"


@dataclass(frozen=True)
class History:
    """Where results are kept.

    Attributes:
        settings: The target's settings.
        catalog: Where tables are registered.
        moment: When the load was judged (UTC).
    """

    settings: Settings
    catalog: Catalog
    moment: dt.datetime

    def append(self, verdicts: Sequence[Verdict], *, stops: bool) -> None:
        """Add what came of a load's rules.

        Args:
            verdicts: By table; those without a rule that was asked add nothing.
            stops: Whether the load is stopped by any of them.
        """
        moment = self.moment.astimezone(dt.timezone.utc).replace(tzinfo=None)
        rows = [
            {
                "run_id": self.settings.run_id,
                "checked_at": moment,
                "table_name": verdict.table,
                "rule_number": check.number,
                "rule": check.rule,
                "policy": check.policy,
                "outcome": check.outcome,
                "measured": check.measured,
                "failing_rows": check.failing_rows,
                "checked_rows": check.checked_rows,
                "message": check.message or None,
                "decision": "block" if stops else "publish",
                "rows_set_aside": 0 if stops else verdict.withheld,
            }
            for verdict in verdicts
            for check in verdict.checks
        ]
        if rows:
            self._table().append(pa.Table.from_pylist(rows, schema=pa.schema(RESULT_FIELDS)))

    def _table(self) -> Table:
        identifier = (quality_namespace(self.settings), TABLE)
        ensure_namespace(self.catalog, identifier[0])
        with contextlib.suppress(NoSuchTableError):
            return self.catalog.load_table(identifier)
        with contextlib.suppress(TableAlreadyExistsError):  # another load makes it just now
            self.catalog.create_table(
                identifier,
                schema=iceberg_schema(RESULT_FIELDS, ()),
                location=f"{self.settings.lake_url}/{self.settings.tables_path}_quality/{TABLE}",
                properties=TABLE_PROPERTIES,
            )
        return self.catalog.load_table(identifier)
