"""Rules on the table's form, on other tables beside it, and in SQL of one's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from deftunes_dqdl.errors import EvaluationError, MissingColumnError
from deftunes_dqdl.judgement import Judge, Verdict, by_measure, by_rows
from deftunes_dqdl.questions import Answers, Questions
from deftunes_dqdl.row_tests import Surroundings, parameter
from deftunes_dqdl.sql import from_spark, literal, quoted
from deftunes_dqdl.syntax import Check, Condition
from deftunes_dqdl.table import Table

_REFERENCE = re.compile(r"\s*([^.{}]+?)\s*\.\s*(?:\{([^{}]*)\}|([^{}]+))\s*")


@dataclass(frozen=True)
class References:
    """The other tables, by the names that rules give them."""

    tables: Mapping[str, Table]

    def table(self, name: str) -> Table:
        """Another table.

        Raises:
            EvaluationError: None has this name.
        """
        if name not in self.tables:
            raise EvaluationError(f"there is no reference named {name}: give the data of that name")
        return self.tables[name]


def column_count(check: Check, within: Surroundings) -> Judge:
    """ColumnCount."""
    count = len(within.table.columns)
    return lambda _: by_measure("Dataset.*.ColumnCount", _condition(check), count)


def column_exists(check: Check, within: Surroundings) -> Judge:
    """ColumnExists."""
    try:
        within.column(check)
    except MissingColumnError:
        return lambda _: Verdict(passed=False, message=f"There is no column {parameter(check)}.")
    return lambda _: Verdict(passed=True)


def column_names(check: Check, within: Surroundings) -> Judge:
    """ColumnNamesMatchPattern: every whole name must match."""
    pattern = check.parameters[0]
    raw = getattr(pattern, "raw", parameter(check))
    within.test_pattern(raw)
    metric = "Dataset.*.ColumnNamesPatternMatchRatio"
    names = list(within.table.columns)
    tests = ", ".join(f"regexp_full_match({literal(name)}, {literal(raw)})" for name in names)
    found = within.connection.execute(f"select [{tests}]").fetchone()
    matched = found[0] if found else []
    others = [name for name, matches in zip(names, matched, strict=True) if not matches]
    share = 1 - len(others) / len(names)
    message = f"Columns of other names: {', '.join(others)}." if others else ""
    return lambda _: Verdict(not others, message, share, metrics={metric: share})


def custom_sql(
    check: Check, within: Surroundings, references: References, questions: Questions
) -> Judge:
    """CustomSql: a number to judge, or the rows that pass.

    "Records that are returned as part of the query are considered successful":
    https://docs.aws.amazon.com/glue/latest/dg/dqdl-rule-types-CustomSql.html
    """
    statement = from_spark(parameter(check)).rstrip("; \n")
    tables = {"primary": within.table, **references.tables}
    beside = ", ".join(f"{quoted(name)} as ({each.projection})" for name, each in tables.items())
    if check.condition is None:
        return _rows_returned(check, within, f"with {beside}", statement, questions)
    result = questions.query(f"with {beside} select * from ({statement})")

    def judge(answers: Answers) -> Verdict:
        (value, *others) = answers.row(result)
        if others or isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
            raise EvaluationError("its query returns something other than one number")
        return by_measure("Dataset.*.CustomSQL", _condition(check), value)

    return judge


def _rows_returned(
    check: Check, within: Surroundings, beside: str, statement: str, questions: Questions
) -> Judge:
    described = within.connection.execute(f"describe {beside} select * from ({statement})")
    returned = [within.table.name(row[0]) for row in described.fetchall()]
    same = " and ".join(
        f"wanted.{quoted(name)} is not distinct from found.{quoted(name)}" for name in returned
    )
    question = questions.query(
        f'{beside} select (select count(*) from "primary"), count(*) from "primary" as wanted '
        f"where not exists (select 1 from ({statement}) as found where {same})"
    )
    metric = "Dataset.*.CustomSQL.Compliance"
    return lambda answers: by_rows(metric, check.threshold, *answers.row(question))


def referential_integrity(
    check: Check, within: Surroundings, references: References, questions: Questions
) -> Judge:
    """ReferentialIntegrity: the share of rows whose values the other table has.

    A row with a null among them has no match, as in Deequ.
    """
    found = _REFERENCE.fullmatch(parameter(check, 1))
    if not found:
        raise EvaluationError('its reference is no `"name.column"` or `"name.{column,column}"`')
    other = references.table(found[1])
    ours = [within.table.column(name).sql for name in _listed(parameter(check))]
    theirs = [other.column(name).sql for name in _listed(found[2] or found[3])]
    if len(ours) != len(theirs):
        raise EvaluationError(f"it names {len(ours)} columns here and {len(theirs)} there")
    names = [f"k{number}" for number in range(len(ours))]
    here = ", ".join(f"{sql} as {name}" for sql, name in zip(ours, names, strict=True))
    there = ", ".join(f"{sql} as {name}" for sql, name in zip(theirs, names, strict=True))
    matched = questions.query(
        f"select count(*) from (select {here} from {within.table.source}) as ours "
        f"semi join (select {there} from {other.source}) as theirs using ({', '.join(names)})"
    )
    count = questions.count("true")
    metric = f"Column.{found[1]}.ReferentialIntegrity"

    def judge(answers: Answers) -> Verdict:
        share = answers[matched] / answers[count] if answers[count] else 1.0
        return by_measure(metric, _condition(check), share, answers[count] - answers[matched])

    return judge


def row_count_match(check: Check, references: References, questions: Questions) -> Judge:
    """RowCountMatch: our rows for each of the other table's."""
    name = parameter(check)
    theirs = questions.query(f"select count(*) from {references.table(name).source}")
    ours = questions.count("true")
    metric = f"Dataset.{name}.RowCountMatch"

    def judge(answers: Answers) -> Verdict:
        if not answers[theirs] and answers[ours]:
            return Verdict(passed=False, message=f"{name} has no rows, the data have.")
        ratio = answers[ours] / answers[theirs] if answers[theirs] else 1.0
        return by_measure(metric, _condition(check), ratio)

    return judge


def schema_match(check: Check, within: Surroundings, references: References) -> Judge:
    """SchemaMatch: the share of columns with the same name and type; 0 if one has more columns."""
    name = parameter(check)
    ours, theirs = (
        {column.lower(): each.type for column, each in table.columns.items()}
        for table in (within.table, references.table(name))
    )
    same = sum(theirs.get(column) == kind for column, kind in ours.items())
    share = same / len(ours) if len(ours) == len(theirs) else 0.0
    return lambda _: by_measure(f"Dataset.{name}.SchemaMatch", _condition(check), share)


def _listed(names: str) -> list[str]:
    return [name.strip() for name in names.split(",")]


def _condition(check: Check) -> Condition:
    if check.condition is None:
        raise EvaluationError("it has no condition")
    return check.condition
