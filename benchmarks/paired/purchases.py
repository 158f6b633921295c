"""The cases `purchases` and `waiting`: sessions and their items, from the API into Iceberg."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from paired import ours
from paired.content import iceberg
from paired.contest import Contest, Contestant, Goal, Work
from paired.places import our_program, peer, stock
from paired.purchases_source import FIRST, LAST, purchase_api, served, windows

SIZES = (100_000,)
WAITING_SIZES = (10_000,)
LATENCY = 0.1
SELECTED = {"sessions": ("session_items",), "session_items": ()}

GOALS = {100_000: (Goal(3, "floor"), Goal(0.2, "dlt"), Goal(1 / 11, "stock"))}
WAITING_GOALS = (Goal(5, None, "wall"),)
EXCLUDES = (
    "Two tables: sessions and session_items. The API's own CPU is not counted. Ours keeps landing "
    "files as well. The floor and the stock target write Parquet and no Iceberg, and the stock tap "
    "reads each answer twice, once for each stream. dlt's items have their session's key in a "
    "table beside them, and their prices are doubles."
)


@dataclass(frozen=True)
class Source:
    """What a contestant has to know of the API.

    Attributes:
        url: Where it is.
        window: What one request asks for: `month` or `day`.
        folder: For files that all share.
    """

    url: str
    window: str
    folder: Path

    @property
    def pairs(self) -> Path:
        """A file of all windows."""
        return ours.write(self.folder / "windows.json", windows(self.window))


@contextmanager
def purchases(size: int, folder: Path) -> Iterator[Contest]:
    """Serve so many sessions, six months in as many requests.

    Args:
        size: About how many sessions.
        folder: For files of the contest's own.
    """
    with purchase_api(size) as url:
        yield _contest("purchases", size, Source(url, "month", folder), GOALS.get(size, ()))


@contextmanager
def waiting(size: int, folder: Path) -> Iterator[Contest]:
    """Serve so many sessions by the day, each answer a tenth of a second late.

    Args:
        size: About how many sessions.
        folder: For files of the contest's own.
    """
    with purchase_api(size, LATENCY) as url:
        yield _contest("waiting", size, Source(url, "day", folder), WAITING_GOALS)


def _contest(case: str, size: int, source: Source, goals: tuple[Goal, ...]) -> Contest:
    expected = served(source.url)
    late = f", {LATENCY * 1000:.0f} ms a request, a request a day" if case == "waiting" else ""
    sessions, items = (expected[name].partition(" rows")[0] for name in SELECTED)
    title = f"{sessions} sessions with {items} items, API to Iceberg{late}"
    contestants = _contestants(source, one_connection=case == "waiting")
    return Contest(case, size, title, expected, contestants, goals, EXCLUDES)


def _contestants(source: Source, *, one_connection: bool) -> list[Contestant]:
    found = [
        Contestant(
            "ours",
            f"tap-deftunes-api {_mode()}, target-s3",
            lambda p, _: _our_work(p, source),
            _ours,
        ),
        _floor(source, 8),
        Contestant(
            "dlt",
            "dlt 1.31, rest_api",
            lambda p, _: Work([peer("dlt_purchases", source.url, source.pairs, p)]),
            _dlt,
        ),
        Contestant(
            "stock",
            "a tap and a target of the SDK's defaults",
            lambda p, _: _stock_work(p, source),
            lambda p: {name: f"read_parquet('{p}/{name}-*.parquet')" for name in SELECTED},
        ),
    ]
    return [*found, _floor(source, 1)] if one_connection else found


def _floor(source: Source, connections: int) -> Contestant:
    return Contestant(
        "floor" if connections > 1 else "floor one",
        f"DuckDB's JSON reader to Parquet, {connections} connection{'s'[: connections - 1]}",
        lambda p, _: Work([peer("floor_purchases", source.url, source.pairs, connections, p)]),
        lambda p: {name: f"read_parquet('{p}/{name}.parquet')" for name in SELECTED},
    )


def _config(source: Source) -> dict[str, Any]:
    days = {"start_date": FIRST.isoformat(), "end_date": LAST.isoformat()}
    return {"api_url": source.url, "window": source.window, **days}


def _our_work(place: Path, source: Source) -> Work:
    command, config = [our_program("tap-deftunes-api")], _config(source)
    selected = source.folder / "ours" / "catalog.json"
    if not selected.exists():
        ours.catalog(command, config, selected.parent, SELECTED)
    if _mode() == "BATCH":
        config["batch_config"] = ours.batches(place)
    given = ours.write(place / "tap.json", config)
    reading = [*command, "--config", str(given), "--catalog", str(selected)]
    return Work([reading, ours.target(place)])


def _stock_work(place: Path, source: Source) -> Work:
    config = ours.write(place / "tap.json", _config(source))
    selected = source.folder / "stock" / "catalog.json"
    if not selected.exists():
        command = stock("stock_tap", config)[:2]
        ours.catalog(command, _config(source), selected.parent, SELECTED)
    reading = stock("stock_tap", config, "--catalog", selected)
    target = ours.write(place / "target.json", {"folder": str(place)})
    return Work([reading, stock("stock_target", target)])


@cache
def _mode() -> str:
    """How our tap hands rows over: by BATCH, if it can."""
    about = [our_program("tap-deftunes-api"), "--about", "--format=json"]
    told = subprocess.run(about, check=True, capture_output=True)
    return "BATCH" if "batch" in json.loads(told.stdout)["capabilities"] else "RECORD"


def _ours(place: Path) -> Mapping[str, str]:
    return {name: ours.table(place, name) for name in SELECTED}


def _dlt(place: Path) -> Mapping[str, str]:
    """The items of dlt as rows of their own, and its sessions with their number of items."""
    sessions, items = (
        iceberg(place / "lake", "default", name) for name in ("sessions", "sessions__session_items")
    )
    return {
        "sessions": f"(select s.*, (select count(*) from {items} as i where i._dlt_parent_id = "
        f"s._dlt_id) as item_count from {sessions} as s)",
        "session_items": f"(select i.*, i._dlt_list_idx as item_index, s.session_id, s.user_id, "
        f"s.session_start_time from {items} as i join {sessions} as s "
        "on i._dlt_parent_id = s._dlt_id)",
    }
