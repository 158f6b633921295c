"""A table with the columns of another: what was made elsewhere is to go into it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import pyarrow as pa
from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.table import Table

from target_s3.iceberg.fields import table_fields
from target_s3.iceberg.fitting import fit, iceberg_schema, refuse_other_keys
from target_s3.iceberg.partitioning import partition_spec
from target_s3.iceberg.tables import TABLE_PROPERTIES, ensure_namespace
from target_s3.recovery.workbench import keys_of


def twin(
    catalog: Catalog,
    identifier: tuple[str, str],
    made: Table,
    *,
    location: str,
    partition_by: Sequence[str] = (),
) -> Table:
    """Open a table and give it the columns of another, or make it like the other.

    Args:
        catalog: Where it is, or is to be, registered.
        identifier: Namespace and name.
        made: The other table.
        location: Where a new table's files go.
        partition_by: A new table's partition fields, as the user writes them.

    Raises:
        SchemaError: There is one, and it has other keys, or a column of another type.
    """
    keys, name = keys_of(made), identifier[-1]
    wanted = _columns(made)
    ensure_namespace(catalog, identifier[0])
    with contextlib.suppress(NoSuchTableError):
        table = catalog.load_table(identifier)
        refuse_other_keys(table, keys, name)
        fit(table, wanted, "evolve", name)
        return table
    schema = iceberg_schema(wanted, keys)
    return catalog.create_table(
        identifier,
        schema=schema,
        location=location,
        partition_spec=partition_spec(schema, partition_by, name),
        properties=TABLE_PROPERTIES,
    )


def lacking(table: Table | None, made: Table) -> list[str]:
    """Names of the columns that a table lacks to be like another; none if it is not there."""
    if table is None:
        return []
    there = set(table.schema().column_names)
    return [field.name for field in _columns(made) if field.name not in there]


def _columns(table: Table) -> list[pa.Field]:
    keys = keys_of(table)
    return [
        pa.field(field.name, field.arrow, field.name not in keys)
        for field in table_fields(table.schema())
    ]
