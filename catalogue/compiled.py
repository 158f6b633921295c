"""What dbt makes of the models: its manifest with compiled SQL, of an empty lake of our own.

Compiling takes seconds, so the manifest is kept below `.cache` for as long as no file of the dbt
project changes.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from catalogue.errors import CatalogueError

_LAKE = "create table iceberg_tables (catalog_name, table_namespace, table_name, metadata_location)"
_FOLDERS = ("models", "macros", "tests", "plugins")


def compiled_manifest(root: Path) -> dict[str, Any]:
    """Have dbt compile the models, or read what it made of the same files before.

    Args:
        root: Folder of the project.

    Raises:
        CatalogueError: dbt cannot compile them.
    """
    kept = root / ".cache" / "catalogue" / f"{_digest(root / 'transform')}.json"
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="catalogue-", dir=kept.parent) as folder:
            _compile(root / "transform", Path(folder)).replace(kept)
        for other in set(kept.parent.glob("*.json")) - {kept}:
            other.unlink(missing_ok=True)
    manifest: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    return manifest


def _compile(project: Path, folder: Path) -> Path:
    with closing(sqlite3.connect(folder / "catalog.db")) as catalog:
        catalog.execute(_LAKE)
    settings = {
        "DEFTUNES_LAKE": folder,
        "DEFTUNES_WAREHOUSE": folder / "warehouse.duckdb",
        "DBT_PROJECT_DIR": project,
        "DBT_PROFILES_DIR": project,
        "DBT_TARGET": "local",
        "DBT_TARGET_PATH": folder / "target",
        "DBT_LOG_PATH": folder / "logs",
        "DBT_LOG_LEVEL": "error",
        "DBT_USE_COLORS": "false",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    done = subprocess.run(
        [Path(sys.executable).parent / "dbt", "compile", "--select", "resource_type:model"],
        env=os.environ | {name: str(value) for name, value in settings.items()},
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CatalogueError(
            f"dbt cannot compile the models of {project}: mend what it says and run this again.\n"
            f"{done.stdout.strip()}"
        )
    return folder / "target" / "manifest.json"


def _digest(project: Path) -> str:
    """A name for the state of the project's files."""
    files = [project / "dbt_project.yml", project / "profiles.yml"]
    for folder in _FOLDERS:
        files += sorted(
            file for file in (project / folder).rglob("*") if file.suffix in {".sql", ".yml", ".py"}
        )
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(project)}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:32]
