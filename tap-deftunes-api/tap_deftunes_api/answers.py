"""What an answer of the purchase API means: rows, a reason to try again, or the end."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from tap_deftunes_api.errors import RESUME, ApiError
from tap_deftunes_api.retry import TransientError, parse_retry_after

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import requests

Element = TypeVar("Element")

_split = msgspec.json.Decoder(list[msgspec.Raw]).decode

_ADVICE: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "Check auth_token",
    HTTPStatus.FORBIDDEN: "Check auth_token",
    HTTPStatus.NOT_FOUND: "Check api_url",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Check start_date and end_date",
}


def exact_decoder(kind: type[Element]) -> Callable[[bytes | msgspec.Raw], Element]:
    """What decodes JSON of a kind, fractions of any kind as `Decimal`.

    As fast as a plain parse into floats, and exact: a price stays the text that was sent.
    """
    return msgspec.json.Decoder(kind, float_hook=Decimal).decode


decoded = exact_decoder(Any)
"""Decodes any JSON."""


def say_the_same(rows: Sequence[msgspec.Raw], others: Sequence[msgspec.Raw]) -> bool:
    """Whether rows as they are spelled are equal, in whichever way they are spelled."""
    return len(rows) == len(others) and all(
        bytes(one) == bytes(other) or decoded(one) == decoded(other)
        for one, other in zip(rows, others, strict=True)
    )


def rows_of(
    response: requests.Response, body: bytes, request: str, *, as_spelled: bool = False
) -> list[Any]:
    """Read the rows of an answer.

    Args:
        response: The answer.
        body: Its body, complete.
        request: What was asked, for the error's sentence.
        as_spelled: Whether each is wanted as it is spelled, a `msgspec.Raw` of valid JSON.

    Returns:
        The elements of the answer's array; unless as they are spelled, fractions as `Decimal`.

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
        rows = _spelled(body) if as_spelled else decoded(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # With status 200 that is an answer cut off on its way, which may well pass.
        raise TransientError("the answer is not JSON") from error
    if not isinstance(rows, list):
        raise ApiError(
            f"{request} was answered with JSON that is not an array of records. "
            f"Check that api_url is the purchase API's, {RESUME}."
        )
    return rows


def _spelled(body: bytes) -> Any:
    """The elements of an array as they are spelled; JSON that is no array, decoded."""
    if not body.isascii():
        body.decode()  # all else that makes JSON of it is looked at below
    try:
        return _split(body)
    except msgspec.ValidationError:
        return decoded(body)
