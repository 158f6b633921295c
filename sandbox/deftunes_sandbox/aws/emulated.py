"""The emulated AWS, for as long as a block of code runs."""

from __future__ import annotations

import json
import shutil
import tempfile
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from deftunes_sandbox.aws.control import CALLS, FAULT, HEALTH, STATEMENTS, WAREHOUSE_URL
from deftunes_sandbox.aws.faults import AwsFault
from deftunes_sandbox.errors import SandboxError
from deftunes_sandbox.http_server import HttpServer

if TYPE_CHECKING:
    from typing_extensions import Self

REGION = "us-east-1"
_SECONDS = 10.0


class EmulatedAws:
    """Starts an AWS of its own on entering, and ends it, with all it held, on leaving.

    Example:
        >>> with EmulatedAws() as aws:
        ...     os.environ.update(aws.environment)
        ...     boto3.client("s3").create_bucket(Bucket="lake")
        ...     aws.put_fault("answer=slow_down;call=s3 PUT *;at=3;times=1")

    Args:
        port: Where it listens on 127.0.0.1; 0: a free port.
        log: File for what it says; none: a temporary one.
        variable: What changes the port, for a sentence.
    """

    def __init__(self, port: int = 0, log: Path | None = None, *, variable: str = "`port`") -> None:
        self._port = port
        self._log = log
        self._variable = variable
        self._server: HttpServer | None = None
        self._cleanup = ExitStack()

    def __enter__(self) -> Self:
        """Start it and wait until it answers.

        Raises:
            SandboxError: If it cannot be started; nothing is left running then.
        """
        with ExitStack() as cleanup:
            log = self._log
            if log is None:
                folder = Path(tempfile.mkdtemp(prefix="deftunes-aws-"))
                cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
                log = folder / "aws.log"
            self._server = HttpServer(
                "emulated AWS",
                "deftunes_sandbox.aws.serve",
                port=self._port,
                variable=self._variable,
                health=HEALTH,
                log=log,
            )
            cleanup.callback(self._server.stop)
            self._server.wait()
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self._cleanup.__exit__(kind, error, trace)

    @property
    def server(self) -> HttpServer:
        """Its process."""
        if self._server is None:
            raise SandboxError("The emulated AWS is not up: enter it first.")
        return self._server

    @property
    def url(self) -> str:
        """Where all of its services are, such as `http://127.0.0.1:41195`."""
        return self.server.url

    @property
    def environment(self) -> dict[str, str]:
        """What makes AWS's clients go there and nowhere else; the credentials open nothing."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def put_fault(self, fault: str) -> None:
        """Put a fault in force, counted from now; an empty one ends it.

        Args:
            fault: Its terms; see `AwsFault`.

        Raises:
            FaultError: If it cannot be read; the one in force stays.
        """
        self._ask("PUT", FAULT, str(AwsFault.parse(fault)).encode())

    def calls(self) -> list[str]:
        """The calls so far, such as `s3 PUT /bucket/key` or `glue UpdateTable`."""
        return [str(call) for call in self._ask("GET", CALLS)]

    def forget_calls(self) -> None:
        """Begin the list of calls anew."""
        self._ask("DELETE", CALLS)

    def forget_statements(self) -> None:
        """Tell no more of the statements that the Redshift Data API has run, as AWS in a day."""
        self._ask("DELETE", STATEMENTS)

    def put_warehouse(self, url: str) -> None:
        """Let all Redshift clusters be one: their address is its, and SQL runs there.

        Args:
            url: Such as `postgresql://user:password@127.0.0.1:15439/dev`.
        """
        self._ask("PUT", WAREHOUSE_URL, url.encode())

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        request = urllib.request.Request(self.url + path, data=body, method=method)  # noqa: S310 - http, ours
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - the same
            return json.load(answer)
