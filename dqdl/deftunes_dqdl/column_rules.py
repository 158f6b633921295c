"""Rules on the values of columns as a whole: how full, how distinct, how large.

Where AWS's pages do not say how null and empty tables count, this follows Deequ, the open engine
that Glue's rules run on (https://github.com/awslabs/deequ): a row whose columns are all null is no
value, so it is neither unique nor doubled. Unlike Deequ, a share of nothing is 1.
"""

from __future__ import annotations

from deftunes_dqdl.errors import EvaluationError
from deftunes_dqdl.judgement import Judge, Verdict, by_measure, by_rows, rows
from deftunes_dqdl.measured import Measure
from deftunes_dqdl.questions import Answers, Questions
from deftunes_dqdl.row_tests import Surroundings, parameter, row_test
from deftunes_dqdl.syntax import Check, Condition
from deftunes_dqdl.value_tests import is_number

_AGGREGATES = {"Mean": "avg", "Sum": "sum", "StandardDeviation": "stddev_pop"}
_ROW_METRICS = {"IsComplete": "Completeness", "ColumnLength": "LengthCompliance"}


def row_rule(check: Check, within: Surroundings, questions: Questions) -> Judge:
    """A rule that each row keeps or breaks."""
    test = row_test(check, within)
    asked, failing = questions.count(test.asked), questions.count(test.fails)
    name = _ROW_METRICS.get(check.type, f"{check.type}.Compliance")
    metric = f"Column.{parameter(check)}.{name}"
    return lambda answers: by_rows(metric, check.threshold, answers[asked], answers[failing])


def row_count(check: Check, within: Surroundings, questions: Questions) -> Judge:
    """RowCount."""
    count = questions.count(within.asked(check))
    return lambda answers: by_measure("Dataset.*.RowCount", _condition(check), answers[count])


def completeness(check: Check, within: Surroundings, questions: Questions) -> Judge:
    """Completeness: the share of rows that are not null."""
    asked, column = within.asked(check), within.column(check).sql
    count, nulls = questions.count(asked), questions.count(f"({asked} and {column} is null)")
    metric = f"Column.{parameter(check)}.Completeness"

    def judge(answers: Answers) -> Verdict:
        share = _share(answers[count] - answers[nulls], answers[count])
        return by_measure(metric, _condition(check), share, answers[nulls])

    return judge


def aggregate(check: Check, within: Surroundings, questions: Questions) -> Judge:
    """Mean, Sum, StandardDeviation: nulls are left out; the deviation is the population's.

    "result to 16.33": https://docs.aws.amazon.com/glue/latest/dg/dqdl-rule-types-StandardDeviation.html
    """
    asked, column = within.asked(check), within.column(check)
    if not is_number(column):
        raise EvaluationError(f"a column of type {column.type} holds no numbers")
    measure = questions.aggregate(
        f"{_AGGREGATES[check.type]}({column.sql})"
        + ("" if asked == "true" else f" filter ({asked})")
    )
    metric = f"Column.{parameter(check)}.{check.type}"

    def judge(answers: Answers) -> Verdict:
        value: Measure | None = answers[measure]
        if value is None:
            return Verdict(passed=False, message="There is no value to measure.")
        return by_measure(metric, _condition(check), value)

    return judge


def distinctness(check: Check, within: Surroundings, questions: Questions) -> Judge:
    """Uniqueness, UniqueValueRatio, DistinctValuesCount: one grouping answers all of them."""
    asked = within.asked(check)
    groups = questions.groups(_columns(check, within), asked)
    metric = f"{_subject(check)}.{check.type}"

    def judge(answers: Answers) -> Verdict:
        filled, distinct, unique = answers.row(groups)
        if check.type == "DistinctValuesCount":
            return by_measure(metric, _condition(check), distinct)
        whole = distinct if check.type == "UniqueValueRatio" else filled
        return by_measure(metric, _condition(check), _share(unique, whole), filled - unique)

    return judge


def uniqueness_of_all(check: Check, within: Surroundings, questions: Questions) -> Judge:
    """IsUnique, and IsPrimaryKey, which wants every column complete, too."""
    asked, columns = within.asked(check), _columns(check, within)
    groups = questions.groups(columns, asked)
    null = " or ".join(f"{column} is null" for column in columns)
    nulls = questions.count(f"({asked} and ({null}))")
    metric = f"{_subject(check)}.Uniqueness"

    def judge(answers: Answers) -> Verdict:
        filled, _, unique = answers.row(groups)
        doubled = filled - unique
        incomplete = answers[nulls] if check.type == "IsPrimaryKey" else 0
        faults = []
        if doubled:
            faults.append(f"{rows(doubled)} not the only one of its value")
        if incomplete:
            faults.append(f"{rows(incomplete)} incomplete")
        share = _share(unique, filled)
        message = f"{', '.join(faults)}." if faults else ""
        return Verdict(not faults, message, share, doubled + incomplete, {metric: share})

    return judge


def _columns(check: Check, within: Surroundings) -> tuple[str, ...]:
    return tuple(within.column(check, place).sql for place in range(len(check.parameters)))


def _subject(check: Check) -> str:
    names = [parameter(check, place) for place in range(len(check.parameters))]
    return f"{'Column' if len(names) == 1 else 'Multicolumn'}.{','.join(names)}"


def _condition(check: Check) -> Condition:
    if check.condition is None:
        raise EvaluationError("it has no condition")
    return check.condition


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0
