"""What there is to read: users, and sessions with their items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tap_deftunes_api import schemas
from tap_deftunes_api.records import Records, session_records, user_records
from tap_deftunes_api.windowed import WindowedStream

if TYPE_CHECKING:
    from singer_sdk.singerlib import MetadataMapping

    from tap_deftunes_api.windows import Window


class Users(WindowedStream):
    """The users, by the time they joined."""

    name = "users"
    path = "/users"
    primary_keys: ClassVar[tuple[str, ...]] = ("user_id",)
    replication_key = "user_since"
    schema = schemas.USERS

    def convert(self, rows: list[Any], window: Window) -> Records:
        """Turn an answer's rows into records of `users`."""
        return user_records(rows, window)


class Sessions(WindowedStream):
    """The purchase sessions, by the time they began."""

    name = "sessions"
    path = "/sessions"
    primary_keys: ClassVar[tuple[str, ...]] = ("session_id",)
    replication_key = "session_start_time"
    schema = schemas.SESSIONS

    def convert(self, rows: list[Any], window: Window) -> Records:
        """Turn an answer's rows into records of `sessions` and `session_items`."""
        return session_records(rows, window)

    @property
    def metadata(self) -> MetadataMapping:
        """The stream's metadata: the nested items are not selected unless a catalog says so."""
        metadata = super().metadata
        metadata["properties", "session_items"].selected_by_default = False
        return metadata


class SessionItems(Sessions):
    """The songs bought in the sessions: they ride along in the answers about sessions."""

    name = "session_items"
    parent_stream_type = Sessions
    primary_keys: ClassVar[tuple[str, ...]] = ("session_id", "item_index")
    schema = schemas.SESSION_ITEMS
