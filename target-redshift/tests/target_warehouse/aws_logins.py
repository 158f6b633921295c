"""A stand-in for the AWS services that give credentials of Redshift: it answers as they do.

Nothing else that runs here knows them all: moto has no serverless workgroups, and gives passwords
that no warehouse knows. https://docs.aws.amazon.com/redshift/latest/APIReference/API_GetClusterCredentials.html
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from deftunes_redshift.address import RedshiftAddress

_UNTIL = "2099-01-01T00:00:00Z"


@dataclass
class Logins:
    """What is asked, and what is answered.

    Attributes:
        address: Where the warehouse is, and whom it knows.
        url: Where the services are.
        asked: The calls that were not refused: the action, and what was said with it.
        denied: Whether every call is denied.
    """

    address: RedshiftAddress
    url: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    denied: bool = False

    def answer(self, target: str, body: bytes) -> tuple[int, str, str]:
        """Status, type and content of an answer."""
        if target:
            said = json.loads(body)
            action = target.rpartition(".")[2]
            self.asked.append((action, said))
            return 200, "application/x-amz-json-1.1", json.dumps(self._serverless(action))
        said = dict(parse_qsl(body.decode()))
        action = said.pop("Action")
        del said["Version"]
        if self.denied:
            words = f"User is not authorized to perform: redshift:{action}"
            return 403, "text/xml", _refused("AccessDenied", words)
        if "ClusterIdentifier" not in said:
            return 400, "text/xml", _refused("InvalidParameterValue", "No cluster is named")
        self.asked.append((action, said))
        result = self._clusters() if action == "DescribeClusters" else self._credentials()
        content = f"<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"
        return 200, "text/xml", content

    def _credentials(self) -> str:
        return (
            f"<DbUser>{self.address.user}</DbUser><DbPassword>{self.address.password}</DbPassword>"
            f"<Expiration>{_UNTIL}</Expiration>"
        )

    def _clusters(self) -> str:
        return (
            f"<Clusters><Cluster><Endpoint><Address>{self.address.host}</Address>"
            f"<Port>{self.address.port}</Port></Endpoint></Cluster></Clusters>"
        )

    def _serverless(self, action: str) -> dict[str, object]:
        if action == "GetWorkgroup":
            endpoint = {"address": self.address.host, "port": self.address.port}
            return {"workgroup": {"endpoint": endpoint}}
        user, password = self.address.user, self.address.password
        return {"dbUser": user, "dbPassword": password, "expiration": 4_070_908_800}


def _refused(code: str, message: str) -> str:
    return (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>"
        "</Error></ErrorResponse>"
    )


@contextlib.contextmanager
def logins(address: RedshiftAddress) -> Iterator[Logins]:
    """The services, for as long as a block of code runs."""
    services = Logins(address)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, kind, content = services.answer(self.headers.get("X-Amz-Target", ""), body)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        services.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield services
        finally:
            server.shutdown()
