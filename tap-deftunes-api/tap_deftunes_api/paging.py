"""Reading an answer page by page, from a server that may or may not page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class OffsetIgnoredError(Exception):
    """The server heeds `limit` but not `offset`: what lies behind a page is out of reach."""


def read_pages(ask: Callable[[int, int], list[Any]], page_size: int) -> list[Any]:
    """Read pages until a short one.

    A server that does not know paging answers everything, each time: that is noticed, and the
    rows are returned once.

    Args:
        ask: Returns the rows for a limit and an offset.
        page_size: Rows per page; must not exceed what the server allows, as its shorter pages
            would look like the last.

    Returns:
        All rows, each once.

    Raises:
        OffsetIgnoredError: Every page is the first page.
    """
    rows: list[Any] = []
    page: list[Any] = []
    while True:
        previous, page = page, ask(page_size, len(rows))
        if len(page) > page_size:
            return page
        if page and page == previous:
            break
        rows += page
        if len(page) < page_size:
            return rows
    # A page came twice. Either there is no paging, and this is everything; or only `limit` works.
    if len(ask(page_size + 1, 0)) > page_size:
        raise OffsetIgnoredError
    return page
