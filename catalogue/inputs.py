"""The sources of truth as they stand, read and not yet compared with each other."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy
from tap_postgres.client import PostgresSQLToJSONSchema

from catalogue.chart import Chart
from catalogue.charts import all_charts
from catalogue.compiled import compiled_manifest
from catalogue.sources import api_fields, song_fields
from catalogue.yaml_text import read_yaml
from tap_deftunes_api.schemas import SESSION_ITEMS, SESSIONS, USERS
from tap_deftunes_api.streams import SessionItems, Sessions, Users

ROOT = Path(__file__).resolve().parent.parent
SONGS_STREAM = "deftunes-songs"
LAKE_LOADER, WAREHOUSE_LOADER = "load/load.meltano.yml", "load/warehouse.meltano.yml"

_SQL_TYPES = {
    "text": sqlalchemy.types.TEXT(),
    "real": sqlalchemy.types.REAL(),
    "integer": sqlalchemy.types.INTEGER(),
}


@dataclass
class Inputs:
    """Everything that lineage and contracts are made of.

    Attributes:
        api: Fields of the purchase API and their JSON types, by relation.
        songs: Columns of the songs table and their SQL types.
        streams: JSON Schema of each stream's selected columns.
        keys: Key columns of each stream.
        loaders: The loaders' settings `streams`, by the file that they stand in.
        manifest: dbt's, with compiled SQL.
        rules: Text of the rule file, by table.
        charts: What the report and the dashboards ask of the warehouse.
    """

    api: dict[str, dict[str, str]]
    songs: dict[str, str]
    streams: dict[str, dict[str, Any]]
    keys: dict[str, tuple[str, ...]]
    loaders: dict[str, dict[str, dict[str, Any]]]
    manifest: dict[str, Any]
    rules: dict[str, str]
    charts: tuple[Chart, ...]


def read_inputs(root: Path = ROOT) -> Inputs:
    """Read the project.

    Raises:
        CatalogueError: dbt cannot compile the models, or a chart cannot be read.
    """
    songs = song_fields()
    loaders = {name: _streams(root / name) for name in (LAKE_LOADER, WAREHOUSE_LOADER)}
    left_out = _left_out(root / "extract" / "extract.meltano.yml")
    schemas = {"users": USERS, "sessions": SESSIONS, "session_items": SESSION_ITEMS}
    return Inputs(
        api=api_fields(),
        songs=songs,
        streams={name: _only(schema, name, left_out) for name, schema in schemas.items()}
        | {SONGS_STREAM: _songs_schema(songs)},
        keys={stream.name: tuple(stream.primary_keys) for stream in (Users, Sessions, SessionItems)}
        | {SONGS_STREAM: tuple(loaders[LAKE_LOADER][SONGS_STREAM]["keys"])},
        loaders=loaders,
        manifest=compiled_manifest(root),
        rules={
            file.stem: file.read_text(encoding="utf-8")
            for file in sorted((root / "quality").glob("*.dqdl"))
        },
        charts=all_charts(root),
    )


def _streams(file: Path) -> dict[str, dict[str, Any]]:
    (loader,) = read_yaml(file)["plugins"]["loaders"]
    (streams,) = (entry["value"] for entry in loader["settings"] if entry["name"] == "streams")
    return dict(streams)


def _left_out(file: Path) -> set[str]:
    """The columns that the tap is told to leave out, as `stream.column`."""
    taps = read_yaml(file)["plugins"]["extractors"]
    (select,) = (tap["select"] for tap in taps if tap["name"] == "tap-deftunes-api")
    return {pattern.removeprefix("!") for pattern in select if pattern.startswith("!")}


def _only(schema: dict[str, Any], stream: str, left_out: set[str]) -> dict[str, Any]:
    copied: dict[str, Any] = json.loads(json.dumps(schema))
    for column in list(copied["properties"]):
        if f"{stream}.{column}" in left_out:
            del copied["properties"][column]
    return copied


def _songs_schema(columns: dict[str, str]) -> dict[str, Any]:
    """What tap-postgres says of the songs table, by its own translation of types."""
    schema = PostgresSQLToJSONSchema(dates_as_string=False, json_as_object=False)
    return {
        "type": "object",
        "properties": {
            name: schema.to_jsonschema(_SQL_TYPES[kind]) for name, kind in columns.items()
        },
    }
