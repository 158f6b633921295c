"""The process that serves the emulated AWS, on a socket that its parent has bound."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from moto.server import (  # type: ignore[attr-defined]  # what its own main() makes use of
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from deftunes_sandbox.aws import glue_versions
from deftunes_sandbox.aws.call_book import CallBook
from deftunes_sandbox.aws.control import Control
from deftunes_sandbox.aws.fault_layer import FaultLayer
from deftunes_sandbox.aws.platform import teach_service
from deftunes_sandbox.ports import HOST

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
PLUGINS = (glue_versions,)
"""What is added to moto, each by its `install`."""


class Handler(MotoRequestHandler):  # type: ignore[misc]  # its module is not to be seen
    """Logs no requests (the book has them), and closes where a fault has closed."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""

    def connection_dropped(
        self, error: BaseException, environ: WSGIEnvironment | None = None
    ) -> None:
        """Wait for nothing more on this connection."""
        del error, environ
        self.close_connection = True


def create_taught_app(service: str) -> Any:
    """Let moto make one of its services, with what it lacks."""
    teach_service(service)
    return create_backend_app(service)


def main() -> None:
    """Serve until SIGTERM: `python -m deftunes_sandbox.aws.serve FD`."""
    for plugin in PLUGINS:
        plugin.install()
    book = CallBook()
    application = FaultLayer(DomainDispatcherApplication(create_taught_app), book)
    server = make_server(
        HOST,
        0,  # the socket is bound already
        Control(application, book),
        threaded=True,
        request_handler=Handler,
        fd=int(sys.argv[1]),
    )
    server.serve_forever()


if __name__ == "__main__":
    main()
