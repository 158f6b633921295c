"""The parameters of Redshift's parameter groups, which moto makes and then forgets."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.redshift.responses import RedshiftResponse

from deftunes_sandbox.aws.platform.teaching import teach

_SET: dict[str, dict[str, str]] = {}


def install() -> None:
    """Teach moto's Redshift."""
    teach(
        RedshiftResponse,
        describe_cluster_parameters=describe,
        modify_cluster_parameter_group=modify,
        reset_cluster_parameter_group=reset,
    )


def modify(response: RedshiftResponse) -> ActionResult:
    """Set parameters."""
    name = _name(response)
    for parameter in response._get_param("Parameters", []):  # noqa: SLF001 - as moto's responses do
        _SET.setdefault(name, {})[parameter["ParameterName"]] = parameter["ParameterValue"]
    return ActionResult({"ParameterGroupName": name, "ParameterGroupStatus": "updated"})


def reset(response: RedshiftResponse) -> ActionResult:
    """Forget what was set."""
    _SET.pop(_name(response), None)
    return ActionResult({"ParameterGroupName": _name(response), "ParameterGroupStatus": "updated"})


def describe(response: RedshiftResponse) -> ActionResult:
    """Tell what was set; all else is as Redshift has it and not told."""
    parameters: list[dict[str, Any]] = [
        {
            "ParameterName": name,
            "ParameterValue": value,
            "Source": "user",
            "DataType": "string",
            "ApplyType": "dynamic",
            "IsModifiable": True,
        }
        for name, value in _SET.get(_name(response), {}).items()
    ]
    return ActionResult({"Parameters": parameters})


def _name(response: RedshiftResponse) -> str:
    return str(response._get_param("ParameterGroupName"))  # noqa: SLF001 - as moto's responses do
