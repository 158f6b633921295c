"""dbt-duckdb plugin: show the lake's Iceberg tables as views, each at its current snapshot.

When dbt opens its connection, the catalog is asked once where each table's metadata lies,
and a view `<namespace>.<table>` over DuckDB's own `iceberg_scan` is made. All models of a
build read the same snapshots, no row passes through Python, and on Redshift the same
`source()` names the external schema instead. What the lake's run records said just before
that moment is kept in `<namespace>.published_loads`.
"""

# ruff: noqa: INP001 - dbt-duckdb imports this file by its name from this folder.

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import duckdb
import yaml
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.adapters.events.logging import AdapterLogger
from dbt_common.exceptions import DbtRuntimeError
from duckdb_file import wait_until_free
from published_loads import create_published_loads, literal

if TYPE_CHECKING:
    from dbt.adapters.duckdb.credentials import DuckDBCredentials

adapter_log = AdapterLogger("lake")

SOURCES = Path(__file__).parent.parent / "models" / "staging"
"""Folder of dbt's descriptions of the sources."""
EXTENSIONS = ("avro", "iceberg")
"""In the order they are loaded: Iceberg's manifests are Avro files."""
LOADS = "published_loads"
"""Table of the published loads, beside the views."""


class Plugin(BasePlugin):
    """Makes the views when the connection opens; configured in `profiles.yml`.

    Configuration:
        lake: folder of the lake, as a path or a `file://` URL.
        catalog: name of the catalog inside `<lake>/catalog.db`.
        namespace: namespace of the tables in the catalog, and schema of the views.
        tables: each table that the models read, with the name of the tap that fills it. One
            that is not in the lake yet is shown without rows.
        patience: seconds to wait while another program has the warehouse open.
    """

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Keep the configuration; nothing is read before a connection opens."""
        self.lake: str = plugin_config["lake"]
        self.catalog: str = plugin_config["catalog"]
        self.namespace: str = plugin_config["namespace"]
        self.tables: dict[str, str] = plugin_config["tables"]
        self.made_on_demand: dict[str, list[str]] = plugin_config["made_on_demand"]
        self.patience = float(plugin_config["patience"])

    def update_connection_config(
        self,
        creds: DuckDBCredentials,
        config: dict[str, Any],  # noqa: ARG002 - dbt's signature
    ) -> None:
        """Wait until the warehouse can be opened.

        Raises:
            DbtRuntimeError: It cannot.
        """
        wait_until_free(
            Path(creds.path).resolve(),
            self.patience,
            lambda sentence: adapter_log.warning("{}", sentence),
        )

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Load the extensions and point each view at its table's current metadata.

        Raises:
            DbtRuntimeError: The lake or its catalog is missing, or a run record is damaged.
        """
        lake = lake_folder(self.lake)
        for extension in EXTENSIONS:
            conn.execute(f"load {literal(str(extension_file(extension)))}")
        conn.execute(f"create schema if not exists {self.namespace}")
        # Records first: a load commits its tables before it writes its record, so what is
        # recorded here is in the snapshots that the catalog names after it.
        create_published_loads(
            conn,
            f"{self.namespace}.{LOADS}",
            lake,
            otherwise=no_rows(declared_columns(SOURCES, self.namespace, LOADS)),
        )
        for table in self._show(conn, lake, self.namespace, list(self.tables)):
            # either pipeline may be the first to run
            adapter_log.warning(  # formats with braces
                "table {}.{} is not in the lake at {} yet and counts as empty: "
                "`meltano run --full-refresh {} target-s3` fills it",
                self.namespace,
                table,
                str(lake),
                self.tables[table],
            )
        for namespace, tables in self.made_on_demand.items():
            conn.execute(f"create schema if not exists {namespace}")
            self._show(conn, lake, namespace, tables)

    def _show(
        self, conn: duckdb.DuckDBPyConnection, lake: Path, namespace: str, tables: list[str]
    ) -> list[str]:
        """Make the views of a namespace, and name the tables that are not in the lake."""
        locations = metadata_locations(lake / "catalog.db", self.catalog, namespace)
        for name in tables:
            if name in locations:
                rows = f"select * from iceberg_scan({literal(locations[name])})"  # noqa: S608
            else:
                rows = no_rows(declared_columns(SOURCES, namespace, name))
            conn.execute(f"create or replace view {namespace}.{name} as {rows}")
        return [name for name in tables if name not in locations]


def declared_columns(sources: Path, schema: str, table: str) -> dict[str, str]:
    """Read the columns of a table off dbt's description of the sources: type by name."""
    described = [
        source
        for file in sources.glob("*__sources.yml")
        for source in yaml.safe_load(file.read_text(encoding="utf-8"))["sources"]
    ]
    (tables,) = (source["tables"] for source in described if source["name"] == schema)
    (columns,) = (entry["columns"] for entry in tables if entry["name"] == table)
    return {column["name"]: column["data_type"] for column in columns}


def no_rows(columns: dict[str, str]) -> str:
    """A query with these columns and no rows."""
    nulls = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in columns.items())
    return f"select {nulls} where false"


def lake_folder(lake: str) -> Path:
    """Turn the setting into a folder.

    Raises:
        DbtRuntimeError: The lake is not on this machine, or there is no lake.
    """
    url = urlsplit(lake)
    if url.scheme not in ("", "file"):
        raise DbtRuntimeError(
            f"target local reads a lake on this machine, not {url.scheme}://: "
            "set DEFTUNES_LAKE to a folder, or choose another DBT_TARGET"
        )
    # Nothing is unquoted: target-s3 and pyiceberg do not either.
    folder = Path(url.path if url.scheme else lake).resolve()
    if not (folder / "catalog.db").is_file():
        raise DbtRuntimeError(
            f"there is no lake at {folder}: run `meltano run tap-deftunes-api target-s3` and "
            "`meltano run tap-postgres target-s3` first, or set DEFTUNES_LAKE"
        )
    return folder


def metadata_locations(catalog_file: Path, catalog: str, namespace: str) -> dict[str, str]:
    """Ask pyiceberg's SQLite catalog for the current metadata file of each table.

    Importing pyiceberg for this would cost more time than building the models.

    Returns:
        Location of the metadata JSON by table name.

    Raises:
        DbtRuntimeError: The file is not a readable pyiceberg catalog.
    """
    query = (
        "select table_name, metadata_location from iceberg_tables "
        "where catalog_name = ? and table_namespace = ?"
    )
    try:
        with closing(sqlite3.connect(f"file:{quote(str(catalog_file))}?mode=ro", uri=True)) as db:
            return dict(db.execute(query, (catalog, namespace)).fetchall())
    except sqlite3.Error as error:
        raise DbtRuntimeError(
            f"the lake's catalog {catalog_file} cannot be read ({error}): "
            "is it a catalog made by target-s3?"
        ) from error


def extension_file(name: str) -> Path:
    """Find a DuckDB extension inside its wheel; INSTALL would need the network.

    Raises:
        DbtRuntimeError: The wheel is not installed.
    """
    package = find_spec(f"duckdb_extension_{name}")
    folders = package.submodule_search_locations or () if package else ()
    for folder in folders:
        for file in Path(folder).glob(f"extensions/*/{name}.duckdb_extension"):
            return file
    raise DbtRuntimeError(
        f"DuckDB's extension {name} is not installed: run `make install` (it comes with the "
        f"package duckdb-extension-{name})"
    )
