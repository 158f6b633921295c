"""The journal of a publication: `_publish/<run_id>.json`, there while tables move one by one.

It is written when every stream of a load has passed its rules, and removed when readers see all of
them. Whoever finds one finishes it: its process was killed in between, or is at work, and then the
moves are made once all the same, whoever makes them.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import logging
import re
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import (
    CommitFailedException,
    NoSuchNamespaceError,
    NoSuchTableError,
)

from columnar_target.settings import safe_name
from columnar_target.storage.storage import Storage
from target_s3.iceberg.branches import head, is_published, move_main
from target_s3.lake.runs import LoadOutcome, timestamp, write_outcome
from target_s3.settings import Settings

FOLDER = "_publish"


@dataclass(frozen=True)
class Move:
    """A table's `main`, from the snapshot that readers see to one that has passed.

    Attributes:
        namespace: The table's namespace.
        table: Its name.
        stream: The stream of which the run's record speaks; None for a quarantine.
        base: What readers see before; None for a new table.
        snapshot_id: What they are to see.
        branch: The branch that holds it.
        appends: Whether the rows, when they come again, would be there twice.
    """

    namespace: str
    table: str
    stream: str | None
    base: int | None
    snapshot_id: int
    branch: str | None
    appends: bool = False


@dataclass(frozen=True)
class Journals:
    """The journals of a lake.

    Attributes:
        settings: The target's settings.
        storage: The lake.
        logger: Where it is told what was finished.
    """

    settings: Settings
    storage: Storage
    logger: logging.Logger

    def pending(self) -> list[str]:
        """Locations of all journals, oldest name first."""
        folder = self.storage.url(FOLDER)
        names = sorted(name for name in self.storage.names_in(folder) if name.endswith(".json"))
        return [f"{folder}/{name}" for name in names]

    def begin(self, moves: list[Move], outcome: LoadOutcome) -> str:
        """Write a journal of this run.

        Args:
            moves: In the order in which they are made.
            outcome: What the run's record will say.

        Returns:
            Its location.
        """
        content = self._content(moves, outcome)
        for number in range(1, 1000):
            suffix = "" if number == 1 else f"-{number}"
            url = self.storage.url(f"{FOLDER}/{self.settings.run_id}{suffix}.json")
            with tempfile.TemporaryDirectory() as folder:
                staged = Path(folder) / "journal.json"
                staged.write_bytes(content)
                if self.storage.put_new(staged, url):
                    return url
        raise AssertionError("a run has a thousand journals")

    def rewrite(self, url: str, moves: list[Move], outcome: LoadOutcome) -> None:
        """Replace a journal's moves: a table had to be compared anew."""
        self.storage.write_bytes(url, self._content(moves, outcome))

    def end(self, url: str, outcome: LoadOutcome) -> None:
        """Remove this run's journal, which nobody has to finish, once its record says why.

        Args:
            url: Its location.
            outcome: What the run's record is to say.
        """
        self._end(url, self.settings.run_id, outcome)

    def _end(self, url: str, run_id: str, outcome: LoadOutcome) -> None:
        # in this order: what readers see is recorded, whenever the process ends
        outcome.ended = outcome.ended or timestamp(dt.datetime.now(dt.timezone.utc))
        if outcome.streams:
            write_outcome(self.storage, self.settings.runs_path, run_id, outcome)
        self.storage.delete(url)

    def finish(self, catalog: Catalog, *, apart_from: str | None = None) -> int:
        """Finish all journals that are there.

        Args:
            catalog: Where the tables are registered.
            apart_from: A run whose journals are left alone: the one that asks.

        Returns:
            How many there were.
        """
        own = f"{self.storage.url(FOLDER)}/{apart_from}"
        others = [
            url
            for url in self.pending()
            if apart_from is None or not re.fullmatch(rf"{re.escape(own)}(-\d+)?\.json", url)
        ]
        for url in others:
            content = self.storage.read_bytes(url)
            if content is None:  # its own process has ended it just now
                continue
            try:
                moves, run_id, outcome = _read(content)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                self.storage.write_bytes(f"{url}.damaged", content)
                self.storage.delete(url)
                self.logger.warning(
                    "The journal %s is damaged: it is kept as %s.damaged. Its run wrote no state, "
                    "so its rows come again.",
                    url,
                    url,
                )
                continue
            self.logger.warning(
                "Run %s was publishing when it ended: that is finished first.", run_id
            )
            self._finish(catalog, moves, outcome)
            self._end(url, run_id, outcome)
        return len(others)

    def _finish(self, catalog: Catalog, moves: list[Move], outcome: LoadOutcome) -> None:
        left: list[Move] = []
        for move in moves:
            # rows leave a quarantine only if their table has them
            stays = move.stream is None and any(
                each.table == move.table and each.stream is not None for each in left
            )
            if stays or not self._is_made(catalog, move):
                left.append(move)
            elif move.stream in outcome.streams:
                outcome.streams[move.stream].published = True
        outcome.status = "failed" if left else "published"

    def _is_made(self, catalog: Catalog, move: Move) -> bool:
        """Make a move unless it is made, or others have come first."""
        name = f"{move.namespace}.{move.table}"
        try:
            table = catalog.load_table((move.namespace, move.table))
        except (NoSuchTableError, NoSuchNamespaceError):
            self.logger.warning("Table %s is not there any more.", name)
            return False
        if is_published(table, move.snapshot_id):
            return True
        if move.appends:
            # its run wrote no state, so its rows come again
            self.logger.info("Table %s has no keys: its rows are left to the next run.", name)
            return False
        if head(table) == move.base and table.snapshot_by_id(move.snapshot_id) is not None:
            with contextlib.suppress(CommitFailedException):
                move_main(
                    catalog,
                    table,
                    base=move.base,
                    snapshot_id=move.snapshot_id,
                    branch=move.branch,
                )
                self.logger.info("Table %s is now at snapshot %d.", name, move.snapshot_id)
                return True
            table.refresh()
            if is_published(table, move.snapshot_id):
                return True
        self.logger.warning(
            "Table %s has changed since: snapshot %d is left to the next run, which brings its "
            "rows again.",
            name,
            move.snapshot_id,
        )
        return False

    def _content(self, moves: list[Move], outcome: LoadOutcome) -> bytes:
        journal = {
            "run_id": self.settings.run_id,
            "moves": [asdict(move) for move in moves],
            "outcome": asdict(outcome),
        }
        return json.dumps(journal, indent=1).encode()


def _read(content: bytes) -> tuple[list[Move], str, LoadOutcome]:
    journal = json.loads(content)
    moves = [Move(**move) for move in journal["moves"]]
    return moves, safe_name(str(journal["run_id"])), LoadOutcome.read(journal["outcome"])
