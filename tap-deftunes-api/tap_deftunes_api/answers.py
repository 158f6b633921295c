"""What an answer of the purchase API means: rows, a reason to try again, or the end."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec

from tap_deftunes_api.errors import RESUME, ApiError
from tap_deftunes_api.retry import TransientError, parse_retry_after

if TYPE_CHECKING:
    import requests

# As fast as a plain parse into floats, and exact: a price stays the text that was sent.
_decode = msgspec.json.Decoder(float_hook=Decimal).decode

_ADVICE: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "Check auth_token",
    HTTPStatus.FORBIDDEN: "Check auth_token",
    HTTPStatus.NOT_FOUND: "Check api_url",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Check start_date and end_date",
}


def rows_of(response: requests.Response, request: str) -> list[Any]:
    """Read the rows of an answer.

    Args:
        response: The answer, its body complete.
        request: What was asked, for the error's sentence.

    Returns:
        The elements of the answer's array, fractions as `Decimal`.

    Raises:
        TransientError: The answer is of a kind that may pass.
        ApiError: It is not, or the answer is no array.
    """
    status = response.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise TransientError(
            f"HTTP {status}",
            retry_after=parse_retry_after(
                response.headers.get("Retry-After"), datetime.now(timezone.utc)
            ),
        )
    if status != HTTPStatus.OK:
        advice = _ADVICE.get(status, "Ask the API's keepers what that means here")
        raise ApiError(f"{request} was refused with HTTP {status}. {advice}, {RESUME}.")
    try:
        rows = _decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # With status 200 that is an answer cut off on its way, which may well pass.
        raise TransientError("the answer is not JSON") from error
    if not isinstance(rows, list):
        raise ApiError(
            f"{request} was answered with JSON that is not an array of records. "
            f"Check that api_url is the purchase API's, {RESUME}."
        )
    return rows
