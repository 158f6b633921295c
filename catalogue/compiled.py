"""What dbt makes of the models, of an empty lake of our own: compiled SQL, and its own pages.

That takes seconds, so both are kept below `.cache` for as long as no file of the dbt
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
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from catalogue.errors import CatalogueError

_LAKE = "create table iceberg_tables (catalog_name, table_namespace, table_name, metadata_location)"
_WORDS = ("docs", "generate", "--static", "--empty-catalog")
_KEPT = Path(".cache", "catalogue")
_MANIFEST, _PAGE = "manifest.json", "static_index.html"
_FOLDERS = ("models", "macros", "tests", "plugins")

RunDbt = Callable[[Sequence[str], Path, Path], subprocess.CompletedProcess[str]]
"""Runs what is typed after `dbt`, in a project, on `<folder>/lake`, into `<folder>/target`."""


def compiled_manifest(root: Path) -> dict[str, Any]:
    """Have dbt compile the models, or read what it made of the same files before.

    Args:
        root: Folder of the project.

    Raises:
        CatalogueError: dbt cannot compile them.
    """
    kept = _kept(root, _MANIFEST)
    manifest: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    return manifest


def dbt_page(root: Path) -> str:
    """Dbt's own documentation of the models, one page with everything in it.

    Raises:
        CatalogueError: dbt cannot make it.
    """
    return _kept(root, _PAGE).read_text(encoding="utf-8")


def keep(root: Path, run_dbt: RunDbt) -> None:
    """Have dbt make what is kept, unless it is there for the files as they are.

    Args:
        root: Folder of the project.
        run_dbt: What runs it.

    Raises:
        CatalogueError: dbt cannot compile the models.
    """
    folder, digest = root / _KEPT, _digest(root / "transform")
    if all((folder / f"{digest}-{name}").is_file() for name in (_MANIFEST, _PAGE)):
        return
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="making-", dir=folder) as making:
        (Path(making) / "lake").mkdir()
        with closing(sqlite3.connect(Path(making) / "lake" / "catalog.db")) as catalog:
            catalog.execute(_LAKE)
        done = run_dbt(_WORDS, root / "transform", Path(making))
        if done.returncode:
            raise CatalogueError(
                f"dbt cannot compile the models of {root / 'transform'}: mend what it says and "
                f"run this again.\n{done.stdout.strip()}"
            )
        for made in (_MANIFEST, _PAGE):
            (Path(making) / "target" / made).replace(folder / f"{digest}-{made}")
            for other in set(folder.glob(f"*-{made}")) - {folder / f"{digest}-{made}"}:
                other.unlink(missing_ok=True)


def _kept(root: Path, name: str) -> Path:
    """What dbt made of the files as they are, in this run or an earlier one."""
    keep(root, _run)
    return root / _KEPT / f"{_digest(root / 'transform')}-{name}"


def _run(words: Sequence[str], project: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    settings = {
        "DEFTUNES_LAKE": folder / "lake",
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
    return subprocess.run(
        [str(Path(sys.executable).parent / "dbt"), *words],
        env=os.environ | {name: str(value) for name, value in settings.items()},
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )


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
