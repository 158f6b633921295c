"""How AWS says no: status, code and words, in the format of the service asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Refusal:
    """One service's way to refuse a call."""

    status: int
    code: str
    words: str


@dataclass(frozen=True)
class Answer:
    """What goes back over the wire."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


_S3: Mapping[str, Refusal] = {
    "internal": Refusal(500, "InternalError", "We encountered an internal error."),
    "unavailable": Refusal(503, "ServiceUnavailable", "Service is unable to handle request."),
    "slow_down": Refusal(503, "SlowDown", "Please reduce your request rate."),
    "expired": Refusal(400, "ExpiredToken", "The provided token has expired."),
    "denied": Refusal(403, "AccessDenied", "Access Denied"),
    "skewed": Refusal(
        403,
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large.",
    ),
}
_JSON: Mapping[str, Refusal] = {
    "internal": Refusal(500, "InternalServiceException", "An internal error occurred."),
    "unavailable": Refusal(503, "ServiceUnavailableException", "The service is unavailable."),
    "slow_down": Refusal(400, "ThrottlingException", "Rate exceeded"),
    "expired": Refusal(
        400, "ExpiredTokenException", "The security token included in the request is expired"
    ),
    "denied": Refusal(
        400, "AccessDeniedException", "The role is not authorized to perform this action."
    ),
    "skewed": Refusal(
        400,
        "InvalidSignatureException",
        "Signature expired: 20200101T000000Z is now earlier than 20200101T001000Z "
        "(20200101T001500Z - 5 min.)",
    ),
}
ANSWERS = tuple(_S3)
"""The refusals that a fault can ask for."""


def refusal(service: str, kind: str, *, bodiless: bool) -> Answer:
    """Refuse a call.

    Args:
        service: Such as `s3` or `glue`.
        kind: One of `ANSWERS`.
        bodiless: Whether the verb allows no body (HEAD), which leaves the status alone.
    """
    if service == "s3":
        no = _S3[kind]
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{no.code}</Code>'
            f"<Message>{escape(no.words)}</Message><RequestId>SANDBOX</RequestId></Error>"
        ).encode()
        content_type = "application/xml"
    else:
        no = _JSON[kind]
        body = json.dumps({"__type": no.code, "message": no.words}).encode()
        content_type = "application/x-amz-json-1.1"
    body = b"" if bodiless else body
    status = f"{no.status} {HTTPStatus(no.status).phrase}"
    headers = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
    return Answer(status, headers, body)
