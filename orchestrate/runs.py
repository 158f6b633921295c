"""What became of loads, from the records that target-s3 keeps of its runs.

    meltano invoke runs:quality --run ID      # what came of each rule in one run
    meltano invoke runs:freshness             # whether each table was loaded lately

The second is the alarm of a day on which nothing ran, so it is started by something else than
Airflow: cron, a systemd timer, EventBridge Scheduler.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pyarrow import ArrowInvalid
from pyarrow.fs import FileSelector, FileSystem, FileType

# the alerts are the DAGs': Airflow finds them in this folder as well
sys.path.insert(0, str(Path(__file__).resolve().parent / "dags"))
from deftunes_dags.alerts import send

FAILED, BLOCKED, UNPUBLISHED, NOTHING_TO_SHOW = 1, 3, 4, 99
"""Exit statuses; all but the first are what Airflow's tasks know by the same numbers."""
_RECORDS = "landing_zone/_runs"

Load = Mapping[str, Any]


class RecordsError(Exception):
    """The records tell nothing; the text says why."""


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command.

    Returns:
        The exit status: 0 when all is well; 1 when a table is stale, or nothing can be told; 3
        when a rule stopped the run; 4 when it failed otherwise before all of it was published; 99
        when the run left no record.
    """
    typed = _parse(arguments)
    lake = environment.get("DEFTUNES_LAKE") or "output/lake"
    try:
        if typed.command == "quality":
            return show_quality(lake, typed.run)
        hours = float(environment.get("DEFTUNES_FRESHNESS_HOURS") or 30)
        tables = (environment.get("DEFTUNES_FRESHNESS_TABLES") or "").split()
        return watch_freshness(lake, tables, dt.timedelta(hours=hours))
    except RecordsError as fault:
        if typed.command == "freshness":  # nobody else would tell of it
            send(f"Freshness is not known: {fault}")
        print(f"runs: {fault}", file=sys.stderr)
        return FAILED


def show_quality(lake: str, run_id: str) -> int:
    """Print what came of each rule in a run."""
    record = next(_read(lake, [f"{run_id}.json"]), None)
    if record is None:
        print(
            f"Run {run_id} left no record: it ended before its load did, or its loader keeps none."
        )
        return NOTHING_TO_SHOW
    for load in record["loads"]:
        for stream in load["streams"].values():
            for rule in stream["quality"]:
                print(_told(stream["table"], rule))
            kept = f"{stream['withheld']:,} set aside" if stream["withheld"] else "none set aside"
            print(f"{stream['table']}: {stream['rows_merged']:,} rows, {kept}")
    status, sentence = _outcome(run_id, record["loads"])
    print(sentence)
    return status


def watch_freshness(lake: str, tables: Sequence[str], limit: dt.timedelta) -> int:
    """Say when each table was loaded last; tell the webhook of those that are too old.

    Raises:
        RecordsError: No table is to be watched, or the records cannot be read.
    """
    if not tables:
        raise RecordsError("no table is watched: name some in RUNS_FRESHNESS_TABLES, or unset it.")
    now = dt.datetime.now(dt.timezone.utc)
    seen = _last_published(lake, set(tables))
    stale = []
    for table in tables:
        last = seen.get(table)
        age = (
            "never loaded" if last is None else f"loaded {_hours(now - last)} ago, at {last:%F %R}"
        )
        if last is None or now - last > limit:
            stale.append(f"{table} ({age})")
        print(f"{table}: {age}")
    if stale:
        sentence = f"Not loaded for more than {_hours(limit)}: {', '.join(stale)}."
        send(f"{sentence} See that the pipelines run.", stale=stale)
        print(f"runs: {sentence}", file=sys.stderr)
    return FAILED if stale else 0


def _outcome(run_id: str, loads: Sequence[Load]) -> tuple[int, str]:
    """Judge a run by its worst load: the exit status, and a sentence.

    Raises:
        RecordsError: A load ended in a way that this knows nothing of.
    """
    ends = {load["status"] for load in loads}
    streams = [stream for load in loads for stream in load["streams"].values()]
    if not ends <= {"published", "blocked", "failed"}:
        raise RecordsError(
            f"a load of run {run_id} ended as {', '.join(sorted(ends))}, of which only published, "
            "blocked and failed are known here: bring the project and target-s3 to one version."
        )
    seen = [stream["table"] for stream in streams if stream.get("published")]
    seen_of_it = f"of it, {', '.join(seen)} can be seen" if seen else "nothing of it is seen"
    if "blocked" in ends:
        return BLOCKED, f"A rule stopped the load: {seen_of_it}."
    if "failed" in ends:
        return UNPUBLISHED, (
            f"The load failed before all of it was published: {seen_of_it}. Clear its task, or run "
            "its line again: what is missing comes then (docs/runbooks/airflow.md)."
        )
    gone = [each["table"] for each in streams if each.get("rolled_back")]
    if gone:
        return 0, f"The load was published, and {', '.join(gone)} rolled back since."
    return 0, "The load is published."


def _last_published(lake: str, tables: set[str]) -> dict[str, dt.datetime]:
    """When each table was loaded last, from no more records than it takes: the newest first."""
    seen: dict[str, dt.datetime] = {}
    for record in _read(lake):
        for load in record["loads"]:
            if load["status"] == "published" and load["ended"]:
                ended = dt.datetime.fromisoformat(load["ended"].replace("Z", "+00:00"))
                for stream in load["streams"].values():
                    # neither brought what the source has by now
                    if not (stream.get("replay") or stream.get("rolled_back")):
                        table = stream["table"]
                        seen[table] = max(ended, seen.get(table, ended))
        if tables <= seen.keys():
            break
    return seen


def _read(lake: str, names: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
    """Read records by name, or all of them, the newest first."""
    try:
        system, folder = _place(lake)
        if names is None:
            found = system.get_file_info(FileSelector(folder, allow_not_found=True))
        else:
            found = system.get_file_info([f"{folder}/{name}" for name in names])
        files = [each for each in found if each.type == FileType.File]
        for file in sorted(files, key=lambda each: each.mtime, reverse=True):
            if file.path.endswith(".json"):
                with system.open_input_stream(file.path) as content:
                    yield json.loads(content.read())
    except (OSError, ArrowInvalid, ValueError, KeyError) as fault:
        raise RecordsError(
            f"the records in {lake}/{_RECORDS} cannot be read ({str(fault).splitlines()[0]}): see "
            "that the lake is there and may be read, and run the same line again."
        ) from fault


def _place(lake: str) -> tuple[FileSystem, str]:
    """The file system of a lake, and the folder of its records."""
    if "://" not in lake:
        lake = Path(lake).resolve().as_uri()
    system, folder = FileSystem.from_uri(lake)
    return system, f"{folder.rstrip('/')}/{_RECORDS}"


def _told(table: str, rule: Mapping[str, Any]) -> str:
    found = ""
    if rule["failing_rows"]:
        found = f"  {rule['failing_rows']:,} of {rule['checked_rows']:,} rows fail"
    return f"  {rule['outcome']:<9} {table:<14} {rule['rule']} ({rule['policy']}){found}"


def _hours(span: dt.timedelta) -> str:
    return f"{span / dt.timedelta(hours=1):.1f} hours"


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    quality = commands.add_parser("quality", help="what came of each rule in a run")
    quality.add_argument("--run", required=True, help="the run's id")
    commands.add_parser("freshness", help="whether each table was loaded lately")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
