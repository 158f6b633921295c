"""Who a budget tells, and its tags."""

from __future__ import annotations

import json
from typing import Any

from moto.budgets.responses import BudgetsResponse

from deftunes_sandbox.aws.platform.teaching import teach

_create = BudgetsResponse.create_budget
_TAGS: dict[str, list[dict[str, str]]] = {}


def install() -> None:
    """Teach moto's Budgets."""
    teach(
        BudgetsResponse,
        describe_subscribers_for_notification=subscribers,
        create_budget=create,
        list_tags_for_resource=tags,
    )


def create(response: BudgetsResponse) -> str:
    """Create a budget, and keep its tags."""
    answer = _create(response)
    budget = response._get_param("Budget")  # noqa: SLF001 - as in all of moto's responses
    _TAGS[budget["BudgetName"]] = response._get_param("ResourceTags") or []  # noqa: SLF001 - the same
    return answer


def tags(response: BudgetsResponse) -> str:
    """The tags of a budget."""
    arn = response._get_param("ResourceARN")  # noqa: SLF001 - as in all of moto's responses
    return json.dumps({"ResourceTags": _TAGS.get(arn.rpartition("/")[2], [])})


def subscribers(response: BudgetsResponse) -> str:
    """Who is told by a notification of a budget."""
    asked = response._get_param("Notification")  # noqa: SLF001 - as in all of moto's responses
    account = response._get_param("AccountId")  # noqa: SLF001 - the same
    name = response._get_param("BudgetName")  # noqa: SLF001 - the same
    for notification in response.backend.budgets[account][name].notifications:
        if _same(notification.details, asked):
            return json.dumps({"Subscribers": notification.subscribers})
    return json.dumps({"Subscribers": []})


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    names = ("NotificationType", "ComparisonOperator", "ThresholdType")
    return all(one.get(name) == other.get(name) for name in names) and float(
        one["Threshold"]
    ) == float(other["Threshold"])
