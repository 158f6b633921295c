"""The data dictionary: every field of every contract, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalogue.contracts.making import Contract

LAYERS = {
    "source": "Sources",
    "lake": "Lake",
    "gold": "Star schema",
    "view": "Views",
}


def dictionary(contracts: Mapping[str, Contract]) -> list[dict[str, Any]]:
    """Put the contracts in the order in which a reader asks for them.

    Returns:
        Sections with `title`, and `tables` with `id`, `name`, `contract` (its file's name),
        `version`, `description`, `quality` (sentences) and `fields` (`name`, `type`,
        `description`, `signs`, `quality`).
    """
    return [
        {
            "title": title,
            "id": layer,
            "tables": [
                _table(name, contract)
                for name, contract in contracts.items()
                if name.startswith(f"{layer}-")
            ],
        }
        for layer, title in LAYERS.items()
    ]


def _table(name: str, contract: Contract) -> dict[str, Any]:
    (table,) = contract["schema"]
    return {
        "id": name,
        "name": table["name"],
        "contract": f"docs/contracts/{name}.odcs.yaml",
        "version": contract["version"],
        "description": table["description"],
        "quality": [_said(rule) for rule in table.get("quality", ())],
        "fields": [field for one in table["properties"] for field in _fields(one)],
    }


def _fields(field: dict[str, Any], within: str = "") -> list[dict[str, Any]]:
    name = within + field["name"]
    refers = [f"in {_column(one['to'])}" for one in field.get("relationships", ())]
    signs = [
        *(["key"] if field.get("primaryKey") else []),
        *(["never null"] if field.get("required") and not field.get("primaryKey") else []),
        *(["personal"] if field.get("classification") else []),
        *refers,
    ]
    own = {
        "name": name,
        "type": field["physicalType"],
        "description": field.get("description", ""),
        "signs": signs,
        "quality": [
            _said(rule) for rule in field.get("quality", ()) if rule.get("metric") != "nullValues"
        ],
        "origins": [one.split(":", 1)[1] for one in field.get("transformSourceObjects", ())],
    }
    inner = field.get("items", {}).get("properties", ())
    return [own, *(one for item in inner for one in _fields(item, f"{name}[]."))]


def _column(reference: str) -> str:
    """The column that a reference leads to, as `table.column`."""
    _, _, place = reference.partition("#/schema/")
    return place.replace("/properties/", ".")


def _said(rule: dict[str, Any]) -> str:
    """A rule in words."""
    if rule["type"] == "custom" or "customProperties" in rule:
        name = str(rule["name"])
        return name.replace("_", " ") if rule.get("engine") == "dbt" else name
    given = rule.get("arguments", {})
    if rule["metric"] == "duplicateValues":
        return f"unique: {', '.join(given['properties'])}"
    if rule["metric"] == "invalidValues":
        return f"one of {', '.join(map(str, given['validValues']))}"
    return "never null"
