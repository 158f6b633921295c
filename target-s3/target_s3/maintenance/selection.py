"""Which tables are looked after: those of the loads that lie where the loads put them."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from dataclasses import dataclass, field

from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.table import Table

from columnar_target.errors import SettingError
from columnar_target.storage.storage import Storage
from target_s3.maintenance.places import is_below, place
from target_s3.settings import Settings


@dataclass
class Selection:
    """The tables of a lake.

    Those of the quarantine and of the results of rules are called by their whole names, such as
    `default_quarantine.orders`.

    Attributes:
        tables: Those to look after, by name.
        left_alone: Why others are not, by name.
        all: Every table, by name: none may lose a file to another.
    """

    tables: dict[str, Table] = field(default_factory=dict)
    left_alone: dict[str, str] = field(default_factory=dict)
    all: dict[str, Table] = field(default_factory=dict)

    def others(self, name: str) -> list[Table]:
        """All tables but one."""
        return [table for other, table in self.all.items() if other != name]


def select_tables(
    catalog: Catalog, settings: Settings, storage: Storage, names: Collection[str]
) -> Selection:
    """Find the tables to look after.

    Args:
        catalog: Where they are registered.
        settings: Names their namespace and their folder.
        storage: The lake.
        names: Only these; empty for all.

    Raises:
        SettingError: The namespace or a table that was named is not there.
    """
    if not catalog.namespace_exists(settings.namespace):
        raise SettingError(
            f"There is no namespace {settings.namespace!r} in the catalog of {settings.lake_url}: "
            "nothing has been loaded yet, or the settings namespace, catalog or lake_url are not "
            "those of the loads."
        )
    selection = Selection()
    for suffix in ("", "_quality", "_quarantine"):
        namespace, folder = settings.namespace + suffix, settings.tables_path + suffix
        if suffix and not catalog.namespace_exists(namespace):
            continue
        root = storage.url(folder)
        for table_name in sorted(found[-1] for found in catalog.list_tables(namespace)):
            name = f"{namespace}.{table_name}" if suffix else table_name
            with contextlib.suppress(NoSuchTableError):  # dropped just now
                table = catalog.load_table((namespace, table_name))
                selection.all[name] = table
                if names and name not in names:
                    continue
                if is_below(place(storage, table.location()), place(storage, root)):
                    selection.tables[name] = table
                else:
                    selection.left_alone[name] = f"it lies at {table.location()}, not below {root}"
    missing = sorted(set(names) - set(selection.tables))
    if missing:
        reason = selection.left_alone.get(missing[0], "it is not there")
        raise SettingError(
            f"Table {missing[0]!r} of namespace {settings.namespace!r} cannot be maintained: "
            f"{reason}."
        )
    return selection
