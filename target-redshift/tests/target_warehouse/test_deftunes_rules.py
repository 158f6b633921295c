"""DeFtunes' own rules, held against the records of the real sources that were published."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deftunes_sandbox.published import published

from .messages import TEXT, Message, record, schema, state
from .warehouses import Warehouse

QUALITY = Path(__file__).parents[3] / "quality"
COMMAND = Path(sys.executable).with_name("target-redshift")
RULES = {
    "rules": {name: str(QUALITY / f"{name}.dqdl") for name in ("users", "songs", "session_items")},
    "quarantine_limit": "50%",
}


def items() -> list[dict[str, Any]]:
    """The purchases of the published sessions, one a row."""
    return [
        {
            "session_id": session["session_id"],
            "user_id": session["user_id"],
            "item_index": number,
            **{name: item[name] for name in ("song_id", "price", "currency", "liked")},
            "liked_since": item["liked_since"],
        }
        for session in published("sessions")
        for number, item in enumerate(session["session_items"])
    ]


def messages(purchases: list[dict[str, Any]], users: list[dict[str, Any]]) -> list[Message]:
    kinds: dict[str, Any] = {
        "item_index": {"type": "integer"},
        "price": {"type": "number"},
        "liked": {"type": ["null", "boolean"]},
    }
    columns = {name: kinds.get(name, TEXT) for name in items()[0]}
    people = {"user_id": TEXT, "user_name": TEXT, "user_lastname": TEXT, "user_since": TEXT}
    tracks = {"track_id": TEXT, "song_id": TEXT, "artist_id": TEXT}
    return [
        schema("session_items", columns, keys=["session_id", "item_index"]),
        *(record("session_items", **each) for each in purchases),
        schema("users", people, keys=["user_id"]),
        *(record("users", **{name: each[name] for name in people}) for each in users),
        schema("songs", tracks, keys=["track_id"]),
        *(record("songs", **{n: each[n] for n in tracks}) for each in published("songs")),
        state(day="2020-01-01"),
    ]


def test_the_published_records_keep_the_rules_but_for_tracks_that_are_not_there(
    warehouse: Warehouse, caplog: pytest.LogCaptureFixture
) -> None:
    warehouse.load(*messages(items(), list(published("users"))), **RULES)
    assert [row["price"] for row in warehouse.rows("session_items")] == [
        each["price"] for each in sorted(items(), key=repr)
    ]
    assert len(warehouse.rows("users")) == len(published("users"))
    assert 'ReferentialIntegrity "song_id" "songs.track_id" = 1.0 (warn)' in caplog.text


def test_a_purchase_with_a_wrong_price_is_set_aside_and_the_others_are_loaded(
    warehouse: Warehouse,
) -> None:
    first, *others = items()
    warehouse.load(*messages([{**first, "price": -1.5}, *others], []), **RULES)
    rows = warehouse.rows("session_items")
    assert {row["item_index"] for row in rows} == {each["item_index"] for each in others}
    (row,) = Warehouse(warehouse.address, f"{warehouse.schema}_quarantine").rows("session_items")
    assert (row["price"], row["_quarantine_rules"]) == (-1.5, 'ColumnValues "price" > 0')


def test_a_user_without_a_name_stops_all_with_exit_status_3(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    nameless = {**published("users")[0], "user_name": None}
    config = tmp_path / "config.json"
    config.write_text(json.dumps({**warehouse.config, **RULES}), encoding="utf-8")
    done = subprocess.run(
        [str(COMMAND), "--config", str(config)],
        input="".join(json.dumps(each) + "\n" for each in messages(items(), [nameless])).encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 3
    assert done.stdout == b""
    assert b'IsComplete "user_name" (block): 1 of 1 rows fail' in done.stderr
    assert b"Traceback" not in done.stderr
    assert str(nameless["user_lastname"]).encode() not in done.stderr
    # the history is made before, and says nothing
    assert warehouse.everything() == {"target_redshift_loads": []}
