"""Glue's optimistic locking, which moto leaves out: an update names the version it is made from.

In AWS a table's first version is 0, and UpdateTable with a `VersionId` that is not the current
one is refused; of two updates made from one version, one wins. Iceberg's commits rest on it.
"""

from __future__ import annotations

import threading
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.glue.models import FakeTable, GlueBackend
from moto.glue.responses import GlueResponse

_LOCK = threading.RLock()
_create_table = GlueBackend.create_table
_update_table = GlueResponse.update_table


def install() -> None:
    """Teach moto's Glue to look at versions, one call at a time."""
    GlueBackend.create_table = create_table  # type: ignore[assignment,method-assign]  # no hook
    GlueResponse.update_table = update_table  # type: ignore[assignment,method-assign]  # no hook


def create_table(backend: GlueBackend, *args: Any, **kwargs: Any) -> FakeTable:
    """Create a table whose first version is 0."""
    with _LOCK:
        table = _create_table(backend, *args, **kwargs)
        table.versions = {"0": table.versions.pop("1")}
        table._current_version = 0  # noqa: SLF001 - moto keeps it there
        return table


def update_table(response: GlueResponse) -> ActionResult:
    """Update a table if the caller has seen its current version, or does not care."""
    seen = response.parameters.get("VersionId")
    with _LOCK:
        table = response.glue_backend.get_table(
            response.parameters["DatabaseName"], response.parameters["TableInput"]["Name"]
        )
        if seen is not None and seen != str(table._current_version):  # noqa: SLF001 - see above
            raise JsonRESTError(
                "ConcurrentModificationException",
                "Update table failed due to concurrent modifications.",
            )
        return _update_table(response)
