"""Rules held against data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import duckdb

from deftunes_dqdl import column_rules, table_rules
from deftunes_dqdl.errors import EvaluationError, MissingColumnError
from deftunes_dqdl.families import is_dynamic
from deftunes_dqdl.judgement import Judge, Verdict, by_rows
from deftunes_dqdl.questions import UNANSWERABLE, Answers, Questions, explained
from deftunes_dqdl.results import Result, Results
from deftunes_dqdl.row_tests import Surroundings, row_test
from deftunes_dqdl.rule_types import EVALUATED
from deftunes_dqdl.ruleset import Rule, Ruleset, is_by_row
from deftunes_dqdl.syntax import Check, Composite
from deftunes_dqdl.table import Relation, Table
from deftunes_dqdl.table_rules import References

Composites = Literal["dataset", "row"]


def evaluate(
    connection: duckdb.DuckDBPyConnection,
    relation: Relation | str,
    ruleset: Ruleset,
    *,
    references: Mapping[str, Relation | str] | None = None,
    composites: Composites = "dataset",
    now: dt.datetime | None = None,
) -> Results:
    """Hold rules against data: one scan for all that needs no grouping.

    Args:
        connection: Where the relation is.
        relation: The data.
        ruleset: What is asked of them.
        references: Other data, by the names that rules give them.
        composites: What `and` and `or` join: outcomes of whole data sets, as Glue does by default,
            or rows, as with its `compositeRuleEvaluation.method` ROW ("How Composite rules work",
            https://docs.aws.amazon.com/glue/latest/dg/dqdl.html). Of `row`, composites of which
            some part is not by row, or has a threshold, are an exception.
        now: What `now()` is, with a zone; by default the present.

    Returns:
        A result for each rule. A rule that cannot be answered is an `error`, never a silent pass.

    Raises:
        duckdb.Error: The data themselves cannot be read.
    """
    table = Table.of(connection, relation)
    others = {name: Table.of(connection, each) for name, each in (references or {}).items()}
    moment = now or dt.datetime.now(dt.timezone.utc)
    within = Surroundings(connection, table, moment)
    plan = _Plan(within, References(others), Questions(table.source), composites == "row")
    judges = [plan.judge(rule.definition) for rule in ruleset.rules]
    answers = plan.questions.answer(connection)
    return Results(
        tuple(
            _result(rule, judge, answers) for rule, judge in zip(ruleset.rules, judges, strict=True)
        )
    )


def failing_rows_condition(
    connection: duckdb.DuckDBPyConnection,
    relation: Relation | str,
    rule: Rule,
    *,
    now: dt.datetime | None = None,
) -> str:
    """SQL over a relation's columns that is true for the rows that break a rule, else false.

    Args:
        connection: Where the relation is; only its columns' types are looked up.
        relation: The data.
        rule: A rule that is by row. Composites are taken row by row.
        now: What `now()` is, with a zone; by default the present.

    Raises:
        EvaluationError: The rule is not by row, or cannot be asked of these columns.
        duckdb.Error: There is no such relation.
    """
    if not rule.by_row:
        raise EvaluationError(f"{rule.position}: no single row breaks the rule {rule.text}")
    moment = now or dt.datetime.now(dt.timezone.utc)
    within = Surroundings(connection, Table.of(connection, relation), moment)
    try:
        return row_test(rule.definition, within).fails
    except EvaluationError as fault:
        raise type(fault)(_unanswered(rule, fault)) from fault


@dataclass(frozen=True)
class _Plan:
    within: Surroundings
    references: References
    questions: Questions
    by_row: bool

    def judge(self, rule: Check | Composite) -> Judge:
        """What a rule asks, and how its answers are judged."""
        try:
            return self._composite(rule) if isinstance(rule, Composite) else self._check(rule)
        except MissingColumnError as fault:
            # Glue: "Input data does not include column colA!", result FAIL (.../dqdl.html, Labels)
            return _always(Verdict(passed=False, message=f"Not answered: {fault}."))
        except EvaluationError as fault:
            return _never(fault)
        except UNANSWERABLE as fault:
            return _never(explained(fault))

    def _composite(self, rule: Composite) -> Judge:
        if self.by_row and is_by_row(rule):
            test = row_test(rule, self.within)
            asked, failing = self.questions.count("true"), self.questions.count(test.fails)
            metric = "Dataset.*.Composite.Compliance"
            return lambda answers: by_rows(metric, None, answers[asked], answers[failing])
        judges = [self.judge(operand) for operand in rule.operands]
        together = all if rule.operator == "and" else any

        def judge(answers: Answers) -> Verdict:
            verdicts = [each(answers) for each in judges]
            passed = together(verdict.passed for verdict in verdicts)
            message = " ".join(verdict.message for verdict in verdicts if verdict.message)
            metrics = {name: value for each in verdicts for name, value in each.metrics.items()}
            return Verdict(passed, "" if passed else message, metrics=metrics)

        return judge

    def _check(self, check: Check) -> Judge:
        form = EVALUATED.get(check.type)
        if form is None:
            raise EvaluationError(f"{check.type} is not evaluated here")
        if is_dynamic(check.condition) or is_dynamic(check.threshold):
            raise EvaluationError(
                "it is dynamic: it asks for earlier results, which only Glue keeps; compare with "
                "a number"
            )
        if form.by_row:
            return column_rules.row_rule(check, self.within, self.questions)
        return self._judges()[check.type](check)

    def _judges(self) -> dict[str, Callable[[Check], Judge]]:
        within, others, questions = self.within, self.references, self.questions
        return {
            "ColumnCount": lambda c: table_rules.column_count(c, within),
            "ColumnExists": lambda c: table_rules.column_exists(c, within),
            "ColumnNamesMatchPattern": lambda c: table_rules.column_names(c, within),
            "Completeness": lambda c: column_rules.completeness(c, within, questions),
            "CustomSql": lambda c: table_rules.custom_sql(c, within, others, questions),
            "DistinctValuesCount": lambda c: column_rules.distinctness(c, within, questions),
            "IsPrimaryKey": lambda c: column_rules.uniqueness_of_all(c, within, questions),
            "IsUnique": lambda c: column_rules.uniqueness_of_all(c, within, questions),
            "Mean": lambda c: column_rules.aggregate(c, within, questions),
            "ReferentialIntegrity": lambda c: table_rules.referential_integrity(
                c, within, others, questions
            ),
            "RowCount": lambda c: column_rules.row_count(c, within, questions),
            "RowCountMatch": lambda c: table_rules.row_count_match(c, others, questions),
            "SchemaMatch": lambda c: table_rules.schema_match(c, within, others),
            "StandardDeviation": lambda c: column_rules.aggregate(c, within, questions),
            "Sum": lambda c: column_rules.aggregate(c, within, questions),
            "UniqueValueRatio": lambda c: column_rules.distinctness(c, within, questions),
            "Uniqueness": lambda c: column_rules.distinctness(c, within, questions),
        }


def _always(verdict: Verdict) -> Judge:
    return lambda _: verdict


def _never(fault: EvaluationError) -> Judge:
    def judge(_: Answers) -> Verdict:
        raise fault

    return judge


def _unanswered(rule: Rule, fault: EvaluationError) -> str:
    return f"{rule.position}: {rule.text} cannot be answered: {fault}."


def _result(rule: Rule, judge: Judge, answers: Answers) -> Result:
    try:
        verdict = judge(answers)
    except EvaluationError as fault:
        return Result(rule, "error", message=_unanswered(rule, fault))
    return Result(
        rule,
        "passed" if verdict.passed else "failed",
        verdict.measured,
        verdict.message,
        verdict.failing_rows,
        verdict.metrics,
    )
