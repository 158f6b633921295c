"""The transaction: what was sent is copied, compared and written, all of it or nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

from columnar_target.own_columns import INGEST_ON, PROCESSING_TIMESTAMP, SOURCE_FROM
from target_redshift.arrival import Arrival
from target_redshift.columns.names import literal
from target_redshift.packing import Seen, Shipment
from target_redshift.quality.quarantine import Quarantine
from target_redshift.settings import Settings
from target_redshift.shipment.staging import Staging
from target_redshift.warehouse.comparison import Comparison
from target_redshift.warehouse.copying import Copying
from target_redshift.warehouse.history import Entry, History
from target_redshift.warehouse.merge import Difference, Merge
from target_redshift.warehouse.removals import Removal
from target_redshift.warehouse.session import Session
from target_redshift.warehouse.tables import Tables
from target_redshift.warehouse.understanding import ConflictError


@dataclass
class Unloading:
    """Brings shipments into the warehouse.

    Attributes:
        settings: The target's settings.
        session: The warehouse.
        staging: The files' place on S3.
        started: When the load began (UTC).
        load_id: The load's own name.
        differences: What the latest try changed, shipment by shipment.
    """

    settings: Settings
    session: Session
    staging: Staging
    started: dt.datetime
    load_id: str
    differences: list[Difference] = field(default_factory=list)

    def prepare(self, shipments: list[Shipment]) -> None:
        """Do what Redshift does in no transaction: give texts more room."""
        tables = Tables(self.session)
        for shipment in shipments:
            there = tables.columns(shipment.table)
            for column in shipment.fit.lengthened:
                if column.name in there and not there[column.name].type.holds(column.type):
                    tables.lengthen(shipment.table, column)

    def load(self, shipments: list[Shipment], state: str) -> list[Difference]:
        """Load all shipments in one transaction.

        Args:
            shipments: One for each stream.
            state: The Singer state, which is kept with them.

        Raises:
            ConflictError: Another transaction was in the way.
            LostError: The connection broke.
            TargetError: The warehouse takes it not.
        """
        history = History(self.session, self.settings.schema)
        self.differences = []
        with self.session.transaction():
            # first of all: what comes after it is seen as the load before has left it
            history.lock()
            for shipment in shipments:
                self._refuse_if_changed(shipment, history)
            self.staging.clear()
            self.differences = [self._load(shipment) for shipment in shipments]
            entries = [
                Entry(shipment.table.table, shipment.keys, shipment.version, difference)
                for shipment, difference in zip(shipments, self.differences, strict=True)
                if not difference.is_empty or _is_news(shipment)
            ]
            history.add(
                entries,
                load_id=self.load_id,
                run_id=self.settings.run_id,
                moment=self._moment,
                state=state,
            )
        return self.differences

    def took_place(self) -> bool:
        """Whether the transaction was committed, where its answer was lost."""
        return History(self.session, self.settings.schema).has(self.load_id)

    def _refuse_if_changed(self, shipment: Shipment, history: History) -> None:
        """Make sure that the table is as it was when the shipment was made for it.

        Raises:
            ConflictError: Another load has changed it meanwhile.
        """
        lengthened = {column.name: column.type for column in shipment.fit.lengthened}
        expected = {
            name: replace(column, type=lengthened.get(name, column.type))
            for name, column in shipment.seen.columns.items()
        }
        now = Seen(
            Tables(self.session).columns(shipment.table), *history.last(shipment.table.table)
        )
        if now != replace(shipment.seen, columns=expected):
            raise ConflictError(f"another load has changed table {shipment.table}")

    def _load(self, shipment: Shipment) -> Difference:
        tables = Tables(self.session)
        self._fit_table(tables, shipment)
        kinds = {name: column.type for name, column in tables.columns(shipment.table).items()}
        arrival = Arrival(self.session, self.staging, self._copying, shipment)
        arrived = arrival.bring(shipment.cargo, "arrived")
        withheld = arrival.bring(shipment.withheld, "withheld") if shipment.withheld else None
        groups = arrival.bring(shipment.groups, "groups") if shipment.groups else None
        names = shipment.fit.names
        keys = tuple(names[key] for key in shipment.keys)
        quarantine = Quarantine(self.session, shipment.table, keys)
        waiting = quarantine.release(arrived, kinds)
        difference = Merge(
            self.session,
            Comparison(shipment.table, kinds, arrived, keys, self._constants(shipment)),
            Removal(
                shipment.whole,
                shipment.settings.hard_delete,
                tuple(names[name] for name in shipment.group),
                withheld,
                groups,
            ),
        ).carry_out()
        if withheld is None:
            return replace(difference, waiting=waiting)
        waiting |= quarantine.take(
            withheld, kinds, run_id=self.settings.run_id, moment=self._moment
        )
        return replace(difference, withheld=withheld.rows, waiting=waiting)

    def _constants(self, shipment: Shipment) -> dict[str, str]:
        """The load's own columns, as SQL."""
        return {
            INGEST_ON: f"date {literal(self.started.date().isoformat())}",
            PROCESSING_TIMESTAMP: self._moment,
            SOURCE_FROM: literal(shipment.settings.source_from),
        }

    @staticmethod
    def _fit_table(tables: Tables, shipment: Shipment) -> None:
        if not shipment.seen.columns:
            tables.make(shipment.table, shipment.fit.columns, shipment.settings)
            return
        for column in shipment.fit.added:
            tables.add(shipment.table, column)
        for column in shipment.fit.widened:
            tables.widen(shipment.table, column)

    @property
    def _copying(self) -> Copying:
        return Copying(self.session, self.settings.iam_role, self.settings.s3_region)

    @property
    def _moment(self) -> str:
        moment = self.started.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
        return f"timestamp {literal(moment)}"


def _is_news(shipment: Shipment) -> bool:
    """Whether the table, or the version of its rows, has not been heard of before."""
    return shipment.seen.keys is None or shipment.seen.version != shipment.version
