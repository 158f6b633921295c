"""Parameters of a database's parameter group, which were set by somebody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from moto.rds.models import DBParameterGroup

from deftunes_sandbox.aws.platform.teaching import teach

_update = DBParameterGroup.update_parameters


def install() -> None:
    """Teach moto's RDS."""
    teach(DBParameterGroup, update_parameters=update)


def update(group: DBParameterGroup, parameters: Iterable[dict[str, Any]]) -> None:
    """Set parameters, and keep that they are a user's."""
    _update(group, [{**parameter, "Source": "user"} for parameter in parameters])
