"""How files become a temporary table: copied, with documents and times read from their text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from columnar_target.settings import safe_name
from target_redshift.columns.names import quoted
from target_redshift.columns.types import LONGEST_TEXT, SUPER, WarehouseType, text, type_of
from target_redshift.packing import Shipment
from target_redshift.shipment.cargo import Cargo
from target_redshift.shipment.staged import StagedColumn
from target_redshift.shipment.staging import Staging
from target_redshift.warehouse.comparison import Arrived
from target_redshift.warehouse.copying import Copying
from target_redshift.warehouse.session import Session


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
"""Types that COPY of Parquet does not make by itself."""


@dataclass(frozen=True)
class Arrival:
    """Brings a shipment's files into temporary tables.

    Attributes:
        session: The warehouse.
        staging: The files' place on S3.
        copying: How they get from there into tables.
        shipment: The shipment.
    """

    session: Session
    staging: Staging
    copying: Copying
    shipment: Shipment

    def bring(self, cargo: Cargo, what: str) -> Arrived:
        """Make a temporary table of some files.

        Args:
            cargo: The files.
            what: What is in them, for names.
        """
        name = f"deftunes_{what}_{self.shipment.number}"
        kinds = {column.alias: self._kind(column, cargo) for column in self.shipment.columns}
        more = {
            column: f"c{number}" for number, column in enumerate(cargo.more, start=len(kinds) + 1)
        }
        kinds |= dict.fromkeys(more.values(), text(LONGEST_TEXT))
        texts = {alias: form for alias, kind in kinds.items() if (form := _TEXTS.get(kind.name))}
        self._make(name, kinds)
        if cargo.parquet:
            self._copy(name, f"{what}-rows", cargo, "parquet", kinds, texts)
        if cargo.json:
            # JSON brings documents as such, and times no more than Parquet does
            times = {alias: form for alias, form in texts.items() if kinds[alias] != SUPER}
            self._copy(name, f"{what}-documents", cargo, "json", kinds, times)
        names = self.shipment.fit.names
        columns = {names[c.name]: c.alias for c in self.shipment.columns if c.name in names}
        return Arrived(name, columns | more, cargo.rows)

    def _copy(
        self,
        name: str,
        file: str,
        cargo: Cargo,
        form: Literal["parquet", "json"],
        kinds: Mapping[str, WarehouseType],
        texts: Mapping[str, _AsText],
    ) -> None:
        """Copy files into a temporary table, by way of another if columns come as text."""
        into = f"{name}_{form}" if texts else name
        if texts:
            self._make(into, {**kinds, **{alias: each.kind for alias, each in texts.items()}})
        stem = f"{self.shipment.number:04}-{safe_name(self.shipment.table.table)}"
        self.copying.copy(
            into,
            self.staging.send(f"{stem}-{file}", cargo.parquet if form == "parquet" else cargo.json),
            form,
            table=str(self.shipment.table),
            columns={column.alias: column.name for column in self.shipment.columns},
        )
        if texts:
            values = (texts[each].read.format(each) if each in texts else each for each in kinds)
            self.session.run(
                f"insert into {quoted(name)} select {', '.join(values)} from {quoted(into)}",
                f"read documents and times of table {self.shipment.table}",
            )

    def _make(self, name: str, kinds: Mapping[str, WarehouseType]) -> None:
        # a table has a column, also where a stream has none, and so no rows
        columns = ", ".join(f"{alias} {kind}" for alias, kind in kinds.items()) or "c0 integer"
        self.session.run(f"create temp table {quoted(name)} ({columns})", "make a temporary table")

    def _kind(self, column: StagedColumn, cargo: Cargo) -> WarehouseType:
        """The type of a column: that of the files, documents parsed where the table has them so."""
        name = self.shipment.fit.names.get(column.name)
        if name is not None and self.shipment.kinds[name] == SUPER:
            return SUPER
        arrow = column.column.type.arrow
        if pa.types.is_string(arrow):
            return text(min(max(cargo.longest[column.name], 1), LONGEST_TEXT))
        return type_of(arrow, longest=0, is_document=False, where=column.name)
