"""The gate before a table: which rows may come in, and what the table would be with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb

from columnar_target.quality.rules import TableRules
from columnar_target.quality.verdict import Checked, Verdict
from columnar_target.records.columns import described_key
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
from target_s3.iceberg.fields import Field, named
from target_s3.merging.arrival import Published
from target_s3.merging.incoming import count
from target_s3.merging.keys import Keys, alive
from target_s3.quality.relations import Neighbours, rows_of_table

WITHHELD = "withheld"
"""The relation of rows that are set aside: `position`, that of the row `instead`, and `rules`, the
texts of those they break."""

_SAMPLES = 5
_CANDIDATES = "candidates"


@dataclass
class TableGate:
    """Holds a table's rules against one load.

    Attributes:
        rules: The rules.
        limit: How many rows may be set aside.
    """

    rules: TableRules
    limit: Limit
    _of_rows: tuple[Checked, ...] = ()
    _arrived: int = 0
    _withheld: int = 0

    def withhold(
        self, connection: duckdb.DuckDBPyConnection, fields: Sequence[Field], keys: Keys
    ) -> str | None:
        """Set aside the changed rows that break a rule for which rows are, and judge the others.

        Rows that are told to be gone at their source are not asked anything.
        """
        self._of_rows, self._withheld = (), 0
        self._arrived = count(connection, "latest")
        rows = self._rows(connection, fields, keys)
        if not (rows.number and self.rules.setting_aside.rules):
            return None
        self._of_rows = tuple(self._set_aside(rows))
        return WITHHELD if self._withheld else None

    def look_at(
        self, connection: duckdb.DuckDBPyConnection, fields: Sequence[Field], keys: Keys
    ) -> None:
        """Hold the other rules by row against the changed rows that are left."""
        rows = self._rows(connection, fields, keys)
        if rows.number or self._of_rows:
            others = evaluate(connection, rows.relation, self.rules.of_rows, composites="row")
            checks = (self._checked(result, rows) for result in others.results)
            self._of_rows = (*self._of_rows, *checks)

    def _rows(
        self, connection: duckdb.DuckDBPyConnection, fields: Sequence[Field], keys: Keys
    ) -> _Rows:
        """The changed rows; those that are told to be gone are not there, for rules."""
        connection.execute(
            f"create or replace view {_CANDIDATES} as select * from new_rows where {alive(fields)}"
        )
        return _Rows(connection, _CANDIDATES, fields, keys, count(connection, _CANDIDATES))

    def judge(
        self,
        connection: duckdb.DuckDBPyConnection,
        published: Published,
        neighbours: Neighbours,
    ) -> Verdict:
        """Hold the rules on the whole table against it as it would become.

        Args:
            connection: Where it is read.
            published: What the load would make of the table.
            neighbours: The other tables, read if a rule speaks of them.
        """
        of_table: list[Checked] = []
        if published.snapshot_id is not None and self.rules.of_table.rules:
            whole = rows_of_table(published.fields, published.files)
            rows = count(connection, f"({whole.sql})")
            results = evaluate(
                connection,
                whole,
                self.rules.of_table,
                references=neighbours.spoken_of(self.rules),
            )
            of_table = [
                Checked.of(self.rules.number(result.rule), result, rows)
                for result in results.results
            ]
        checks = sorted((*self._of_rows, *of_table), key=lambda check: check.number)
        return Verdict(
            self.rules.table,
            self.rules.file,
            tuple(checks),
            self._arrived,
            self._withheld,
            self.limit,
        )

    def _set_aside(self, rows: _Rows) -> list[Checked]:
        """Make the relation of rows that are set aside; what came of the rules that ask for it."""
        conditions: list[tuple[Rule, str]] = []
        unanswered: list[Checked] = []
        for rule in self.rules.setting_aside.rules:
            try:
                conditions.append((rule, rows.failing(rule)))
            except EvaluationError:
                unanswered.append(self._unanswered(rule, rows))
        if not conditions:
            return unanswered
        texts = ", ".join(
            f"case when {condition} then {literal(rule.text)} end" for rule, condition in conditions
        )
        flags = ", ".join(
            f"{condition} as breaks_{number}" for number, (_, condition) in enumerate(conditions)
        )
        any_of = " or ".join(f"breaks_{number}" for number in range(len(conditions)))
        try:
            rows.connection.execute(
                f"create or replace table {WITHHELD} as select *, null::bigint as instead from "
                f"(select position, concat_ws(chr(10), {texts}) as rules, {flags} "
                f"from {rows.sql}) where {any_of}"
            )
        except (duckdb.ProgrammingError, duckdb.DataError):
            # a rule's own SQL, which nobody can answer for these rows
            faulty = [rule for rule, condition in conditions if not rows.answers(condition)]
            if not faulty:
                raise
            return [*unanswered, *(self._unanswered(rule, rows) for rule in faulty)]
        self._withheld = count(rows.connection, WITHHELD)
        if self._withheld:
            self._find_others(rows, " or ".join(f"({condition})" for _, condition in conditions))
        broken = []
        for number, (rule, _) in enumerate(conditions):
            failing = count(rows.connection, f"{WITHHELD} where breaks_{number}")
            keys = rows.keys_where(
                f"position in (select position from {WITHHELD} where breaks_{number})", failing
            )
            result = Result(
                rule,
                "failed" if failing else "passed",
                (rows.number - failing) / rows.number,
                f"{failing} of {rows.number} rows break it." if failing else "",
                failing,
            )
            broken.append(Checked.of(self.rules.number(rule), result, rows.number, keys))
        return [*unanswered, *broken]

    def _unanswered(self, rule: Rule, rows: _Rows) -> Checked:
        message = "it cannot be answered for these rows: see its column names and its SQL."
        result = Result(rule, "error", message=message)
        return Checked.of(self.rules.number(rule), result, rows.number)

    def _find_others(self, rows: _Rows, breaks: str) -> None:
        """Find the last version that counts of each row that is set aside: good, or gone.

        Whether two versions come in one load or in two must make no difference.
        """
        keys = ", ".join(key.alias for key in named(rows.fields, rows.keys.columns))
        if not keys or count(rows.connection, "arrived") == self._arrived:
            return
        counts = f"not ({breaks}) or not ({alive(rows.fields)})"
        rows.connection.execute(
            f"update {WITHHELD} set instead = good.position from ("
            f"select held.position as held, max(earlier.position) as position "
            f"from (select {keys}, position from arrived semi join {WITHHELD} using (position)) "
            f"as held join (select * from arrived where {counts}) "
            f"as earlier using ({keys}) "
            "where earlier.position < held.position group by held.position) as good "
            f"where {WITHHELD}.position = good.held"
        )

    def _checked(self, result: Result, rows: _Rows) -> Checked:
        keys: tuple[str, ...] = ()
        if result.outcome == "failed" and result.failing_rows:
            keys = rows.keys_where(rows.failing(result.rule), result.failing_rows)
        return Checked.of(self.rules.number(result.rule), result, rows.number, keys)


@dataclass(frozen=True)
class _Rows:
    """Rows that rules are held against.

    Attributes:
        connection: Where they are.
        sql: Their relation; its columns are the fields' aliases.
        fields: The table's columns.
        keys: What identifies rows.
        number: How many there are.
    """

    connection: duckdb.DuckDBPyConnection
    sql: str
    fields: Sequence[Field] = field(repr=False)
    keys: Keys
    number: int

    @property
    def relation(self) -> Relation:
        return Relation(self.sql, {column.name: column.alias for column in self.fields})

    def failing(self, rule: Rule) -> str:
        return failing_rows_condition(self.connection, self.relation, rule)

    def answers(self, condition: str) -> bool:
        """Whether a condition can be asked of the rows."""
        try:
            self.connection.execute(f"select bool_or({condition}) from {self.sql}").fetchall()
        except (duckdb.ProgrammingError, duckdb.DataError):
            return False
        return True

    def keys_where(self, condition: str, number: int) -> tuple[str, ...]:
        """Keys of a few rows, for a message."""
        if not (self.keys.columns and number):
            return ()
        columns = ", ".join(key.alias for key in named(self.fields, self.keys.columns))
        found = self.connection.execute(
            f"select {columns} from {self.sql} where {condition} order by position limit {_SAMPLES}"
        ).fetchall()
        return tuple(
            described_key(dict(zip(self.keys.columns, row, strict=True)), self.keys.columns)
            for row in found
        )
