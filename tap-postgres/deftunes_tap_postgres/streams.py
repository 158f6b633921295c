"""A table's streams: RECORD messages, or batches of columns where those are asked for."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any

from singer_sdk.helpers._batch import BaseBatchFileEncoding, BatchConfig
from singer_sdk.helpers.types import Context
from singer_sdk.mapper import SameRecordTransform
from tap_postgres.client import PostgresLogBasedStream, PostgresStream

from deftunes_tap_postgres.batches.bookmark import bookmark_of
from deftunes_tap_postgres.batches.files import BatchFile, files_of, local_path
from deftunes_tap_postgres.batches.reader import rows_of
from deftunes_tap_postgres.batches.selection import Selection
from deftunes_tap_postgres.batches.settings import settled
from deftunes_tap_postgres.batches.statement import statement_of
from deftunes_tap_postgres.errors import TapError


class LogStream(PostgresLogBasedStream):  # type: ignore[misc]  # the tap we extend ships no types
    """A table followed by its log: rows come one by one, as RECORDs in either mode."""

    def get_batch_config(self, config: Mapping[str, Any]) -> BatchConfig | None:
        """No batches."""
        del config
        return None


class TableStream(PostgresStream):  # type: ignore[misc]  # the tap we extend ships no types
    """A table read by a query. It activates its version when the last row has been written."""

    check_sorted = False
    """The database sorts: Python compares neither its texts nor its time zones as it does."""

    @property
    def STATE_MSG_FREQUENCY(self) -> int:  # noqa: N802 - the SDK's name
        """Rows from one STATE to the next: amid a whole read there is nothing to tell.

        The SDK writes no STATE like the one before, so one amid the rows would take the place of
        the one that ends the stream, after the version's activation.
        """
        return sys.maxsize if self.replication_method == "FULL_TABLE" else 10_000

    def apply_query_filters(self, query: Any, table: Any, *, context: Context | None = None) -> Any:
        """Ask for the rows from the bookmark on, in order.

        Raises:
            TapError: The replication key is not selected.
        """
        if self.replication_key and self.replication_key not in table.columns:
            raise TapError(
                f"Replication key {self.replication_key!r} of stream {self.name!r} is not among "
                "the columns that are selected: select it, or read the table whole."
            )
        return super().apply_query_filters(query, table, context=context)

    def get_records(self, context: Context | None) -> Iterable[dict[str, Any]]:
        """The table's rows; after the last of them, word that this was the whole table."""
        yield from super().get_records(context)
        self._tell_whole()

    def get_batch_config(self, config: Mapping[str, Any]) -> BatchConfig | None:
        """What batches the user asks for; None for RECORDs.

        A stream that is mapped goes as RECORDs: a mapper works on records, and what it is to take
        out would be in the batches.
        """
        asked = config.get("batch_config")
        if not asked:
            return None
        if self.config.get("flattening_enabled") or not all(
            type(mapper) is SameRecordTransform for mapper in self.stream_maps
        ):
            self.logger.warning(
                "Stream %r goes as RECORDs, not as batches: stream_maps or flattening apply to it, "
                "and these work on records.",
                self.name,
            )
            return None
        return settled(asked)

    def _sync_batches(self, batch_config: BatchConfig, context: Context | None = None) -> None:
        """Hand the table over in files, each announced when it is complete.

        In place of the SDK's, which knows nothing of bookmarks, and tells states amid a whole read.
        """
        self._write_starting_replication_value(context)
        with self.get_batch_counter() as files, self.get_record_counter() as rows:
            for file in self._files(batch_config, context):
                self._announce(file, batch_config.encoding)
                files.increment()
                rows.increment(file.rows)
                if self.replication_method == "INCREMENTAL":
                    self._write_state_message()
        self._tell_whole()
        self._finalize_state(self.get_context_state(context))
        self._write_state_message()

    def _files(self, batch_config: BatchConfig, context: Context | None) -> Iterator[BatchFile]:
        """The table's rows in files; the bookmark is each one's last row when it is handed out."""
        query = self.build_query(context=context)
        kinds = {column.name: column.type for column in query.selected_columns}
        selection = Selection.of(query, days_as_text=self.config["dates_as_string"])
        key = self.replication_key if self.replication_method == "INCREMENTAL" else None
        if key is not None:
            selection.refuse_as_bookmark(key)
        dsn = self._tap.connection_parameters.render_as_psycopg2_dsn()
        sql = statement_of(selection.query, self.connector)
        with closing(rows_of(dsn, sql, selection.table)) as read:
            rows = selection.finished(read)
            for file in files_of(rows, selection.schema, batch_config, self.name):
                if key is not None:
                    last = bookmark_of(file.last.column(key)[0], kinds[key], self.connector)
                    self._increment_stream_state({key: last}, context=context)
                yield file

    def _announce(self, file: BatchFile, encoding: BaseBatchFileEncoding) -> None:
        try:
            self._write_batch_message(encoding=encoding, manifest=[file.url])
        except BrokenPipeError:  # nobody is there to take the file away
            path = local_path(file.url)
            if path is not None:
                path.unlink(missing_ok=True)
            raise

    def _tell_whole(self) -> None:
        """Say that the whole table came, before the STATE that ends the stream.

        A target that goes by STATE takes it in.
        """
        # the SDK names a version only for whole reads, and only where that is asked for
        if self._stream_version is not None and not self._is_limited:
            self._write_activate_version_message(self._stream_version)

    @property
    def _is_limited(self) -> bool:
        """Whether the user asked for a part of the table."""
        options = self.config.get("stream_options", {}).get(self.name, {})
        return bool(self.max_record_count() or options.get("custom_where_clauses"))
