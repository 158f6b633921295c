"""From an answer to what is written of it: columns of some streams, records of the others."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from tap_deftunes_api.answers import decoded
from tap_deftunes_api.batches.decoding import UNSURE, session_columns, user_columns
from tap_deftunes_api.batches.tables import table_of
from tap_deftunes_api.records import Records

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    import msgspec

    from tap_deftunes_api.windows import Window

logger = logging.getLogger(__name__)

_COLUMNS = {"/users": user_columns, "/sessions": session_columns}


@dataclass(frozen=True)
class Conversion:
    """Turns answers about one endpoint into columns, by way of records where that is needed.

    Args:
        path: The endpoint.
        schemas: The streams that go as columns, and which.
        all_go: Whether these are all the selected streams of the endpoint.
        to_records: Turns an answer's rows into records of all its streams.
    """

    path: str
    schemas: Mapping[str, pa.Schema]
    all_go: bool
    to_records: Callable[[list[Any], Window], Records]

    def __call__(self, rows: Sequence[msgspec.Raw], window: Window) -> Records:
        """Convert an answer.

        Args:
            rows: The elements of its array, as they are spelled.
            window: Records of other days are left out.
        """
        if self.all_go:
            try:
                columns = _COLUMNS[self.path](rows, window)
            except UNSURE:
                pass
            else:
                valid = sum(batch.num_rows for batch in columns[self.path[1:]])
                tables = {name: self._table(name, columns[name]) for name in self.schemas}
                return Records({}, [], valid, tables)
        records = self.to_records([decoded(row) for row in rows], window)
        tables = {}
        for name, schema in self.schemas.items():
            try:
                tables[name] = table_of(records.of[name], schema)
            except pa.ArrowInvalid:
                logger.warning(
                    "Window %s of stream %r goes as RECORDs, not as a batch: a number of it has "
                    "more digits than a batch has room for.",
                    window,
                    name,
                )
        rest = {name: of for name, of in records.of.items() if name not in tables}
        return Records(rest, records.broken, records.valid, tables)

    def _table(self, name: str, batches: list[pa.RecordBatch]) -> pa.Table:
        schema = self.schemas[name]
        return pa.Table.from_batches([each.select(schema.names) for each in batches], schema)
