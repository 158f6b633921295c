"""Rules held against the rows of a load, here, before anything of them is in the warehouse.

All rules see the rows that this load brings, the latest version of each; those on a table as a
whole (`Uniqueness`, `RowCount`, thresholds) speak of them, too, and not of what the table has
besides. Other tables are asked for the columns that a rule names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb

from columnar_target.own_columns import QUARANTINE_RULES
from columnar_target.quality.rules import TableRules
from columnar_target.quality.verdict import Checked, Verdict
from columnar_target.relations.sql import literal
from columnar_target.settings import Limit
from deftunes_dqdl import (
    EvaluationError,
    Relation,
    Result,
    Rule,
    evaluate,
    failing_rows_condition,
)
from target_redshift.shipment.rows import Rows

WITHHELD = "withheld"
"""The relation of rows that are set aside, with the rules that each breaks, one a line."""


_CANDIDATES = "candidates"
_SAMPLES = 5


@dataclass
class Gate:
    """Holds a table's rules against one load.

    Attributes:
        rules: The rules.
        limit: How many rows may be set aside.
        references: The tables that rules name.
    """

    rules: TableRules
    limit: Limit
    references: Mapping[str, Relation]
    rows: Rows = field(init=False)
    withheld: int = field(default=0, init=False)

    def judge(self, rows: Rows) -> Verdict:
        """Set aside what rules say is to be, and ask the others of the rest.

        Args:
            rows: The rows; those that are set aside count no more.
        """
        self.rows = rows
        arrived = self.rows.count("latest")
        checks: list[Checked] = []
        if self._look():
            checks += self._set_aside()
        number = self._look()
        if number or checks:
            checks += self._ask(number)
        ordered = tuple(sorted(checks, key=lambda check: check.number))
        return Verdict(
            self.rules.table, self.rules.file, ordered, arrived, self.withheld, self.limit
        )

    def _look(self) -> int:
        """Make the relation of rows that rules see; those told to be gone are not there."""
        self.rows.connection.execute(
            f"create or replace view {_CANDIDATES} as "
            f"select * from ({self.rows.counting}) where {self.rows.alive}"
        )
        return self.rows.count(_CANDIDATES)

    @property
    def _relation(self) -> Relation:
        columns = {column.name: column.alias for column in self.rows.columns}
        return Relation(_CANDIDATES, columns)

    def _ask(self, number: int) -> list[Checked]:
        database, checks = self.rows.connection, []
        by_row = evaluate(database, self._relation, self.rules.of_rows, composites="row")
        whole = evaluate(
            database,
            self._relation,
            self.rules.of_table,
            references=self.references,
        )
        for result in (*by_row.results, *whole.results):
            keys: tuple[str, ...] = ()
            if result.outcome == "failed" and result.failing_rows and result.rule.by_row:
                keys = self._keys(self._failing(result.rule))
            checks.append(Checked.of(self.rules.number(result.rule), result, number, keys))
        return checks

    def _failing(self, rule: Rule) -> str:
        return failing_rows_condition(self.rows.connection, self._relation, rule)

    def _set_aside(self) -> list[Checked]:
        number, checks = self.rows.count(_CANDIDATES), []
        broken: list[tuple[Rule, str]] = []
        for rule in self.rules.setting_aside.rules:
            try:
                condition = self._failing(rule)
                # each row is asked: a filter may leave out a part that cannot be answered
                failing = self._counted(condition)
            except (EvaluationError, duckdb.ProgrammingError, duckdb.DataError):
                message = "it cannot be answered for these rows: see its column names and its SQL."
                unanswered = Result(rule, "error", message=message)
                checks.append(Checked.of(self.rules.number(rule), unanswered, number))
                continue
            result = Result(
                rule,
                "failed" if failing else "passed",
                (number - failing) / number,
                f"{failing} of {number} rows break it." if failing else "",
                failing,
            )
            keys = self._keys(condition) if failing else ()
            checks.append(Checked.of(self.rules.number(rule), result, number, keys))
            if failing:
                broken.append((rule, condition))
        if broken:
            self._withhold(broken)
        return checks

    def _counted(self, condition: str) -> int:
        found = self.rows.connection.execute(f"select count_if({condition}) from {_CANDIDATES}")
        return int((found.fetchone() or (0,))[0])

    def _withhold(self, broken: list[tuple[Rule, str]]) -> None:
        texts = ", ".join(
            f"case when {condition} then {literal(rule.text)} end" for rule, condition in broken
        )
        breaks = " or ".join(f"({condition})" for _, condition in broken)
        run = self.rows.connection.execute
        run(
            f"create or replace table {WITHHELD} as select *, "
            f"concat_ws(chr(10), {texts}) as {QUARANTINE_RULES} from {_CANDIDATES} where {breaks}"
        )
        self.withheld = self.rows.count(WITHHELD)
        run(f"delete from latest where position in (select position from {WITHHELD})")
        keys = ", ".join(key.alias for key in self.rows.keys)
        if keys:
            # whether two versions come in one load or in two must make no difference
            run(
                f"insert into latest by name select {keys}, max(position) as position from arrived "
                f"semi join {WITHHELD} using ({keys}) "
                f"where not ({breaks}) or not ({self.rows.alive}) group by {keys}"
            )

    def _keys(self, condition: str) -> tuple[str, ...]:
        return tuple(self.rows.keys_where(_CANDIDATES, condition, _SAMPLES))
