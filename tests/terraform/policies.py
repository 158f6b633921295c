"""What a policy allows: read from its JSON, without AWS."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

UNSCOPED = {
    "cloudwatch:PutMetricData",
    "ecr:GetAuthorizationToken",
    "ecs:ListTasks",
    "logs:DescribeLogGroups",
    "s3:GetAccountPublicAccessBlock",
}
"""The actions for which AWS knows no resource: the only ones that may have `*`."""


@dataclass(frozen=True)
class Statement:
    """One statement of a policy.

    Attributes:
        effect: Allow or Deny.
        actions: What it is about.
        resources: And on what.
        condition: When.
    """

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Mapping[str, Any]

    def covers(self, action: str, resource: str) -> bool:
        """Tell whether it is about a call, whatever its condition."""
        return any(fnmatchcase(action, pattern) for pattern in self.actions) and any(
            fnmatchcase(resource, pattern) for pattern in self.resources
        )


def statements(document: str) -> Iterator[Statement]:
    """Read a policy."""
    for told in json.loads(document)["Statement"]:
        yield Statement(
            told["Effect"],
            _several(told["Action"]),
            _several(told.get("Resource", [])),
            told.get("Condition", {}),
        )


def allows(documents: list[str], action: str, resource: str) -> bool:
    """Tell whether any of some policies allows a call, conditions aside."""
    return any(
        statement.effect == "Allow" and statement.covers(action, resource)
        for document in documents
        for statement in statements(document)
    )


def statement(documents: Iterable[str], sid: str) -> Mapping[str, Any]:
    """Give the one statement of some policies that has a name, as it is written."""
    [found] = [
        told
        for document in documents
        for told in json.loads(document)["Statement"]
        if told.get("Sid") == sid
    ]
    return dict(found)


def too_wide(document: str) -> list[str]:
    """Name what a role's policy allows beyond what it names: wild actions, wild resources."""
    found = []
    for statement in statements(document):
        found += [action for action in statement.actions if "*" in action]
        if "*" in statement.resources and not set(statement.actions) <= UNSCOPED:
            found.append(f"{statement.actions} on *")
    return found


def _several(told: str | list[str]) -> tuple[str, ...]:
    return (told,) if isinstance(told, str) else tuple(told)
