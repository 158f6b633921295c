"""AWS Glue's Data Quality Definition Language: a parser, and an evaluator on DuckDB."""

from deftunes_dqdl.errors import DqdlError, EvaluationError, Position, RulesError
from deftunes_dqdl.evaluation import Composites, evaluate, failing_rows_condition
from deftunes_dqdl.results import Outcome, Result, Results
from deftunes_dqdl.ruleset import Policy, Rule, Ruleset, parse
from deftunes_dqdl.table import Relation

__all__ = [
    "Composites",
    "DqdlError",
    "EvaluationError",
    "Outcome",
    "Policy",
    "Position",
    "Relation",
    "Result",
    "Results",
    "Rule",
    "RulesError",
    "Ruleset",
    "evaluate",
    "failing_rows_condition",
    "parse",
]
