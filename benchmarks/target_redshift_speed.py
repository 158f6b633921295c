"""CPU of target-redshift's own process for songs as RECORDs and as BATCHes.

The tap runs before, and writes what the target then reads from a file; the stand-in for Redshift
and the emulated S3 are other processes, and not counted. So this says what the target costs the
machine that runs it, and nothing of Redshift. Each load goes into a schema of its own; all of them
must hold what the source holds, or the runs do not count.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3
import psycopg
import yaml
from paired import ours
from paired.places import ROOT, our_program
from paired.processes import Cost, run
from paired.songs_source import songs_database

from deftunes_redshift.address import RedshiftAddress
from deftunes_redshift.server import Redshift
from deftunes_redshift.settings import RedshiftSettings
from deftunes_sandbox.aws import EmulatedAws

STREAM = "deftunes-songs"
WAYS = {"record": None, "arrow": "arrow", "parquet": "parquet"}
GOALS = {"record": 8.0, "arrow": 3.0, "parquet": 3.0}
"""CPU seconds of 100,000 songs."""
ROWS = 100_000
RUNS = 5
BUCKET = "staging"
SUM = "select count(*), count(distinct track_id), sum(year), sum(cast(duration as decimal(12, 3)))"


def main() -> int:
    """Measure and print.

    Returns:
        The exit status: 1 when a table is not what the source holds.
    """
    same = True
    with (
        tempfile.TemporaryDirectory() as name,
        songs_database(ROWS) as songs,
        EmulatedAws() as aws,
        Redshift(
            RedshiftSettings(port=0, aws_endpoint=aws.url, aws_region="us-east-1")
        ) as redshift,
    ):
        os.environ.update(aws.environment)
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        folder = Path(name)
        expected = _asked(songs.url(), f"{SUM} from deftunes.songs")
        for way, form in WAYS.items():
            said = _said(form, songs.url(), folder / way)
            costs = []
            for number in range(RUNS):
                schema = f"{way}_{number}"
                costs.append(_load(said, folder / way, redshift.address, schema))
                found = _asked(redshift.address.url(), f"{SUM} from {schema}.songs")
                same = same and found == expected
            _tell(way, costs)
    print(f"equal to the source: {same}")
    return 0 if same else 1


def _said(form: str | None, url: str, place: Path) -> Path:
    """What tap-postgres says of all songs, in a file."""
    config: dict[str, Any] = {"sqlalchemy_url": url, "filter_schemas": ["deftunes"]}
    if form is not None:
        config["batch_config"] = ours.batches(_made(place))
        config["batch_config"]["encoding"]["format"] = form
    tap = [our_program("deftunes-tap-postgres")]
    catalog = ours.catalog(tap, config, _made(place), {STREAM: []})
    said = place / "said.jsonl"
    command = [*tap, "--config", str(ours.write(place / "tap.json", config))]
    run([[*command, "--catalog", str(catalog)]], place, output=said)
    if form is not None:
        shutil.copytree(place / "batches", place / "kept")
    return said


def _load(said: Path, place: Path, address: RedshiftAddress, schema: str) -> Cost:
    """Load it into a schema; the target removes the files that it has loaded."""
    if (place / "kept").exists():
        shutil.copytree(place / "kept", place / "batches", dirs_exist_ok=True)
    file = ROOT / "load/warehouse.meltano.yml"
    (loader,) = yaml.safe_load(file.read_text("utf-8"))["plugins"]["loaders"]
    config = {each["name"]: each["value"] for each in loader["settings"] if "value" in each}
    del config["rules"]
    keywords = address.keywords()
    del keywords["ssl"]
    config |= {**keywords, "sslmode": "disable", "schema": schema}
    config["staging_url"] = f"s3://{BUCKET}/{schema}"
    command = [our_program("target-redshift"), "--config"]
    return run([[*command, str(ours.write(place / "target.json", config))]], place, said)


def _asked(url: str, query: str) -> Sequence[Mapping[str, Any]] | Sequence[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(query.encode()).fetchall()


def _tell(way: str, costs: Sequence[Cost]) -> None:
    cpu = [cost.cpu for cost in costs]
    wall = statistics.median(cost.wall for cost in costs)
    memory = max(cost.memory for cost in costs)
    spread = f"{min(cpu):.2f} to {max(cpu):.2f}; goal {GOALS[way]:.0f}"
    words = f"{statistics.median(cpu):6.2f} CPU s ({spread}) {wall:6.2f} s wall {memory:6.0f} MB"
    print(f"{ROWS:>9,} {way:<8} {words}", flush=True)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    sys.exit(main())
