"""What Meltano remembers of a pipeline: `meltano state`, without starting Meltano each time."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from meltano.core.db import project_engine
from meltano.core.project import Project
from meltano.core.state_service import StateService
from sqlalchemy import inspect, make_url

_IN_DATABASE = "systemdb"


class StateError(Exception):
    """Meltano's state cannot be read or changed; the text says why."""


def forget_all(root: Path, environment: str) -> list[str]:
    """Have every pipeline of an environment begin anew.

    Args:
        root: The project's folder.
        environment: Meltano's name of it.

    Returns:
        The ids of the states that are gone.

    Raises:
        StateError: There is no such project or environment, or a state cannot be changed.
    """
    project = _found(root, environment)
    with _told(), _service(project) as service:
        if service is None:
            return []
        ids = list(service.list_state(f"{environment}:*"))
        for state_id in ids:
            service.clear_state(state_id)
    return ids


@dataclass(frozen=True)
class PipelineStates:
    """The states of an extractor and a loader, by the suffixes of their ids.

    Attributes:
        project: Meltano's project, in the environment that Meltano itself would choose.
        extractor: The name of the extractor.
        loader: The name of the loader.
    """

    project: Project
    extractor: str
    loader: str

    @classmethod
    def find(cls, root: Path, extractor: str, loader: str) -> PipelineStates:
        """Find them, and change nothing.

        Raises:
            StateError: There is no such project or environment.
        """
        return cls(_found(root), extractor, loader)

    @property
    def environment(self) -> str:
        """The name of Meltano's environment."""
        return str(self.project.environment.name) if self.project.environment else ""

    def bookmarks(self, suffix: str) -> dict[str, str]:
        """Read how far each stream has come: nothing, if it never ran.

        Raises:
            StateError: The state cannot be read.
        """
        with _told(), _service(self.project) as service:
            state = service.get_state(self._id(suffix)) if service else {}
        bookmarks = state.get("singer_state", {}).get("bookmarks", {})
        return {
            stream: bookmark["replication_key_value"]
            for stream, bookmark in bookmarks.items()
            if "replication_key_value" in bookmark
        }

    def forget(self, suffix: str) -> None:
        """Have the next run begin anew.

        Raises:
            StateError: The state cannot be changed.
        """
        with _told(), _service(self.project) as service:
            if service:
                service.clear_state(self._id(suffix))

    def _id(self, suffix: str) -> str:
        return f"{self.environment}:{self.extractor}-to-{self.loader}:{suffix}"


def _found(root: Path, environment: str | None = None) -> Project:
    """The project, in an environment: the one that Meltano itself would choose, if not named."""
    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=quiet)
    with _told():
        project = Project.find(root, activate=False)
        chosen = environment or {**project.dotenv_env, **os.environ}.get("MELTANO_ENVIRONMENT")
        project.activate_environment(chosen or project.settings.get("default_environment"))
    return project


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except Exception as fault:  # where states are kept is an add-on, with errors of its own
        reason = str(fault).splitlines()[0] if str(fault) else type(fault).__name__
        raise StateError(
            f"Meltano's state cannot be used ({reason.rstrip('.')}): see that `meltano state list` "
            "works, then run the same command again."
        ) from fault


@contextmanager
def _service(project: Project) -> Iterator[StateService | None]:
    """Open the place of the states; None when Meltano has not made it yet."""
    if project.settings.get("state_backend.uri") != _IN_DATABASE:
        with StateService(project) as service:
            yield service
        return
    url = make_url(project.settings.get("database_uri"))
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        yield None  # to connect would make the file
        return
    engine, new_session = project_engine(project, default=True)
    with new_session() as session, StateService(project, session) as service:
        yield service if inspect(engine).has_table("state") else None
