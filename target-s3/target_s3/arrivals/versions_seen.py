"""Which full-table version a table has had rows of: `<runs_path>/_versions/<table>.json`.

A tap may begin a version in one run and end it in another, or activate it in every run. The rows of
the last run are then not all that the source has, so nothing may be deleted by them. A version is
remembered before its rows are committed: what goes wrong in between delays a deletion, and causes
none. It is no property of the table, for then every whole read would commit, changed or not.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from columnar_target.errors import StorageError
from columnar_target.storage.storage import Storage


@dataclass(frozen=True)
class VersionsSeen:
    """The memory of a lake.

    Attributes:
        storage: The lake.
        folder: Its folder, relative to the lake.
    """

    storage: Storage
    folder: str

    def last(self, table: str) -> int | None:
        """The version of which the table has had rows last.

        Args:
            table: Its name.

        Raises:
            StorageError: It cannot be read.
        """
        url = self._url(table)
        content = self.storage.read_bytes(url)
        if not content:
            return None
        try:
            return int(json.loads(content)["version"])
        except (ValueError, TypeError, KeyError) as fault:
            raise StorageError(
                f"{url} is damaged: remove it; the next whole read of the stream then deletes "
                "what it does not bring."
            ) from fault

    def remember(self, table: str, version: int) -> None:
        """Keep a version in mind.

        Args:
            table: The table's name.
            version: The version of which it is about to have rows.
        """
        content = json.dumps({"version": version}).encode()
        self.storage.write_bytes(self._url(table), content)

    def _url(self, table: str) -> str:
        return self.storage.url(f"{self.folder}/_versions/{table}.json")
