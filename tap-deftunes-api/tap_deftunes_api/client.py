"""Transport: one kept-alive connection to the purchase API, and every way in which it can fail."""

from __future__ import annotations

import logging
import operator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import requests

from tap_deftunes_api.answers import rows_of, say_the_same
from tap_deftunes_api.errors import RESUME, ApiError
from tap_deftunes_api.paging import OffsetIgnoredError, Pages
from tap_deftunes_api.retry import TransientError, with_retries

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event
    from types import TracebackType

    from typing_extensions import Self

    from tap_deftunes_api.settings import Settings
    from tap_deftunes_api.windows import Window

logger = logging.getLogger(__name__)

_PIECE_BYTES = 1024 * 1024
"""An answer is read by so much at a time; requests' own choice, 10 KiB, costs twice the CPU."""


class RunEndedError(Exception):
    """The wait before a retry was cut short because the run ends: nobody waits for the answer."""


class Connection:
    """One worker's connection: fetches the rows of a window from an endpoint.

    Used as a context manager; on leaving, the connection is closed.

    Args:
        settings: Where to connect, and how patient to be.
        stop: Once set, no retry is waited for.
        as_spelled: Whether rows are wanted as they are spelled; see `rows_of`.
    """

    def __init__(self, settings: Settings, stop: Event, *, as_spelled: bool = False) -> None:
        self._settings = settings
        self._stop = stop
        self._as_spelled = as_spelled
        self._pages = None
        if settings.page_size is not None:
            same = say_the_same if as_spelled else operator.eq
            self._pages = Pages(settings.page_size, same)
        self._session = requests.Session()
        self._session.headers.update(
            {
                "Accept": "application/json",
                "User-Agent": settings.user_agent,
            }
        )
        if settings.auth_token is not None:
            self._session.auth = _Bearer(settings.auth_token)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._session.close()

    def fetch(self, path: str, window: Window) -> list[Any]:
        """Fetch all rows of a window, page by page if the settings say so.

        Args:
            path: The endpoint below `api_url`, such as `/users`.
            window: The days wanted. A day more is asked for: see `Window.day_after`.

        Returns:
            The elements of the answer's array, as they are: rows of other days may be among them.

        Raises:
            ApiError: No usable answer came, in spite of retries.
            RunEndedError: The run ended while waiting for a retry.
        """
        request, pages = _Request(self._settings, path, window), self._pages
        if pages is None:
            return self._ask(request)

        def read() -> list[Any]:
            return pages.read(lambda limit, offset: self._ask(request, limit=limit, offset=offset))

        try:
            return self._patiently(request, read)
        except OffsetIgnoredError:
            raise ApiError(
                f"{request} heeds limit but not offset: pages after the first cannot be read. "
                "Remove the setting page_size, or choose a smaller window."
            ) from None

    def _ask(self, request: _Request, **paging: int) -> list[Any]:
        return self._patiently(request, lambda: self._attempt(request, paging))

    def _patiently(self, request: _Request, read: Callable[[], list[Any]]) -> list[Any]:
        def pause(seconds: float, error: TransientError) -> None:
            logger.warning("%s: %s; trying again in %.1f s", request, error, seconds)
            if self._stop.wait(seconds):
                raise RunEndedError

        retries = self._settings.max_retries
        try:
            return with_retries(read, retries, pause)
        except TransientError as error:
            raise ApiError(
                f"{request} failed {retries + 1} times, at last so: {error}. "
                f"See that the API is well and api_url is right, {RESUME}."
            ) from error

    def _attempt(self, request: _Request, paging: dict[str, int]) -> list[Any]:
        timeout = self._settings.request_timeout
        params: dict[str, str | int] = {**request.params, **paging}
        try:
            response = self._session.get(request.url, params=params, timeout=timeout, stream=True)
            body = b"".join(response.iter_content(_PIECE_BYTES))
        except requests.exceptions.SSLError as error:
            raise ApiError(
                f"{request} failed: no trusted TLS connection. Check the scheme and host of "
                "api_url and the server's certificate (the variable REQUESTS_CA_BUNDLE names the "
                "file of an authority of your own), then run again."
            ) from error
        except requests.Timeout as error:
            raise TransientError(f"no answer within {timeout} s (request_timeout)") from error
        except (
            requests.exceptions.ChunkedEncodingError,
            requests.exceptions.ContentDecodingError,
        ) as error:
            raise TransientError("the answer was cut off") from error
        except requests.ConnectionError as error:
            raise TransientError("the connection could not be made, or broke") from error
        except requests.RequestException as error:
            raise ApiError(
                f"{request} could not be sent ({type(error).__name__}): check api_url."
            ) from error
        except OSError as error:  # not one of the above, which are OSErrors as well
            raise ApiError(
                f"{request} could not be sent: the file of certificates that REQUESTS_CA_BUNDLE or "
                "CURL_CA_BUNDLE names cannot be read. Correct the variable, then run again."
            ) from error
        return rows_of(response, body, str(request), as_spelled=self._as_spelled)


class _Request:
    """What is asked for; as text, how a person is told about it: no secret in it."""

    def __init__(self, settings: Settings, path: str, window: Window) -> None:
        self.url = settings.api_url + path
        self.params = {
            "start_date": window.first.isoformat(),
            "end_date": window.day_after.isoformat(),
        }
        self._window = window

    def __str__(self) -> str:
        parts = urlsplit(self.url)
        host = parts.netloc.rpartition("@")[2]
        return f"GET {urlunsplit((parts.scheme, host, parts.path, '', ''))} for {self._window}"


class _Bearer(requests.auth.AuthBase):
    """Sends the token. As `auth`, unlike as a header, it takes precedence over ~/.netrc."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request
