"""What came of the rules that loads were held to, asked of the warehouse, read-only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import duckdb

VERDICTS = ("failed", "not answered", "set aside", "warned", "passed")
"""What may come of a rule, the worst first."""


@dataclass(frozen=True)
class CheckedLoad:
    """What one load's rules found in one table.

    Attributes:
        checked_at: When, UTC; with the run's id it names the load.
        recency: 1 is the table's last load, 2 the one before it.
        published: Whether readers see the load; False for all its tables if one was stopped.
        rows_set_aside: Rows that the load set aside from the table, each once.
        rules: How many rules there were of each of the `VERDICTS`.
    """

    table: str
    run_id: str
    checked_at: datetime
    recency: int
    published: bool
    rows_set_aside: int
    rules: Mapping[str, int]

    @property
    def held(self) -> int:
        """How many rules were held against the table."""
        return sum(self.rules.values())

    @property
    def worst(self) -> str:
        """The worst that came of a rule."""
        return next((verdict for verdict in VERDICTS if self.rules[verdict]), "passed")


@dataclass(frozen=True)
class Finding:
    """A rule that did not pass in the last load of its table.

    Attributes:
        failing_rows: How many rows break it; None where that is no question of rows.
        message: Why, a sentence; None if there is none.
    """

    table: str
    rule: str
    verdict: str
    failing_rows: int | None
    message: str | None


@dataclass(frozen=True)
class Quarantined:
    """Rows of a table that are set aside at present and break the same rules.

    Attributes:
        rules: The rules, a line for each.
        since: When the first of them was set aside, UTC.
    """

    table: str
    rules: str
    rows: int
    since: datetime


@dataclass(frozen=True)
class Quality:
    """Everything the page shows about rules.

    Attributes:
        loads: The last loads and the last one of each table, oldest first.
    """

    loads: tuple[CheckedLoad, ...]
    findings: tuple[Finding, ...]
    quarantine: tuple[Quarantined, ...]

    @property
    def last(self) -> tuple[CheckedLoad, ...]:
        """The last load of each table, by table name."""
        last = (load for load in self.loads if load.recency == 1)
        return tuple(sorted(last, key=lambda load: load.table))

    @property
    def rules(self) -> dict[str, int]:
        """How many rules of each verdict the last loads had together."""
        return {name: sum(load.rules[name] for load in self.last) for name in VERDICTS}

    @property
    def rows_in_quarantine(self) -> dict[str, int]:
        """How many rows are set aside at present, by table."""
        rows: Counter[str] = Counter()
        for group in self.quarantine:
            rows[group.table] += group.rows
        return dict(rows)


LOADS = """
select
    table_name,
    run_id,
    checked_at,
    recency,
    coalesce(decision = 'publish', false),
    rows_set_aside,
    rules_failed,
    rules_not_answered,
    rules_setting_aside,
    rules_warned,
    rules_passed
from deftunes_bi_views.quality_history_vw
qualify recency = 1 or dense_rank() over (order by checked_at desc, run_id desc) <= ?
order by checked_at, run_id, table_name
"""

FINDINGS = """
select
    checks.table_name,
    checks.rule,
    checks.verdict,
    checks.failing_rows,
    checks.message
from deftunes_serving.fact_quality_check as checks
inner join deftunes_bi_views.quality_history_vw as loads
    using (table_name, run_id, checked_at)
where loads.recency = 1 and checks.verdict <> 'passed'
order by list_position(?, checks.verdict), checks.table_name, checks.rule_number
"""

QUARANTINE = """
select
    table_name,
    broken_rules,
    row_count,
    first_set_aside_at
from deftunes_bi_views.quarantine_vw
order by row_count desc, table_name, broken_rules
"""


def read_quality(connection: duckdb.DuckDBPyConnection, *, loads: int = 24) -> Quality:
    """Ask the warehouse for the history of quality.

    Args:
        connection: The warehouse.
        loads: How many loads to go back.
    """

    def checked_load(row: tuple[Any, ...]) -> CheckedLoad:
        return CheckedLoad(*(*row[:6], dict(zip(VERDICTS, row[6:], strict=True))))

    return Quality(
        loads=tuple(map(checked_load, connection.execute(LOADS, [loads]).fetchall())),
        findings=tuple(
            Finding(*row) for row in connection.execute(FINDINGS, [list(VERDICTS)]).fetchall()
        ),
        quarantine=tuple(Quarantined(*row) for row in connection.execute(QUARANTINE).fetchall()),
    )
