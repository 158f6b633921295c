"""One load: streams are staged while the tap speaks, and loaded in one transaction at the end."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import os
import tempfile
import uuid
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from columnar_target.arrivals.arrivals import Arrivals
from columnar_target.arrivals.scratch import Scratch
from columnar_target.errors import QualityError
from columnar_target.quality.rules import TableRules
from columnar_target.relations.database import connect as open_database
from columnar_target.storage.storage import Storage
from target_redshift.attempts import Attempts
from target_redshift.faults import foreseen
from target_redshift.packing import Packing, Shipment
from target_redshift.settings import LOADS, Settings
from target_redshift.shipment.files import PARQUET_OPTIONS
from target_redshift.shipment.staging import Staging
from target_redshift.unloading import Unloading
from target_redshift.warehouse.connection import connect
from target_redshift.warehouse.history import History
from target_redshift.warehouse.merge import Difference
from target_redshift.warehouse.session import Session
from target_redshift.warehouse.tables import Tables

_JSON = msgspec.json.Encoder(decimal_format="number")


@dataclass
class RedshiftLoad:
    """Everything between the first message and the commit.

    Attributes:
        settings: The target's settings.
        rules: What each table's rows must keep, by table.
        storage: The staging place.
        logger: Where the outcome is told.
        started: When the load began (UTC).
    """

    settings: Settings
    rules: dict[str, TableRules]
    storage: Storage
    logger: logging.Logger
    started: dt.datetime

    def __post_init__(self) -> None:
        self.load_id = str(uuid.uuid4())
        self._staging = Staging.of(
            self.storage, self.settings.login.address, self.settings.schema, self.load_id
        )
        self.arrivals = Arrivals(
            self.settings.stream,
            self._open_scratch,
            self.settings.commit_at,
            parquet_options=PARQUET_OPTIONS,
            adopts_files=True,
        )

    @property
    def place(self) -> str:
        """See `Load.place`."""
        return self.settings.staging_url

    def foreseen(self) -> contextlib.AbstractContextManager[None]:
        """See `Load.foreseen`."""
        return foreseen(self.settings.login.described)

    def finish(self, state: dict[str, Any] | None) -> None:
        """Load every stream in one transaction.

        Args:
            state: The latest Singer state.

        Raises:
            TargetError: The load failed, and nothing of it is there.
        """
        for stream in self.arrivals:
            stream.close()
            stream.check_complete()
        if not list(self.arrivals):
            return
        session = Session(partial(connect, self.settings.login), self.settings.login.described)
        try:
            with self.foreseen(), contextlib.closing(session):
                shipments, differences = self._load(session, _JSON.encode(state or {}).decode())
        except Exception:
            self.tidy_up()
            raise
        for shipment, difference in zip(shipments, differences, strict=True):
            self._tell(shipment, difference)

    def tidy_up(self) -> None:
        """Remove what was staged here and on S3; what stays there is removed by the next load."""
        with contextlib.suppress(Exception):
            self._staging.remove_own()
        self.arrivals.close()

    def _load(self, session: Session, state: str) -> tuple[list[Shipment], list[Difference]]:
        unloading = Unloading(self.settings, session, self._staging, self.started, self.load_id)
        shipments: list[Shipment] = []

        def load() -> None:
            self._make_ready(session)
            shipments[:] = self._pack(session)
            unloading.prepare(shipments)
            unloading.load(shipments, state)

        entry = f"load_id {self.load_id} in {self.settings.schema}.{LOADS}"
        attempts = Attempts(session, self.settings.login.described, entry, self.logger)
        attempts.make(load, unloading.took_place)
        return shipments, unloading.differences

    def _make_ready(self, session: Session) -> None:
        Tables(session).make_schema(self.settings.schema)
        History(session, self.settings.schema).make()

    def _pack(self, session: Session) -> list[Shipment]:
        """Find out what is to be loaded; ask the rules.

        Raises:
            QualityError: A rule stops the load.
        """
        with contextlib.closing(
            open_database(self.arrivals.folder(), memory_limit=self.settings.memory_limit)
        ) as database:
            packing = Packing(self.settings, self.rules, self.arrivals, session, database)
            shipments = [packing.pack(stream) for stream in self.arrivals]
        packing.warn_of_unknown_rules(self.logger)
        verdicts = [shipment.verdict for shipment in shipments if shipment.verdict]
        for verdict in verdicts:
            for remark in verdict.remarks():
                self.logger.warning("%s", remark)
        if any(verdict.stops for verdict in verdicts):
            reasons = " ".join(reason for verdict in verdicts for reason in verdict.reasons())
            raise QualityError(
                f"{reasons} Nothing is loaded, and no state is written: correct the rows at their "
                "source, or the rules, and run again."
            )
        return shipments

    def _tell(self, shipment: Shipment, difference: Difference) -> None:
        if shipment.fit.left_out:
            self.logger.warning(
                "Stream %s: left out of table %s, as schema_changes is discard: %s.",
                shipment.stream,
                shipment.table,
                ", ".join(shipment.fit.left_out),
            )
        if shipment.is_resumed:
            self.logger.warning(
                "Stream %s: an earlier run has loaded rows of this version too, so rows that are "
                "gone at the source stay until the next whole read.",
                shipment.stream,
            )
        aside = f", {difference.withheld} set aside" if difference.withheld else ""
        note = "" if shipment.keys else " (no keys: rows are appended, also when they come again)"
        self.logger.info(
            "Stream %s: %d arrived; table %s: %d inserted, %d updated, %d deleted, %d "
            "unchanged%s.%s",
            shipment.stream,
            shipment.arrived,
            shipment.table,
            difference.inserted,
            difference.updated,
            difference.deleted,
            difference.unchanged,
            aside,
            note,
        )

    def _open_scratch(self) -> Scratch:
        with self.foreseen():
            parent = Path(tempfile.gettempdir()) / f"target-redshift-{os.getuid()}"
            return Scratch(parent, self.settings.run_id)
