"""The table that COPY fills, as its columns' types and sizes bind the files' values."""

from __future__ import annotations

from dataclasses import dataclass

from deftunes_redshift.backend import Backend
from deftunes_redshift.errors import RedshiftError

_HEADER = 4  # bytes that PostgreSQL counts with the length of a varchar
_COLUMNS = """
    select c.oid::int8, n.nspname::text, c.relkind::text, a.attname::text,
           coalesce(nullif(t.typname, 'jsonb'), 'super')::text, a.atttypmod, not a.attnotnull
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_catalog.pg_type t on t.oid = a.atttypid
    where c.oid = pg_catalog.to_regclass($1)
    order by a.attnum
"""
_NAMES = {"bpchar": "char", "bytea": "varbyte"}


@dataclass(frozen=True)
class TargetColumn:
    """A column that COPY fills.

    Attributes:
        name: Its name.
        type: Its type in short, such as `int4`, `varchar`, `super`.
        size: Bytes that a char or varchar holds; None if unbound.
        precision: Digits of a numeric; None for other types.
        scale: Digits after its point.
        nullable: Whether it takes NULL.
    """

    name: str
    type: str
    size: int | None = None
    precision: int | None = None
    scale: int = 0
    nullable: bool = True

    @property
    def length(self) -> str:
        """What system tables show as its length: a varchar's bytes, a numeric's digits."""
        if self.precision is not None:
            return f"{self.precision}, {self.scale}"
        return "" if self.size is None else str(self.size)


@dataclass(frozen=True)
class Target:
    """The table that COPY fills.

    Attributes:
        oid: Its number.
        schema: Its schema.
        table: Its name.
        columns: Those that the files fill, in the order of the files' fields.
    """

    oid: int
    schema: str
    table: str
    columns: tuple[TargetColumn, ...]

    def copy_in(self) -> str:
        """The statement that takes the rows as CSV."""
        columns = ", ".join(quoted(column.name) for column in self.columns)
        return (
            f"copy {quoted(self.schema)}.{quoted(self.table)} ({columns}) "
            "from stdin (format csv, encoding 'utf8')"
        )


async def find_target(
    backend: Backend, schema: str | None, table: str, columns: tuple[str, ...] | None
) -> Target:
    """Find the table and the columns that COPY names.

    Raises:
        RedshiftError: There is no such table or column, or it is no table.
    """
    name = ".".join(quoted(part) for part in (schema, table) if part is not None)
    found = await backend.rows(_COLUMNS, name)
    if not found:
        raise RedshiftError(f"Cannot COPY into nonexistent table {table}", "42P01")
    oid, in_schema, kind = found[0][:3]
    if kind not in "rp":
        raise RedshiftError(f'cannot copy to "{table}": it is not a table', "42809")
    known = {row[3]: _column(*row[3:]) for row in found}
    asked = columns if columns is not None else tuple(known)
    for position, column in enumerate(asked):
        if column not in known:
            raise RedshiftError(f'column "{column}" of relation "{table}" does not exist', "42703")
        if column in asked[:position]:
            raise RedshiftError(f'column "{column}" specified more than once', "42701")
    return Target(oid, in_schema, table, tuple(known[column] for column in asked))


async def find_columns(backend: Backend, relation: str) -> list[TargetColumn]:
    """Give the columns of a relation, in their order.

    Args:
        backend: A session's connection.
        relation: Its name, in quotes where SQL needs them.
    """
    return [_column(*row[3:]) for row in await backend.rows(_COLUMNS, relation)]


def quoted(name: str) -> str:
    """A name as it stands in SQL."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def _column(name: str, type_: str, modifier: int, nullable: bool) -> TargetColumn:
    kind = _NAMES.get(type_, type_)
    if kind in ("varchar", "char") and modifier >= _HEADER:
        return TargetColumn(name, kind, size=modifier - _HEADER, nullable=nullable)
    if kind == "numeric" and modifier >= _HEADER:
        digits, scale = divmod(modifier - _HEADER, 1 << 16)
        return TargetColumn(name, kind, precision=digits, scale=scale, nullable=nullable)
    return TargetColumn(name, kind, nullable=nullable)
