"""The plugin's own faults: each is one sentence that says what to do next."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import pytest

from .dbt import PROJECT
from .handmade import NOW
from .lake import write_table

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def plugin() -> Any:
    spec = importlib.util.spec_from_file_location(
        "lake_views", PROJECT / "plugins" / "lake_views.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_lake_is_named_as_a_folder_or_as_a_url(plugin: Any, tmp_path: Path) -> None:
    lake = tmp_path / "a lake"
    write_table(lake, "users", [], NOW)
    assert plugin.lake_folder(str(lake)) == lake
    assert plugin.lake_folder(lake.as_uri()) == lake


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
