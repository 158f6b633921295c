"""Our taps and target, configured as the project ships them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from paired.content import iceberg
from paired.places import ROOT, our_program

NAMESPACE = "deftunes_transform"
_LOADER = ROOT / "load" / "load.meltano.yml"


def write(path: Path, value: Any) -> Path:
    """Write a value as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def target(place: Path, *, rules: bool = False) -> list[str]:
    """The command of target-s3 with the shipped settings and a lake in a place.

    Args:
        place: A folder.
        rules: Whether every load is held against the rules, as the project's are.
    """
    (loader,) = yaml.safe_load(_LOADER.read_text(encoding="utf-8"))["plugins"]["loaders"]
    settings = {each["name"]: each.get("value") for each in loader["settings"]}
    config = {name: value for name, value in settings.items() if value is not None}
    shipped = config.pop("rules")
    if rules:
        config["rules"] = {table: str(ROOT / file) for table, file in shipped.items()}
    config["lake_url"] = f"file://{place}/lake"
    return [our_program("target-s3"), "--config", str(write(place / "target.json", config))]


def table(place: Path, name: str) -> str:
    """What to read of a table that the target made in a place."""
    return iceberg(place / "lake", NAMESPACE, name)


def batches(place: Path) -> dict[str, Any]:
    """The setting `batch_config`, with files in a place."""
    (place / "batches").mkdir(exist_ok=True)
    return {
        "encoding": {"format": "arrow", "compression": "none"},
        "storage": {"root": f"file://{place}/batches"},
    }


def catalog(
    command: Sequence[str],
    config: Mapping[str, Any],
    folder: Path,
    selected: Mapping[str, Sequence[str]],
) -> Path:
    """Discover a tap's catalog and select streams.

    Args:
        command: The tap's.
        config: Its settings.
        folder: Where the catalog goes.
        selected: The streams wanted, each with the properties that are not.
    """
    given = write(folder / "discovery.json", config)
    found = subprocess.run(
        [*command, "--config", str(given), "--discover"], check=True, capture_output=True
    )
    streams = json.loads(found.stdout)["streams"]
    for stream in streams:
        unwanted = selected.get(stream["tap_stream_id"])
        for entry in stream["metadata"]:
            name = entry["breadcrumb"][-1] if entry["breadcrumb"] else None
            entry["metadata"]["selected"] = unwanted is not None and name not in unwanted
    return write(folder / "catalog.json", {"streams": streams})
