"""The rules of each table, read from their files before anything is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from columnar_target.errors import SettingError
from deftunes_dqdl import Rule, RulesError, Ruleset, parse


@dataclass(frozen=True)
class TableRules:
    """The rules of one table.

    Attributes:
        table: Its name.
        file: Where they stand.
        ruleset: All of them, in the file's order.
    """

    table: str
    file: str
    ruleset: Ruleset

    @property
    def setting_aside(self) -> Ruleset:
        """The rules for which single rows are set aside."""
        return self._those(rule for rule in self.ruleset.rules if rule.policy == "quarantine")

    @property
    def of_rows(self) -> Ruleset:
        """The other rules that each row alone keeps or breaks: held against changed rows."""
        return self._those(rule for rule in self.ruleset.rules if _is_of_rows(rule))

    @property
    def of_table(self) -> Ruleset:
        """The rules on a table as a whole: held against it as it would become."""
        return self._those(
            rule
            for rule in self.ruleset.rules
            if rule.policy != "quarantine" and not _is_of_rows(rule)
        )

    def number(self, rule: Rule) -> int:
        """The place of a rule in the file, from 1."""
        return self.ruleset.rules.index(rule) + 1

    def _those(self, rules: Iterable[Rule]) -> Ruleset:
        return replace(self.ruleset, rules=tuple(rules))


def read_rules(files: Mapping[str, str]) -> dict[str, TableRules]:
    """Read rule files.

    Args:
        files: Path by table, as configured.

    Returns:
        Rules by table.

    Raises:
        SettingError: A file cannot be read, or does not hold rules.
    """
    found = {}
    for table, file in files.items():
        try:
            ruleset = parse(Path(file).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as fault:
            reason = fault.strerror if isinstance(fault, OSError) else "it is no text in UTF-8"
            raise SettingError(
                f"Setting rules.{table} names the file {file}, which cannot be read ({reason}): "
                f"correct the path, which is relative to {Path.cwd()}, or take the entry out."
            ) from fault
        except RulesError as fault:
            raise SettingError(
                f"The rules of table {table} cannot be used: {file}:{fault} Nothing is loaded."
            ) from fault
        _refuse_thresholds(table, file, ruleset)
        found[table] = TableRules(table, file, ruleset)
    return found


def as_asked(table: str, texts: Sequence[str]) -> TableRules:
    """Rules for which rows were set aside, as a load's record has them.

    Args:
        table: The table.
        texts: The rules without labels.
    """
    ruleset = parse(f"Rules = [{', '.join(texts)}]")
    rules = tuple(replace(rule, policy="quarantine") for rule in ruleset.rules)
    return TableRules(table, "the run's record", replace(ruleset, rules=rules))


def _refuse_thresholds(table: str, file: str, ruleset: Ruleset) -> None:
    """A row is set aside whatever the share of others like it: a threshold would mean nothing."""
    for rule in ruleset.rules:
        if rule.policy == "quarantine" and rule.has_threshold:
            raise SettingError(
                f"The rules of table {table} cannot be used: {file}:{rule.position}: a rule of "
                "policy quarantine sets each row aside that breaks it, so a threshold says "
                "nothing: take one of the two out. Nothing is loaded."
            )


def _is_of_rows(rule: Rule) -> bool:
    # a threshold is a share of all rows, which a few changed ones say little of
    return rule.policy != "quarantine" and rule.by_row and not rule.has_threshold
