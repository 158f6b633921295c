"""The sandbox: both sources, or one of them, for as long as a block of code runs."""

from __future__ import annotations

import fcntl
from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from deftunes_sandbox.api_server import ApiServer
from deftunes_sandbox.errors import SandboxError
from deftunes_sandbox.folders import working_folder
from deftunes_sandbox.settings import SandboxSettings, env_of
from deftunes_sandbox.songs_address import SongsAddress
from deftunes_sandbox.songs_server import SongsServer

if TYPE_CHECKING:
    from typing_extensions import Self

API = "api"
SONGS = "songs"
SERVICES = (API, SONGS)


class Sandbox:
    """Starts the sources on entering, stops them on leaving.

    Example:
        >>> with Sandbox(SandboxSettings(api_port=0), services=["api"]) as sandbox:
        ...     urlopen(sandbox.api_url + "/users")

    Args:
        settings: What to serve, and where; with no directory, a temporary one.
        services: Which of `api` and `songs` to start.
    """

    def __init__(
        self, settings: SandboxSettings | None = None, services: Collection[str] = SERVICES
    ) -> None:
        self.settings = settings or SandboxSettings()
        self._services = services
        self._cleanup = ExitStack()
        self._api: ApiServer | None = None
        self._songs: SongsServer | None = None

    def __enter__(self) -> Self:
        """Start the sources and wait until they answer.

        Raises:
            SandboxError: If one cannot be started; none is left running then.
        """
        with ExitStack() as cleanup:
            directory = working_folder(
                self.settings.directory, "sandbox", env_of("directory"), cleanup
            )
            cleanup.enter_context(_lock(directory))
            if API in self._services:
                self._api = ApiServer(self.settings, directory / "api.log")
                cleanup.callback(self._api.stop)
            if SONGS in self._services:
                self._songs = SongsServer(self.settings, directory, directory / "songs.log")
                cleanup.callback(self._songs.stop)
            if self._api is not None:
                self._api.wait()  # it came up while the songs database did
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop what was started."""
        self._cleanup.__exit__(kind, error, trace)

    @property
    def api(self) -> ApiServer:
        """The purchase API's process."""
        if self._api is None:
            raise SandboxError("The purchase API is not up: enter the sandbox with it first.")
        return self._api

    @property
    def songs_server(self) -> SongsServer:
        """The songs database's process."""
        if self._songs is None:
            raise SandboxError("The songs database is not up: enter the sandbox with it first.")
        return self._songs

    @property
    def api_url(self) -> str:
        """Where the purchase API is, such as `http://127.0.0.1:18080`."""
        return self.api.url

    @property
    def songs(self) -> SongsAddress:
        """Where the songs database is: host, port, user, password, database."""
        return self.songs_server.address

    @property
    def songs_dsn(self) -> dict[str, str | int]:
        """Keyword arguments for `psycopg.connect`."""
        return self.songs.dsn()

    def ended(self) -> list[str]:
        """Name the services that ended by themselves."""
        running = {API: self._api, SONGS: self._songs}
        return [name for name, server in running.items() if server and server.has_ended()]


def _lock(directory: Path) -> TextIO:
    """Take the folder for ourselves; the lock ends with the process that holds it."""
    try:
        lock = (directory / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise
    except BlockingIOError as error:
        raise SandboxError(
            f"The sandbox in {directory} is in use: stop it with `sandbox down`, "
            f"or set {env_of('directory')} to another folder."
        ) from error
    except OSError as error:
        raise SandboxError(
            f"The sandbox's folder {directory} cannot be written ({error.strerror}): "
            f"set {env_of('directory')} to another."
        ) from error
    return lock
