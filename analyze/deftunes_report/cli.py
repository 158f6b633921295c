"""The command `deftunes-report`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import fields
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from deftunes_report.connection import open_warehouse
from deftunes_report.dbt_results import read_dbt_results
from deftunes_report.errors import ReportError
from deftunes_report.files import write_atomically
from deftunes_report.page import render
from deftunes_report.quality import read_quality
from deftunes_report.runs import read_history
from deftunes_report.settings import NO_FILE, Settings, settings_from
from deftunes_report.summary import known_seconds, summarize
from deftunes_report.warehouse import read_figures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        The exit status: 0 when the report was written, 1 when something is missing.
    """
    options = _parser().parse_args(arguments)
    chosen = {name: getattr(options, name) for name in ("warehouse", "lake", "output")}
    try:
        build(settings_from(os.environ, **chosen), _steps(options.steps))
    except ReportError as error:
        sys.stderr.write(f"deftunes-report: {error}\n")
        return 1
    return 0


def build(settings: Settings, steps: Mapping[str, float] | None) -> None:
    """Write `report.html` and `summary.json`, and say where they are.

    Args:
        settings: What to read and where to write.
        steps: Seconds by step; None to take what the loads and dbt have written down.

    Raises:
        ReportError: Something is missing or cannot be read or written.
    """
    if settings.warehouse == NO_FILE:
        sys.stdout.write("report: this environment's warehouse is no file, so there is no page\n")
        return
    with open_warehouse(settings.warehouse) as warehouse:
        figures, quality = read_figures(warehouse), read_quality(warehouse)
    history = read_history(settings.lake)
    dbt = read_dbt_results(settings.dbt_target)
    seconds = known_seconds(history, dbt) if steps is None else steps
    page = render(figures, quality, history, dbt, seconds, made_at=datetime.now(timezone.utc))
    summary = summarize(figures.totals, quality, history, seconds)
    write_atomically(settings.output / "report.html", page)
    write_atomically(settings.output / "summary.json", json.dumps(summary, indent=2) + "\n")
    sys.stdout.write(
        f"report: {settings.output / 'report.html'}\nsummary: {settings.output / 'summary.json'}\n"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="deftunes-report", description="Make the DeFtunes report from the warehouse."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("build", help="write report.html and summary.json")
    for declared in fields(Settings):
        if declared.name != "dbt_target":
            command.add_argument(
                f"--{declared.name}",
                help=f"{declared.metadata['description']} "
                f"(${declared.metadata['variable']}, else {declared.default})",
            )
    command.add_argument(
        "--steps", metavar="JSON", help='seconds by step, such as {"install": 9.1, "load": 3.5}'
    )
    return parser


def _steps(text: str | None) -> dict[str, float] | None:
    if text is None:
        return None
    try:
        steps = json.loads(text)
        return {str(name): float(seconds) for name, seconds in steps.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise ReportError(
            f'--steps takes seconds by step, such as {{"install": 9.1}}, not {text!r}'
        ) from error
