"""A table's stream that activates its version when the last row has been written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from singer_sdk.helpers.types import Context
from tap_postgres.client import PostgresStream


class VersionedStream(PostgresStream):  # type: ignore[misc]  # the tap we extend ships no types
    """A table read by a query."""

    def get_records(self, context: Context | None) -> Iterable[dict[str, Any]]:
        """The table's rows; after the last of them, word that this was the whole table.

        It comes before the STATE that ends the stream, so a target that goes by STATE takes it in.
        """
        yield from super().get_records(context)
        # the SDK names a version only for whole reads, and only where that is asked for
        if self._stream_version is not None and not self._is_limited:
            self._write_activate_version_message(self._stream_version)

    @property
    def _is_limited(self) -> bool:
        """Whether the user asked for a part of the table."""
        options = self.config.get("stream_options", {}).get(self.name, {})
        return bool(self.max_record_count() or options.get("custom_where_clauses"))
