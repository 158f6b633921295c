"""A rule file as its reader needs it: rules with their texts, labels and policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

from deftunes_dqdl.constants import put_in
from deftunes_dqdl.errors import Position, RulesError
from deftunes_dqdl.printing import print_document, print_unlabelled
from deftunes_dqdl.read_document import read_document
from deftunes_dqdl.read_rule import check_labels
from deftunes_dqdl.rule_types import EVALUATED, check_form
from deftunes_dqdl.syntax import Check, Composite, Document

Policy = Literal["block", "quarantine", "warn"]


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        text: As people know it, without labels.
        position: Where it begins in the file.
        labels: Its own and the default ones.
        policy: What follows from failing, by label `policy`: `block` if there is none.
        definition: What it asks, with the values of constants.
    """

    text: str
    position: Position
    labels: Mapping[str, str]
    policy: Policy
    definition: Check | Composite

    @property
    def by_row(self) -> bool:
        """Whether each row alone breaks or keeps it, so that rows can be set aside for it."""
        return is_by_row(self.definition)

    @property
    def has_threshold(self) -> bool:
        """Whether it is content with a share of the rows: it then speaks of all of them."""
        return any(check.threshold is not None for check in checks(self.definition))


@dataclass(frozen=True)
class Ruleset:
    """The rules of a table; `str()` writes them as DQDL.

    Attributes:
        rules: In the file's order.
        document: Everything that the file says.
    """

    rules: tuple[Rule, ...]
    document: Document

    def __str__(self) -> str:
        return print_document(self.document)


def parse(source: str) -> Ruleset:
    """Read a rule file.

    Args:
        source: DQDL.

    Raises:
        RulesError: It is none, a rule does not have its type's form, or a policy is unknown; the
            sentence begins with `line:column`.
    """
    document = read_document(source)
    constants = {constant.name: constant.value for constant in document.constants}
    defaults = dict(document.default_labels or ())
    rules = []
    for written in document.rules or ():
        definition = put_in(written, constants)
        for check in checks(definition):
            check_form(check)
        labels = {**defaults, **dict(written.labels)}
        check_labels(tuple(labels.items()), written.position)
        policy = _policy(labels, definition)
        text = print_unlabelled(written)
        rules.append(Rule(text, written.position, labels, policy, definition))
    return Ruleset(tuple(rules), document)


def checks(rule: Check | Composite) -> Iterator[Check]:
    """The single checks of a rule."""
    if isinstance(rule, Check):
        yield rule
    else:
        for operand in rule.operands:
            yield from checks(operand)


def is_by_row(rule: Check | Composite) -> bool:
    """Whether each row alone breaks or keeps a rule.

    A threshold is a share of all rows: Glue joins no such rule with others row by row ("How
    Composite rules work", https://docs.aws.amazon.com/glue/latest/dg/dqdl.html).
    """
    if isinstance(rule, Composite):
        single = tuple(checks(rule))
        return all(is_by_row(check) and check.threshold is None for check in single)
    form = EVALUATED.get(rule.type)
    return form is not None and form.by_row


def _policy(labels: Mapping[str, str], rule: Check | Composite) -> Policy:
    policy = labels.get("policy", "block")
    if policy not in get_args(Policy):
        raise RulesError(
            rule.position,
            f"the label policy is {policy!r}: write block, quarantine or warn.",
        )
    if policy == "quarantine" and not is_by_row(rule):
        raise RulesError(
            rule.position,
            "no single row breaks this rule, so none can be put in quarantine for it: let its "
            "label policy be block or warn.",
        )
    return cast("Policy", policy)
