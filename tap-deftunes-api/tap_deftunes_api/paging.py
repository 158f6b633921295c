"""Reading an answer page by page, from a server that may or may not page."""

from __future__ import annotations

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


def read_pages(ask: Callable[[int, int], list[Any]], page_size: int) -> list[Any]:
    """Read pages until a short one.

    Each page begins with the last row of the one before it. If that is another row now, rows were
    added or removed before it, and the next one may be on neither page.

    A server that does not know paging answers everything, each time: that is noticed, and the
    rows are returned once.

    Args:
        ask: Returns the rows for a limit and an offset.
        page_size: Rows per page, at least 2; must not exceed what the server allows, as its
            shorter pages would look like the last.

    Returns:
        All rows, each once.

    Raises:
        OffsetIgnoredError: Every page is the first page.
        RowsMovedError: A page does not begin where the one before it ended.
    """
    page = ask(page_size, 0)
    rows = page[:1]
    while True:
        if len(page) > page_size:
            return page
        if page[:1] != rows[-1:]:
            raise RowsMovedError
        rows += page[1:]
        if len(page) < page_size:
            return rows
        previous, page = page, ask(page_size, len(rows) - 1)
        if page == previous:
            # Either there is no paging, and this is everything; or only `limit` works.
            if len(ask(page_size + 1, 0)) > page_size:
                raise OffsetIgnoredError
            return page
