"""Reading an answer page by page, from a server that may or may not page."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from tap_deftunes_api.retry import TransientError

if TYPE_CHECKING:
    from collections.abc import Callable


class OffsetIgnoredError(Exception):
    """The server heeds `limit` but not `offset`: what lies behind a page is out of reach."""


class RowsMovedError(TransientError):
    """Rows came, went or changed places between two pages: one may have slipped through."""

    def __init__(self) -> None:
        super().__init__("rows moved while its pages were read; a smaller window has fewer pages")


class Pages:
    """Reads answers page by page.

    Each page begins with the last row of the one before it. If that is another row now, rows were
    added or removed before it, and the next one may be on neither page.

    A server that allows fewer rows than are asked for is noticed by its first page, and read by
    what it allows. One that does not know paging answers everything, each time: that is noticed
    as well, and the rows are returned once.

    Args:
        page_size: Rows per page, at least 2.
        same: Tells whether two lists of rows are equal.
    """

    def __init__(
        self, page_size: int, same: Callable[[list[Any], list[Any]], bool] = operator.eq
    ) -> None:
        self._size = page_size
        self._same = same
        self._surely_allowed = 0

    def read(self, ask: Callable[[int, int], list[Any]]) -> list[Any]:
        """Read pages until a short one.

        Args:
            ask: Returns the rows for a limit and an offset.

        Returns:
            All rows, each once.

        Raises:
            OffsetIgnoredError: Every page is the first page.
            RowsMovedError: A page does not begin where the one before it ended.
        """
        page = ask(self._size, 0)
        if self._surely_allowed < len(page) < self._size and not self._is_all(page, ask):
            self._size = len(page)
        self._surely_allowed = max(self._surely_allowed, len(page))
        rows = page[:1]
        while True:
            if len(page) > self._size:
                return page
            if not self._same(page[:1], rows[-1:]):
                raise RowsMovedError
            rows += page[1:]
            if len(page) < self._size:
                return rows
            previous, page = page, ask(self._size, len(rows) - 1)
            if self._same(page, previous):
                # Either there is no paging, and this is everything; or only `limit` works.
                if len(ask(self._size + 1, 0)) > self._size:
                    raise OffsetIgnoredError
                return page

    def _is_all(self, page: list[Any], ask: Callable[[int, int], list[Any]]) -> bool:
        """Whether a short first page is short because there is no more."""
        more = ask(self._size, len(page) - 1)
        if self._same(more, page):
            return True
        if not self._same(more[:1], page[-1:]):
            raise RowsMovedError
        return len(more) == 1
