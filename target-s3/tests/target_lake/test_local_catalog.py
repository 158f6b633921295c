"""A local lake's own catalog: the file is pyiceberg's, whoever wrote it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyiceberg.catalog import Catalog
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import (
    CommitFailedException,
    NamespaceAlreadyExistsError,
    NoSuchNamespaceError,
    NoSuchTableError,
    TableAlreadyExistsError,
)
from pyiceberg.table.update import SetPropertiesUpdate

from target_s3.iceberg.local_catalog import LocalCatalog

SCHEMA = pa.schema([pa.field("id", pa.int64())])


def ours(folder: Path) -> LocalCatalog:
    return LocalCatalog("default", folder / "catalog.db", warehouse=f"file://{folder}")


def pyicebergs(folder: Path) -> SqlCatalog:
    uri = f"sqlite:///{folder / 'catalog.db'}"
    return SqlCatalog("default", uri=uri, warehouse=f"file://{folder}")


def described(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """Each table's columns: name, type, not null, default, place in the key."""
    with sqlite3.connect(file) as database:
        names = database.execute("select name from sqlite_master where type = 'table'").fetchall()
        return {
            name: database.execute(f"pragma table_info({name})").fetchall() for (name,) in names
        }


def test_the_file_has_the_tables_that_pyiceberg_makes(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    ours(tmp_path)
    pyicebergs(tmp_path / "theirs")

    assert described(tmp_path / "catalog.db") == described(tmp_path / "theirs/catalog.db")


@pytest.mark.parametrize(("writes", "reads"), [(ours, pyicebergs), (pyicebergs, ours)])
def test_each_reads_and_goes_on_with_what_the_other_wrote(
    writes: Callable[[Path], Catalog], reads: Callable[[Path], Catalog], tmp_path: Path
) -> None:
    writer, reader = writes(tmp_path), reads(tmp_path)
    writer.create_namespace("music")
    writer.create_table("music.songs", SCHEMA).append(pa.table({"id": [1, 2]}, SCHEMA))

    seen = reader.load_table("music.songs")
    assert seen.scan().to_arrow().to_pydict() == {"id": [1, 2]}
    assert reader.list_tables("music") == writer.list_tables("music") == [("music", "songs")]
    assert reader.load_namespace_properties("music") == {"exists": "true"}

    seen.append(pa.table({"id": [3]}, SCHEMA))
    again = writer.load_table("music.songs")
    assert again.metadata_location == seen.metadata_location
    assert sorted(again.scan().to_arrow()["id"].to_pylist()) == [1, 2, 3]


def test_a_commit_that_another_overtakes_at_the_last_moment_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = ours(tmp_path)
    catalog.create_namespace("music")
    table = catalog.create_table("music.songs", SCHEMA)
    written = catalog._write_metadata

    def overtaken(metadata: Any, io: Any, path: str) -> None:
        monkeypatch.undo()
        catalog.load_table("music.songs").append(pa.table({"id": [1]}, SCHEMA))
        written(metadata, io, path)

    monkeypatch.setattr(catalog, "_write_metadata", overtaken)
    changes = (SetPropertiesUpdate(updates={"owner": "nobody"}),)
    with pytest.raises(CommitFailedException, match=r"updated by another process: music\.songs"):
        catalog.commit_table(table, (), changes)

    there = catalog.load_table("music.songs")
    assert there.scan().to_arrow()["id"].to_pylist() == [1]
    assert "owner" not in there.properties


def test_names_that_are_taken_or_missing_are_told(tmp_path: Path) -> None:
    catalog = ours(tmp_path)
    with pytest.raises(NoSuchNamespaceError):
        catalog.create_table("music.songs", SCHEMA)
    with pytest.raises(NoSuchNamespaceError):
        catalog.list_tables("music")
    catalog.create_namespace("music")
    with pytest.raises(NamespaceAlreadyExistsError):
        catalog.create_namespace("music")
    with pytest.raises(NoSuchTableError):
        catalog.load_table("music.songs")
    catalog.create_table("music.songs", SCHEMA)
    with pytest.raises(TableAlreadyExistsError):
        catalog.create_table("music.songs", SCHEMA)


def test_a_namespace_is_there_when_one_below_it_is_and_a_similar_name_is_not_it(
    tmp_path: Path,
) -> None:
    catalog = ours(tmp_path)
    catalog.create_namespace(("music_2", "old"))

    for mine in (catalog, pyicebergs(tmp_path)):
        assert mine.namespace_exists("music_2")
        assert not mine.namespace_exists("musicX2")
        assert not mine.namespace_exists("music")


def test_a_view_of_another_engine_is_no_table(tmp_path: Path) -> None:
    catalog = ours(tmp_path)
    catalog.create_namespace("music")
    at = catalog.create_table("music.songs", SCHEMA).metadata_location
    with sqlite3.connect(tmp_path / "catalog.db") as database:
        row = ("default", "music", "charts", at, None, "VIEW")
        database.execute("insert into iceberg_tables values (?, ?, ?, ?, ?, ?)", row)

    assert catalog.list_tables("music") == [("music", "songs")]
    with pytest.raises(NoSuchTableError):
        catalog.load_table("music.charts")


def test_a_file_from_before_pyiceberg_0_12_goes_on_working(tmp_path: Path) -> None:
    ours(tmp_path)
    with sqlite3.connect(tmp_path / "catalog.db") as database:
        database.execute("alter table iceberg_tables drop column iceberg_type")

    catalog = ours(tmp_path)
    catalog.create_namespace("music")
    catalog.create_table("music.songs", SCHEMA).append(pa.table({"id": [1]}, SCHEMA))

    assert catalog.list_tables("music") == [("music", "songs")]
    seen = pyicebergs(tmp_path).load_table("music.songs")
    assert seen.scan().to_arrow()["id"].to_pylist() == [1]


def test_what_no_load_asks_for_is_done_as_well(tmp_path: Path) -> None:
    catalog = ours(tmp_path)
    catalog.create_namespace("music")
    at = catalog.create_table("music.songs", SCHEMA).metadata_location
    catalog.rename_table("music.songs", "music.tracks")
    catalog.register_table("music.songs", at)
    catalog.drop_table("music.tracks")

    assert catalog.list_tables("music") == [("music", "songs")]
    assert catalog.list_namespaces() == [("music",)]


def test_a_load_does_without_sqlalchemy(tmp_path: Path) -> None:
    lines = [
        {"type": "SCHEMA", "stream": "songs", "schema": {"properties": {"id": {"type": "integer"}}},
         "key_properties": ["id"]},
        {"type": "RECORD", "stream": "songs", "record": {"id": 1}},
    ]  # fmt: skip
    code = (
        "import sys; from target_s3.target import TargetS3\n"
        "TargetS3.cli(['--config', sys.argv[1]], standalone_mode=False)\n"
        "print(sorted(name for name in sys.modules if name.startswith('sqlalchemy')))"
    )
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"lake_url": f"file://{tmp_path}/lake"}))
    ended = subprocess.run(
        [sys.executable, "-c", code, str(config)],
        input="\n".join(json.dumps(line) for line in lines),
        capture_output=True,
        text=True,
        check=True,
    )

    assert ended.stdout.splitlines()[-1] == "[]"
    found = pyicebergs(tmp_path / "lake").load_table("default.songs").scan().to_arrow()
    assert found["id"].to_pylist() == [1]
