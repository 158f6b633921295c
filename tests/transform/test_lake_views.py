"""The plugin by itself. Each of its faults is one sentence that says what to do next."""

from __future__ import annotations

import importlib
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from .dbt import PROJECT
from .handmade import NOW
from .lake import write_table

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(PROJECT / "plugins")
    return importlib.import_module("lake_views")


def test_a_lake_is_named_as_a_folder_or_as_a_url(plugin: Any, tmp_path: Path) -> None:
    lake = tmp_path / "a lake, 100%25"
    write_table(lake, "users", [], NOW)
    assert plugin.lake_folder(str(lake)) == lake
    # as target-s3 reads it: nothing is unquoted
    assert plugin.lake_folder(f"file://{lake}") == lake


@pytest.mark.parametrize(
    ("lake", "sentence"),
    [
        ("s3://bucket/lake", "target local reads a lake on this machine, not s3://: set "),
        ("/nowhere", "there is no lake at /nowhere: run `meltano run "),
    ],
)
def test_a_lake_that_is_not_there_is_said(plugin: Any, lake: str, sentence: str) -> None:
    with pytest.raises(Exception, match=sentence):
        plugin.lake_folder(lake)


def test_a_file_that_is_no_catalog_is_said(plugin: Any, tmp_path: Path) -> None:
    file = tmp_path / "catalog.db"
    file.write_text("not a database, and long enough to be looked at" * 20, encoding="utf-8")
    with pytest.raises(Exception, match=r"the lake's catalog .* cannot be read"):
        plugin.metadata_locations(file, "default", "deftunes_transform")


def test_tables_of_other_catalogs_and_namespaces_stay_apart(plugin: Any, tmp_path: Path) -> None:
    write_table(tmp_path, "users", [], NOW)
    catalog = tmp_path / "catalog.db"
    assert list(plugin.metadata_locations(catalog, "default", "deftunes_transform")) == ["users"]
    assert plugin.metadata_locations(catalog, "other", "deftunes_transform") == {}
    assert plugin.metadata_locations(catalog, "default", "other") == {}


def test_a_missing_extension_is_said(plugin: Any) -> None:
    with pytest.raises(Exception, match="run `make install`"):
        plugin.extension_file("nosuch")


def test_the_warehouse_is_waited_for_while_another_program_has_it(
    plugin: Any, tmp_path: Path
) -> None:
    file, said = tmp_path / "warehouse.duckdb", []
    hold = f"import duckdb; held = duckdb.connect({str(file)!r}); print(flush=True); input()"

    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout
        holder.stdout.readline()

        def say(sentence: str) -> None:
            said.append(sentence)
            holder.communicate("let go")

        plugin.wait_until_free(file, 60, say)

    assert len(said) == 1
    assert f"the warehouse {file} is open in another program, " in said[0]
    assert f"(PID {holder.pid}): waiting up to 60 s for it" in said[0]


def test_a_damaged_run_record_is_said(plugin: Any, tmp_path: Path) -> None:
    records = tmp_path / "landing_zone" / "_runs"
    records.mkdir(parents=True)
    (records / "run-1.json").write_text('{"loads": [', encoding="utf-8")
    with (
        duckdb.connect() as connection,
        pytest.raises(Exception, match=r"run-1\.json.*move a damaged one away"),
    ):
        plugin.create_published_loads(connection, "loads", tmp_path, otherwise="select 1")
