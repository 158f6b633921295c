"""AWS Glue's data quality rule sets, which moto lacks: kept and told, never evaluated.

A rule set has to be in the language as Glue's Data Catalog takes it, so labels are refused.
"""

from __future__ import annotations

import json
import re
import time
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.glue.exceptions import EntityNotFoundException
from moto.glue.responses import GlueResponse

from deftunes_sandbox.aws.platform.teaching import teach

_KEPT: dict[str, dict[str, Any]] = {}
_TOLD = ("Name", "Description", "Ruleset", "TargetTable", "CreatedOn", "LastModifiedOn")
_LABELS = re.compile(r"\blabels\s*=\s*\[|\bDefaultLabels\b")
_RULES = re.compile(r"\A(\s*#[^\n]*\n)*\s*Rules\s*=\s*\[.*\]\s*\Z", re.DOTALL)


def install() -> None:
    """Teach moto's Glue."""
    teach(
        GlueResponse,
        create_data_quality_ruleset=create,
        delete_data_quality_ruleset=delete,
        get_data_quality_ruleset=get,
        list_data_quality_rulesets=list_all,
        update_data_quality_ruleset=update,
    )


def create(response: GlueResponse) -> str:
    """Keep a rule set."""
    told = response.parameters
    _check(told["Ruleset"])
    now = time.time()
    _KEPT[told["Name"]] = {**told, "CreatedOn": now, "LastModifiedOn": now}
    account = f"{response.region}:{response.current_account}"
    arn = f"arn:aws:glue:{account}:dataQualityRuleset/{told['Name']}"
    response.glue_backend.tag_resource(arn, told.get("Tags") or {})
    return json.dumps({"Name": told["Name"]})


def get(response: GlueResponse) -> str:
    """Tell a rule set."""
    kept = _found(response)
    return json.dumps({name: kept[name] for name in _TOLD if kept.get(name) is not None})


def update(response: GlueResponse) -> str:
    """Replace what is told."""
    kept = _found(response)
    told = {name: value for name, value in response.parameters.items() if value is not None}
    _check(told.get("Ruleset", kept["Ruleset"]))
    kept.update(told, LastModifiedOn=time.time())
    return json.dumps({"Name": kept["Name"]})


def delete(response: GlueResponse) -> str:
    """Forget a rule set."""
    _KEPT.pop(_found(response)["Name"])
    return json.dumps({})


def list_all(response: GlueResponse) -> str:
    """List them by name."""
    del response
    return json.dumps({"Rulesets": [{"Name": name} for name in sorted(_KEPT)]})


def _found(response: GlueResponse) -> dict[str, Any]:
    name = response.parameters["Name"]
    if name not in _KEPT:
        raise EntityNotFoundException(f"Data quality ruleset {name} not found")
    return _KEPT[name]


def _check(rules: str) -> None:
    if _LABELS.search(rules) or not _RULES.match(rules):
        raise JsonRESTError("InvalidInputException", "The ruleset is no DQDL of the Data Catalog.")
