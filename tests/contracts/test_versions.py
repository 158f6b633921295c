"""A contract's version says what a change means for those who rely on it."""

from __future__ import annotations

import copy
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from catalogue.contracts.files import FOLDER, read_contracts, write_contracts
from catalogue.contracts.versions import committed_contracts, misversioned, versioned
from catalogue.inputs import ROOT

NAME = "lake-session_items"

Change = Callable[[Any, Any], None]


@pytest.fixture
def committed() -> dict[str, Any]:
    """One contract, as it was published last."""
    return {NAME: {**read_contracts(ROOT / FOLDER)[NAME], "version": "2.3.4"}}


def column(table: Any, name: str) -> Any:
    return next(one for one in table["properties"] if one["name"] == name)


def remove_field(_: Any, table: Any) -> None:
    table["properties"].remove(column(table, "liked_since"))


def rename_field(_: Any, table: Any) -> None:
    column(table, "liked_since")["name"] = "liked_at"


def retype_field(_: Any, table: Any) -> None:
    column(table, "price")["physicalType"] = "double"


def let_be_null(_: Any, table: Any) -> None:
    del column(table, "session_id")["required"]


def loosen_rule(_: Any, table: Any) -> None:
    column(table, "price")["quality"].pop()


def promise_less_fresh(contract: Any, _: Any) -> None:
    contract["slaProperties"][0]["value"] += 1


def add_field(_: Any, table: Any) -> None:
    table["properties"].append({**column(table, "currency"), "name": "coupon"})


def add_rule(_: Any, table: Any) -> None:
    rules = column(table, "price")["quality"]
    rules.append({**rules[0], "name": 'ColumnValues "price" < 9'})


def require(_: Any, table: Any) -> None:
    column(table, "liked_since")["required"] = True


def reword(_: Any, table: Any) -> None:
    column(table, "price")["description"] = "Other words"


def come_from_elsewhere(_: Any, table: Any) -> None:
    column(table, "price")["transformSourceObjects"] = ["tap:session_items.cost"]


def change_nothing(*_: Any) -> None:
    pass


@pytest.mark.parametrize(
    ("change", "version"),
    [
        (remove_field, "3.0.0"),
        (rename_field, "3.0.0"),
        (retype_field, "3.0.0"),
        (let_be_null, "3.0.0"),
        (loosen_rule, "3.0.0"),
        (promise_less_fresh, "3.0.0"),
        (add_field, "2.4.0"),
        (add_rule, "2.4.0"),
        (require, "2.4.0"),
        (reword, "2.3.5"),
        (come_from_elsewhere, "2.3.5"),
        (change_nothing, "2.3.4"),
    ],
)
def test_what_breaks_is_major_what_is_new_is_minor_and_words_are_a_patch(
    committed: dict[str, Any], change: Change, version: str
) -> None:
    made = {NAME: {**copy.deepcopy(committed[NAME]), "version": "1.0.0"}}
    change(made[NAME], made[NAME]["schema"][0])
    assert versioned(made, committed)[NAME]["version"] == version


def test_a_field_that_goes_from_within_another_breaks_too() -> None:
    name = "source-sessions"
    committed = {name: read_contracts(ROOT / FOLDER)[name]}
    made = copy.deepcopy(committed)
    items = column(made[name]["schema"][0], "session_items")["items"]
    items["properties"].remove(column(items, "price"))
    major = int(committed[name]["version"].split(".")[0])
    assert versioned(made, committed)[name]["version"] == f"{major + 1}.0.0"


def test_a_contract_that_is_new_begins_with_the_first_version(committed: dict[str, Any]) -> None:
    assert versioned({"lake-new": committed[NAME]}, {})["lake-new"]["version"] == "1.0.0"


def run_git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.invalid")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def test_a_wrong_version_is_told_after_its_commit_too(
    committed: dict[str, Any], tmp_path: Path
) -> None:
    def commit(version: str, change: Change) -> list[str]:
        change(made[NAME], made[NAME]["schema"][0])
        made[NAME]["version"] = version
        write_contracts(tmp_path / FOLDER, made)
        (tmp_path / "other").write_text(version, "utf-8")
        run_git(tmp_path, "add", ".")
        run_git(tmp_path, "commit", "-m", version)
        return misversioned(tmp_path)

    made = copy.deepcopy(committed)
    assert misversioned(tmp_path) == [], "there is no git"
    run_git(tmp_path, "init")
    assert commit("2.3.4", change_nothing) == [], "there is no commit before"
    (wrong,) = commit("2.3.5", add_field)
    assert f"{NAME}.odcs.yaml has version 2.3.5; it is 2.4.0 by what" in wrong
    (tmp_path / "other").unlink()
    run_git(tmp_path, "commit", "-a", "-m", "Elsewhere")
    assert misversioned(tmp_path) == [wrong]
    assert commit("2.4.0", change_nothing) == [], "corrected"
    assert commit("3.0.0", remove_field) == []


def test_the_last_commit_is_what_counts_however_often_contracts_are_written(
    committed: dict[str, Any], tmp_path: Path
) -> None:
    git = partial(run_git, tmp_path)

    def write() -> str:
        write_contracts(tmp_path / FOLDER, versioned(made, committed_contracts(tmp_path)))
        return str(read_contracts(tmp_path / FOLDER)[NAME]["version"])

    write_contracts(tmp_path / FOLDER, committed)
    made = copy.deepcopy(committed)
    assert write() == "2.3.4"  # where there is no git, what lies there counts
    git("init")
    git("add", ".")
    git("commit", "-m", "First")
    reword(made[NAME], made[NAME]["schema"][0])
    assert [write(), write()] == ["2.3.5", "2.3.5"]
    add_field(made[NAME], made[NAME]["schema"][0])
    assert [write(), write()] == ["2.4.0", "2.4.0"]
    git("commit", "-a", "-m", "Second")
    assert write() == "2.4.0"
