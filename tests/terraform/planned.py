"""One plan of everything, as Terraform writes it in JSON: nothing is made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_DOCUMENTS = ("access_policy", "assume_role_policy", "policy", "policy_document")
"""Where resources hold what is allowed, as JSON."""


@dataclass(frozen=True)
class Planned:
    """What Terraform would make.

    Attributes:
        plan: The whole plan.
    """

    plan: Mapping[str, Any]

    @property
    def policies(self) -> dict[str, dict[str, str]]:
        """What roles may do, as far as it is known before anything is made: by module and role."""
        return dict(self.plan["planned_values"]["outputs"]["policies"]["value"])

    def values(self, kind: str) -> list[dict[str, Any]]:
        """The values of all resources of a kind, of which there is one at least."""
        found = [each["values"] for each in self.resources() if each["type"] == kind]
        assert found, f"nothing of {kind} is planned"
        return found

    def resources(self) -> Iterator[dict[str, Any]]:
        """All resources."""
        yield from _resources(self.plan["planned_values"]["root_module"])

    def documents(self) -> Iterator[tuple[str, str]]:
        """All that is allowed or refused to anyone, as far as it is known: module, and JSON."""
        for resource in self.resources():
            for name in _DOCUMENTS:
                text = resource["values"].get(name)
                if text and "Statement" in json.loads(text):
                    yield _module_of(resource["address"]), text
        for module, roles in self.policies.items():
            for document in roles.values():
                yield module, document

    def guards(self) -> dict[str, bool]:
        """By module: whether `terraform destroy` is let through by its guard."""
        return {
            each["address"].partition(".terraform_data.kept")[0]: each["values"]["input"][
                "disposable"
            ]
            for each in self.resources()
            if (each["type"], each["name"]) == ("terraform_data", "kept")
        }

    def keys(self, output: str, part: str) -> set[str]:
        """The keys of a part of an output, known and not yet known."""
        change = self.plan["output_changes"][output]
        found: set[str] = set()
        for side in ("after", "after_unknown"):
            told = change.get(side) or {}
            if isinstance(told, dict) and isinstance(told.get(part), dict):
                found |= told[part].keys()
        return found


def _resources(module: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from _resources(child)


def _module_of(address: str) -> str:
    """Name the outermost module of a resource: `module.lake.module.x.aws_y.z` is of `lake`."""
    return address.removeprefix("module.").partition(".")[0]
