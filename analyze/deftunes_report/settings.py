"""What the report reads and where it writes, declared once and read once, at the edge."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_FILE = Path("none")
"""Said of a warehouse that is a server: there is nothing to make a page from."""


@dataclass(frozen=True)
class Settings:
    """Paths; relative ones count from the current folder."""

    warehouse: Path = field(
        default=Path("output/warehouse.duckdb"),
        metadata={
            "variable": "DEFTUNES_WAREHOUSE",
            "description": "DuckDB file with the gold tables",
        },
    )
    lake: Path = field(
        default=Path("output/lake"),
        metadata={
            "variable": "DEFTUNES_LAKE",
            "description": "folder or file:// URL of the lake, for the run records",
        },
    )
    output: Path = field(
        default=Path("output"),
        metadata={
            "variable": "DEFTUNES_OUTPUT",
            "description": "folder for report.html and summary.json",
        },
    )
    dbt_target: Path = field(
        default=Path(".meltano/dbt/target"),
        metadata={
            "variable": "DBT_TARGET_PATH",
            "description": "folder with dbt's run_results.json",
        },
    )


def settings_from(environment: Mapping[str, str], **options: str | None) -> Settings:
    """Choose for each setting the option, else the environment variable, else the default.

    Args:
        environment: The process environment.
        options: Values from the command line by name of the setting; None where not given.
    """
    chosen = {}
    for declared in fields(Settings):
        value = options.get(declared.name) or environment.get(declared.metadata["variable"])
        if value:
            chosen[declared.name] = path_of(value)
    return Settings(**chosen)


def path_of(value: str) -> Path:
    """Read a path or a `file://` URL; nothing is unquoted, as in the target that writes there."""
    url = urlsplit(value)
    return Path(url.path) if url.scheme == "file" else Path(value)
