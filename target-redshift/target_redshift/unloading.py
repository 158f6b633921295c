"""The transaction: what was sent is copied, compared and written, all of it or nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

import pyarrow as pa

from columnar_target.own_columns import QUARANTINE_RULES
from columnar_target.settings import safe_name
from target_redshift.columns.names import literal, quoted
from target_redshift.columns.types import LONGEST_TEXT, SUPER, WarehouseType, text, type_of
from target_redshift.packing import Seen, Shipment
from target_redshift.quality.quarantine import Quarantine
from target_redshift.settings import Settings
from target_redshift.shipment.rows import StagedColumn
from target_redshift.shipment.staging import Staging
from target_redshift.warehouse.copying import Copying
from target_redshift.warehouse.history import Entry, History
from target_redshift.warehouse.merge import Arrived, Difference, Merge, Origin
from target_redshift.warehouse.session import Session
from target_redshift.warehouse.tables import TableColumn, Tables
from target_redshift.warehouse.understanding import ConflictError


@dataclass(frozen=True)
class _AsText:
    """How a column is sent as text.

    Attributes:
        kind: The text's type.
        read: SQL that makes the value of it.
    """

    kind: WarehouseType
    read: str


_TEXTS = {
    "super": _AsText(text(LONGEST_TEXT), "json_parse({})"),
    "time": _AsText(text(16), "cast({} as time)"),
}


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
        columns = tables.columns(shipment.table)
        arrived = self._arrive(shipment)
        names = shipment.fit.names
        keys = tuple(names[key] for key in shipment.keys)
        quarantine = Quarantine(self.session, shipment.table, keys)
        if self.settings.rules:
            quarantine.release(arrived, shipment.kinds)
        difference = Merge(
            self.session,
            shipment.table,
            columns,
            arrived,
            keys,
            tuple(names[name] for name in shipment.group),
            shipment.whole,
            shipment.settings.hard_delete,
            Origin(
                f"date {literal(self.started.date().isoformat())}",
                self._moment,
                literal(shipment.settings.source_from),
            ),
        ).carry_out()
        if shipment.withheld:
            self._set_aside(shipment, quarantine)
        return Difference(
            difference.inserted,
            difference.updated,
            difference.deleted,
            difference.unchanged,
            shipment.aside,
        )

    @staticmethod
    def _fit_table(tables: Tables, shipment: Shipment) -> None:
        if not shipment.seen.columns:
            tables.make(shipment.table, shipment.fit.columns, shipment.settings)
            return
        for column in shipment.fit.added:
            tables.add(shipment.table, column)
        for column in shipment.fit.widened:
            tables.widen(shipment.table, column)

    def _arrive(self, shipment: Shipment) -> Arrived:
        """Copy the rows that count into a temporary table."""
        relation = f"deftunes_arrived_{shipment.number}"
        kinds = {column.alias: _kind(column, shipment) for column in shipment.columns}
        # what COPY of Parquet does not make by itself comes as text
        texts = {alias: form for alias, kind in kinds.items() if (form := _TEXTS.get(kind.name))}
        copied = f"deftunes_copied_{shipment.number}" if texts else relation
        self._make(copied, kinds | {alias: form.kind for alias, form in texts.items()})
        stem = f"{shipment.number:04}-{safe_name(shipment.table.table)}"
        if shipment.cargo.parquet:
            self._copy(shipment, copied, f"{stem}-rows", "parquet")
        if texts:
            self._make(relation, kinds)
            values = ", ".join(
                texts[alias].read.format(alias) if alias in texts else alias for alias in kinds
            )
            self.session.run(
                f"insert into {quoted(relation)} select {values} from {quoted(copied)}",
                f"read documents and times of table {shipment.table}",
            )
            if shipment.cargo.json:
                self._copy(shipment, relation, f"{stem}-documents", "json")
        names = shipment.fit.names
        columns = {names[c.name]: c.alias for c in shipment.columns if c.name in names}
        return Arrived(quoted(relation), columns, shipment.number, shipment.cargo.rows)

    def _set_aside(self, shipment: Shipment, quarantine: Quarantine) -> None:
        relation = f"deftunes_withheld_{shipment.number}"
        kinds = {column.alias: _as_sent(column, shipment) for column in shipment.columns}
        rules = f"c{len(shipment.columns) + 1}"
        self._make(relation, {**kinds, rules: text(LONGEST_TEXT)})
        stem = f"{shipment.number:04}-{safe_name(shipment.table.table)}"
        manifest = self.staging.send(f"{stem}-aside", shipment.withheld)
        self._copying.copy(
            relation,
            manifest,
            "parquet",
            table=str(quarantine.name),
            columns={column.alias: column.name for column in shipment.columns},
        )
        names = shipment.fit.names
        sent = {names[c.name]: c.alias for c in shipment.columns if c.name in names}
        quarantine.make(
            [TableColumn(name, _roomiest(kinds[alias])) for name, alias in sent.items()]
        )
        rows = Arrived(
            quoted(relation), {**sent, QUARANTINE_RULES: rules}, shipment.number, shipment.aside
        )
        quarantine.take(rows, shipment.kinds, run_id=self.settings.run_id, moment=self._moment)

    def _copy(self, shipment: Shipment, relation: str, name: str, form: str) -> None:
        files = shipment.cargo.parquet if form == "parquet" else shipment.cargo.json
        self._copying.copy(
            relation,
            self.staging.send(name, files),
            "parquet" if form == "parquet" else "json",
            table=str(shipment.table),
            columns={column.alias: column.name for column in shipment.columns},
        )

    def _make(self, relation: str, kinds: dict[str, WarehouseType]) -> None:
        # a table has a column, also where a stream has none, and so no rows
        columns = ", ".join(f"{alias} {kind}" for alias, kind in kinds.items()) or "c0 integer"
        self.session.run(
            f"create temp table {quoted(relation)} ({columns})", "make a temporary table"
        )

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


def _kind(column: StagedColumn, shipment: Shipment) -> WarehouseType:
    """The type of a column of the rows that arrived: what was sent, documents parsed."""
    name = shipment.fit.names.get(column.name)
    is_super = name is not None and shipment.kinds[name] == SUPER
    return SUPER if is_super else _as_sent(column, shipment)


def _as_sent(column: StagedColumn, shipment: Shipment) -> WarehouseType:
    """The type that COPY asks for: exactly that of the files."""
    arrow = column.column.type.arrow
    if pa.types.is_string(arrow):
        return text(min(max(shipment.cargo.longest.get(column.name, 0), 1), LONGEST_TEXT))
    return type_of(arrow, longest=0, is_document=False, where=column.name)


def _roomiest(kind: WarehouseType) -> WarehouseType:
    return text(LONGEST_TEXT) if kind.name == "varchar" else kind
