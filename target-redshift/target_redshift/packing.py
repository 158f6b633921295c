"""What of each stream is to be loaded: found out here, before the transaction begins."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb

from columnar_target.arrivals.arrivals import Arrivals
from columnar_target.arrivals.staging import StagedStream
from columnar_target.errors import SchemaError
from columnar_target.own_columns import QUARANTINE_RULES
from columnar_target.quality.rules import TableRules
from columnar_target.quality.verdict import Verdict
from target_redshift.columns.types import WarehouseType
from target_redshift.fitting import Fit, fit, table_names
from target_redshift.quality.gate import WITHHELD, Gate
from target_redshift.quality.references import References
from target_redshift.settings import Settings, WarehouseStream
from target_redshift.shipment.cargo import Cargo, load_up, pack, pack_lost_groups
from target_redshift.shipment.rows import Rows
from target_redshift.shipment.staged import StagedColumn, staged_columns
from target_redshift.warehouse.history import History
from target_redshift.warehouse.session import Session
from target_redshift.warehouse.tables import TableColumn, TableName, Tables


@dataclass(frozen=True)
class Seen:
    """A table as it was found, which another load may change until the transaction begins.

    Attributes:
        columns: Its columns; none if it is to be made.
        keys: The columns that its last load knew rows by; None: there was none.
        version: The full-table version of its last load.
    """

    columns: Mapping[str, TableColumn]
    keys: tuple[str, ...] | None
    version: int | None


@dataclass(frozen=True)
class Shipment:
    """What one stream's load is to bring.

    Attributes:
        stream: The stream's name.
        number: Its number in the load.
        table: Where its rows go.
        settings: The stream's settings.
        fit: What the table needs for that.
        columns: The stream's columns, as they are sent.
        keys: Those that identify a row, as the stream names them.
        group: Those that rows share which are replaced together.
        cargo: The rows that count.
        withheld: Those that are set aside.
        groups: Groups that arrived, and that no row which counts has any more.
        arrived: How many rows arrived.
        verdict: What came of the rules; None: there are none.
        whole: Whether the rows are all that the source has.
        is_resumed: Whether they would be, had no earlier run loaded rows of the same version.
        version: The full-table version of the last row, where the tap names any.
        seen: The table as it was found.
    """

    stream: str
    number: int
    table: TableName
    settings: WarehouseStream
    fit: Fit
    columns: tuple[StagedColumn, ...]
    keys: tuple[str, ...]
    group: tuple[str, ...]
    cargo: Cargo
    withheld: Cargo | None
    groups: Cargo | None
    arrived: int
    verdict: Verdict | None
    whole: bool
    is_resumed: bool
    version: int | None
    seen: Seen
    kinds: dict[str, WarehouseType] = field(init=False)

    def __post_init__(self) -> None:
        kinds = {column.name: column.type for column in self.fit.columns}
        object.__setattr__(self, "kinds", kinds)


@dataclass(frozen=True)
class Packing:
    """Makes shipments of staged streams.

    Attributes:
        settings: The target's settings.
        rules: By table.
        arrivals: The streams.
        session: Asks the warehouse what is there.
        database: DuckDB, for the rows.
    """

    settings: Settings
    rules: Mapping[str, TableRules]
    arrivals: Arrivals
    session: Session
    database: duckdb.DuckDBPyConnection

    def pack(self, stream: StagedStream) -> Shipment:
        """Make a stream's shipment.

        Raises:
            TargetError: The stream does not fit its table, or a value its column.
        """
        settings = self.settings.stream(stream.name)
        table = TableName(self.settings.schema, settings.table)
        table_names(stream)  # refuses columns that no table has, before anything is asked
        there = Tables(self.session).columns(table)
        seen = Seen(there, *History(self.session, table.schema).last(table.table))
        self._refuse_other_keys(stream, table, seen.keys if there else None)
        gate = self._gate(settings.table)
        rows = self._rows(stream)
        verdict = gate.judge(rows) if gate else None
        whole = self.arrivals.whole(stream)
        is_resumed = whole is not None and whole.version == seen.version
        folder = self.arrivals.folder() / f"send-{stream.number:04}"
        folder.mkdir(exist_ok=True)
        cargo = load_up(rows, folder)
        withheld = verdict is not None and verdict.withheld
        return Shipment(
            stream.name,
            stream.number,
            table,
            settings,
            fit(
                stream,
                there,
                rows,
                cargo.longest,
                table=table,
                marks=whole is not None and not settings.hard_delete,
            ),
            rows.columns,
            stream.keys,
            settings.replace_by,
            cargo,
            pack(rows, WITHHELD, folder / "aside", [QUARANTINE_RULES]) if withheld else None,
            pack_lost_groups(rows, folder / "groups"),
            rows.arrived,
            verdict,
            whole is not None and not is_resumed,
            is_resumed,
            self.arrivals.version(stream),
            seen,
        )

    def warn_of_unknown_rules(self, logger: logging.Logger) -> None:
        """Tell of rules for a table that nobody has heard of: its name may be misspelt."""
        known = {stream.settings.table for stream in self.arrivals}
        known |= {stream.table for stream in self.settings.streams.values()}
        for name in sorted(self.rules.keys() - known):
            logger.warning(
                "Setting rules.%s: there is no table of that name, so these rules are not asked. "
                "(It takes names of tables, not of streams.)",
                name,
            )

    def _rows(self, stream: StagedStream) -> Rows:
        columns = staged_columns(stream)
        by_name = {column.name: column for column in columns}
        return Rows(
            self.database,
            stream.name,
            columns,
            tuple(by_name[key] for key in stream.keys),
            tuple(by_name[name] for name in stream.settings.replace_by),
            stream.files(self.arrivals.merged(stream)),
        )

    def _gate(self, table: str) -> Gate | None:
        rules = self.rules.get(table)
        if rules is None:
            return None
        references = References(
            self.settings.schema,
            {stream.settings.table: stream for stream in self.arrivals},
            self._rows,
            self.session,
            self.database,
        )
        return Gate(rules, self.settings.quarantine_limit, references.spoken_of(rules))

    def _refuse_other_keys(
        self, stream: StagedStream, table: TableName, last: tuple[str, ...] | None
    ) -> None:
        if last is not None and set(last) != set(stream.keys):
            raise SchemaError(
                f"Stream {stream.name!r} has the keys {sorted(stream.keys)}, and table {table} has "
                f"{sorted(last)}: set streams.{stream.name}.keys to the table's, or load into "
                "another table."
            )
