"""Bookmarks in the Singer state: read at the start, moved forward after each complete window."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from singer_sdk.helpers._compat import datetime_fromisoformat

from tap_deftunes_api.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_bookmarks(state: object) -> Mapping[str, Mapping[str, Any]]:
    """Read what a Singer state holds for each stream.

    Args:
        state: The state as it was given: any JSON.

    Raises:
        StateError: It has not the form of a state.
    """
    bookmarks = state.get("bookmarks", {}) if isinstance(state, dict) else None
    if isinstance(bookmarks, dict) and all(isinstance(each, dict) for each in bookmarks.values()):
        return bookmarks
    raise StateError(
        'The state is not of the form {"bookmarks": {stream: {…}}}: give the last one that a run '
        "of this tap wrote, or none to read from start_date."
    )


def read_bookmark(
    stream: str, state: Mapping[str, Any], replication_key: str | None
) -> datetime | None:
    """Read a stream's bookmark: everything before this instant has been read.

    Args:
        stream: The name of the stream, for the error's sentence.
        state: What the Singer state holds for the stream.
        replication_key: The stream's; the bookmark of another one means nothing to us.

    Raises:
        StateError: The bookmark is not a timestamp.
    """
    text = state.get("replication_key_value")
    if text is None or state.get("replication_key") != replication_key:
        return None
    try:
        bookmark = datetime_fromisoformat(text)
        if bookmark.tzinfo is None:
            return bookmark.replace(tzinfo=timezone.utc)
        return bookmark.astimezone(timezone.utc)
    except (TypeError, ValueError, OverflowError):
        raise StateError(
            f"The state's bookmark of stream {stream} is not a timestamp: mend its "
            "replication_key_value, or remove the bookmark to read from start_date."
        ) from None


def advance(
    stream: str, state: dict[str, Any], replication_key: str | None, bookmark: datetime
) -> None:
    """Move a stream's bookmark forward, in place; one that is further on stays as it is.

    So neither the look-back nor a back-fill of old days makes later runs read everything again.
    """
    known = read_bookmark(stream, state, replication_key)
    if known is None or bookmark > known:
        state["replication_key"] = replication_key
        state["replication_key_value"] = bookmark.isoformat()
