"""Several at once: one after the other where they meet, each whole or not at all, each once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from columnar_target.errors import ConcurrentWriteError, SchemaError, StorageError
from target_redshift import attempts

from .between import Strike, between
from .others import holding
from .warehouses import Warehouse

pytestmark = pytest.mark.slow

COMMAND = Path(sys.executable).with_name("target-redshift")


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "PAUSE_SECONDS", 0.01)


def said(table: str, *rows: dict[str, Any], keys: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """What a tap says: rows, and a state that counts them."""
    properties = {
        "id": {"type": "integer"},
        "word": {"type": ["null", "string"]},
    }
    schema = {"properties": {name: properties[name] for name in rows[0]}}
    return [
        {"type": "SCHEMA", "stream": table, "key_properties": list(keys), "schema": schema},
        *({"type": "RECORD", "stream": table, "record": row} for row in rows),
        {"type": "STATE", "value": {"rows": len(rows)}},
    ]


def words(warehouse: Warehouse, table: str = "events") -> list[tuple[Any, ...]]:
    return sorted(warehouse.ask(f"select id, word from {{}}.{table}"))


@pytest.fixture
def grown(warehouse: Warehouse) -> Warehouse:
    """With a table of events, without keys."""
    warehouse.load(*said("events", {"id": 1, "word": "a"}))
    return warehouse


NEWS = said("events", {"id": 2, "word": "b"})
BOTH = [(1, "a"), (2, "b")]

CONFLICTS = [
    {"C": "XX000", "M": "1023", "D": "Serializable isolation violation on table - 107"},
    {"C": "40001", "M": "could not serialize access due to concurrent update"},
    {"C": "40P01", "M": "deadlock detected"},
    {"C": "XX000", "M": "could not open relation with OID 4711"},
]


@pytest.mark.parametrize("deed", ["cut before", "cut after"])
def test_a_commit_whose_answer_is_lost_takes_place_once(grown: Warehouse, deed: Any) -> None:
    """Rows without keys would come twice if it were guessed."""
    strike = Strike("commit", deed)
    with between(grown, strike) as port:
        assert grown.load(*NEWS, port=port) == [{"rows": 1}]
    assert strike.happened == 1
    assert words(grown) == BOTH
    assert grown.staged() == []


def test_a_connection_that_breaks_amid_a_load_is_opened_anew(grown: Warehouse) -> None:
    strikes = [Strike(begin, "cut after") for begin in ("copy", "lock", "insert", "begin")]
    with between(grown, *strikes) as port:
        assert grown.load(*NEWS, port=port) == [{"rows": 1}]
    assert words(grown) == BOTH


# two at a time: a session that ends beside the load may put a conflict of its own among them
@pytest.mark.parametrize("conflicts", [CONFLICTS[:2], CONFLICTS[2:]], ids=["isolation", "others"])
@pytest.mark.parametrize("statement", ["lock", pytest.param("commit", marks=pytest.mark.heavy)])
def test_conflicts_are_tried_again(
    grown: Warehouse, statement: str, conflicts: list[dict[str, str]]
) -> None:
    strikes = [Strike(statement, "refuse", fields) for fields in conflicts]
    with between(grown, *strikes) as port:
        assert grown.load(*NEWS, port=port) == [{"rows": 1}]
    assert [strike.happened for strike in strikes] == [1, 1]
    assert words(grown) == BOTH


def test_conflicts_have_an_end(grown: Warehouse) -> None:
    strike = Strike("lock", "refuse", CONFLICTS[0], times=1_000)
    with (
        between(grown, strike) as port,
        pytest.raises(
            ConcurrentWriteError, match=r"5 times, .* violation on table - 107\. Nothing"
        ),
    ):
        grown.load(*NEWS, port=port)
    assert strike.happened == attempts.ATTEMPTS
    assert words(grown) == BOTH[:1]
    assert grown.staged() == []


def test_a_commit_that_nobody_can_look_up_is_told(grown: Warehouse) -> None:
    blind = Strike("lock", "refuse", {"C": "57014", "M": "cancelled"}, times=1_000)
    start = Strike("lock")  # that of the load itself
    with (
        between(grown, start, Strike("commit", "cut after"), blind) as port,
        pytest.raises(StorageError, match="could not be found out") as told,
    ):
        grown.load(*NEWS, port=port)
    ((load_id,),) = grown.ask(
        "select load_id from {}.target_redshift_loads order by loaded_at desc limit 1"
    )
    assert f"if load_id {load_id} in {grown.schema}.target_redshift_loads is there" in str(
        told.value
    )
    assert words(grown) == BOTH


def test_a_reader_sees_the_tables_as_before_or_as_after(grown: Warehouse) -> None:
    """At every statement of a load of two tables."""
    grown.load(*said("users", {"id": 1, "word": "x"}, keys=("id",)))
    seen = []

    def look() -> None:
        seen.append((words(grown), words(grown, "users")))

    watching = Strike("", meanwhile=look, times=1_000)
    users = said("users", {"id": 1, "word": "y"}, keys=("id",))
    with between(grown, watching) as port:
        grown.load(*NEWS[:-1], *users, port=port)
    before, after = (BOTH[:1], [(1, "x")]), (BOTH, [(1, "y")])
    assert len(seen) > 15
    assert seen == [before] * len(seen)
    assert (words(grown), words(grown, "users")) == after


@pytest.mark.parametrize(
    "between_two",
    [
        said("users", {"id": 2, "word": "another " * 9}, keys=("id",)),  # longer
        pytest.param(  # without the column
            said("users", {"id": 2}, keys=("id",)), marks=pytest.mark.heavy
        ),
    ],
)
def test_what_another_load_has_changed_is_looked_at_anew(
    warehouse: Warehouse, between_two: list[dict[str, Any]]
) -> None:
    """Both are the table's first; the other one makes it when this one has looked."""
    other = Strike("begin", meanwhile=lambda: warehouse.load(*between_two))
    with between(warehouse, other) as port:
        warehouse.load(*said("users", {"id": 1, "word": "one " * 30}, keys=("id",)), port=port)
    word = between_two[1]["record"].get("word")
    assert words(warehouse, "users") == [(1, "one " * 30), (2, word)]
    frozen = said("users", {"id": 3}, keys=("id",))
    warehouse.load(*frozen, schema_changes="freeze")


def test_keys_that_another_load_gave_the_table_meanwhile_are_kept(warehouse: Warehouse) -> None:
    by_word = said("users", {"id": 2, "word": "b"}, keys=("word",))
    other = Strike("begin", meanwhile=lambda: warehouse.load(*by_word))
    with (
        between(warehouse, other) as port,
        pytest.raises(SchemaError, match=r"has the keys \['id'\]"),
    ):
        warehouse.load(*said("users", {"id": 1, "word": "a"}, keys=("id",)), port=port)
    assert words(warehouse, "users") == [(2, "b")]


def test_two_first_loads_of_a_schema_both_take_place(warehouse: Warehouse, tmp_path: Path) -> None:
    """They make schema, history and table at once."""
    rows = [{"id": number, "word": "w"} for number in range(1, 5)]
    running = [start(warehouse, tmp_path, said("events", row)) for row in rows]
    for process in running:
        assert process.communicate()[0] == b'{"rows":1}\n'
    assert words(warehouse) == [(number, "w") for number in range(1, 5)]
    assert warehouse.staged() == []


def test_a_load_of_another_schema_waits_for_nobody(grown: Warehouse) -> None:
    other = Warehouse(grown.address, f"{grown.schema}_other")
    with holding(grown, "lock {}.target_redshift_loads", "lock {}.events"):
        other.load(*NEWS)
    assert words(other) == BOTH[1:]


def start(
    warehouse: Warehouse, folder: Path, messages: list[dict[str, Any]]
) -> subprocess.Popen[bytes]:
    """A load as a process of its own, which is not waited for."""
    config, tap = folder / "config.json", folder / f"tap-{len(list(folder.iterdir()))}"
    config.write_text(json.dumps(warehouse.config), encoding="utf-8")
    tap.write_text("".join(f"{json.dumps(message)}\n" for message in messages), encoding="utf-8")
    with tap.open("rb") as said_by_tap:
        return subprocess.Popen(
            [COMMAND, "--config", config],
            stdin=said_by_tap,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(os.environ),
        )
