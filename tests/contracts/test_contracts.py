"""What is promised of each source and table, by the standard, and who must agree on it."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # ships no types
import pytest
import yaml
from catalogue.contracts.agreement import disagreements
from catalogue.contracts.files import FOLDER, drift, read_contracts, write_contracts
from catalogue.contracts.making import all_contracts
from catalogue.errors import CatalogueError
from catalogue.inputs import LAKE_LOADER, ROOT, Inputs, read_inputs
from catalogue.lineage import lineage

# one worker has dbt compile, and keeps what it made
pytestmark = pytest.mark.xdist_group("catalogue")

Change = Callable[[Inputs], None]


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return read_inputs()


@pytest.fixture(scope="module")
def made(inputs: Inputs) -> dict[str, Any]:
    return all_contracts(inputs, lineage(inputs))


def source(inputs: Inputs, table: str) -> dict[str, Any]:
    key = f"source.deftunes.deftunes_transform.{table}"
    found: dict[str, Any] = inputs.manifest["sources"][key]["columns"]
    return found


def column(inputs: Inputs, model: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = inputs.manifest["nodes"][f"model.deftunes.{model}"]["columns"][name]
    return found


def test_every_source_and_published_table_has_a_contract(made: dict[str, Any]) -> None:
    lake = {"lake-users", "lake-sessions", "lake-session_items", "lake-songs"}
    assert {"source-users", "source-sessions", "source-songs", *lake} <= set(made)
    sql = (ROOT / "transform" / "models").glob("[sb][ei]*/*.sql")
    layers = {"serving_layer": "gold", "bi_views": "view"}
    published = {f"{layers[file.parent.name]}-{file.stem}" for file in sql}
    assert {name for name in made if name.startswith(("gold", "view"))} == published


def test_every_written_contract_is_valid_by_the_standards_own_schema() -> None:
    schema = json.loads((files("open_data_contract_standard") / "schema.json").read_text("utf-8"))
    validator = jsonschema.Draft201909Validator(schema)
    assert not validator.is_valid({"apiVersion": "v3.1.0", "kind": "DataContract"})
    for name, contract in read_contracts(ROOT / FOLDER).items():
        assert [error.message for error in validator.iter_errors(contract)] == [], name


def test_the_sources_of_truth_agree(inputs: Inputs) -> None:
    assert disagreements(inputs) == []


def test_the_written_contracts_are_what_the_sources_of_truth_make(made: dict[str, Any]) -> None:
    assert drift(read_contracts(ROOT / FOLDER), made) == []


def test_a_contract_holds_type_key_rules_origin_and_what_is_personal(made: dict[str, Any]) -> None:
    (items,) = made["lake-session_items"]["schema"]
    price = next(one for one in items["properties"] if one["name"] == "price")
    assert price["physicalType"] == "decimal(10,2)"
    assert price["transformSourceObjects"] == ["tap:session_items.price"]
    assert [rule["name"] for rule in price["quality"]] == [
        'ColumnValues "price" <= 2',
        'ColumnValues "price" > 0',
    ]
    assert [one["name"] for one in items["properties"] if one.get("primaryKey")] == [
        "session_id",
        "item_index",
    ]
    (users,) = made["gold-dim_users"]["schema"]
    personal = {one["name"] for one in users["properties"] if one.get("classification")}
    assert {"user_name", "user_lastname", "latitude", "country_code"} <= personal
    assert "user_key" not in personal


def retype_source(inputs: Inputs) -> None:
    source(inputs, "session_items")["price"]["data_type"] = "double precision"


def retype_staging(inputs: Inputs) -> None:
    column(inputs, "stg_deftunes__session_items", "price")["data_type"] = "decimal(12,2)"


def retype_gold(inputs: Inputs) -> None:
    column(inputs, "fact_session", "liked_since")["data_type"] = "date"


def forget_in_the_tap(inputs: Inputs) -> None:
    del inputs.streams["users"]["properties"]["user_lastname"]


def forget_in_the_tap_what_is_typed(inputs: Inputs) -> None:
    del inputs.streams["session_items"]["properties"]["liked_since"]


def add_to_the_tap(inputs: Inputs) -> None:
    inputs.streams["users"]["properties"]["mood"] = {"type": ["string", "null"]}


def add_to_the_api(inputs: Inputs) -> None:
    inputs.api["users"]["mood"] = "string"


def retype_in_the_api(inputs: Inputs) -> None:
    inputs.api["session_items"]["price"] = "string"


def retype_in_the_lake(inputs: Inputs) -> None:
    inputs.loaders[LAKE_LOADER]["sessions"]["types"]["item_count"] = "long"


def retype_in_the_songs_table(inputs: Inputs) -> None:
    inputs.streams["deftunes-songs"]["properties"]["title"] = {"type": ["integer"]}


def rule_for_what_is_gone(inputs: Inputs) -> None:
    inputs.rules["users"] = inputs.rules["users"].replace("user_lastname", "user_surname")


def rule_for_what_is_gone_elsewhere(inputs: Inputs) -> None:
    rules = inputs.rules["session_items"]
    inputs.rules["session_items"] = rules.replace("songs.track_id", "songs.id")


def another_key(inputs: Inputs) -> None:
    inputs.rules["songs"] = inputs.rules["songs"].replace('Key "track_id"', 'Key "song_id"')


def yml_without_column(inputs: Inputs) -> None:
    del inputs.manifest["nodes"]["model.deftunes.dim_songs"]["columns"]["duration"]


def forgotten_in_dbts_sources(inputs: Inputs) -> None:
    del source(inputs, "users")["timezone"]


def retype_results(inputs: Inputs) -> None:
    results = inputs.manifest["sources"]["source.deftunes.deftunes_transform_quality.results"]
    results["columns"]["measured"]["data_type"] = "varchar"


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (retype_source, r"session_items\.price is decimal\(10,2\) in .*double precision in dbt"),
        (retype_staging, r"stg_deftunes__session_items\.price is decimal\(12,2\)"),
        (retype_gold, r"fact_session\.liked_since is date in its yml"),
        (forget_in_the_tap, r"users\.user_lastname is absent in the lake"),
        (forget_in_the_tap_what_is_typed, r"liked_since"),
        (add_to_the_tap, r"users\.mood is varchar in the lake .* absent in dbt's sources"),
        (add_to_the_api, r"users\.mood of the purchase API is new"),
        (retype_in_the_api, r"session_items\.price is string in the purchase API and number"),
        (retype_in_the_lake, r"sessions\.item_count is long in load/load.* int in load/warehouse"),
        (retype_in_the_songs_table, r"songs\.title is bigint in the lake"),
        (rule_for_what_is_gone, r"users\.user_surname: quality/users\.dqdl says IsComplete"),
        (rule_for_what_is_gone_elsewhere, r"songs\.id: quality/session_items\.dqdl says"),
        (another_key, r"songs: its rules' IsPrimaryKey and its key \('track_id',\) differ"),
        (yml_without_column, r"Column duration of model dim_songs is in its SQL only"),
        (forgotten_in_dbts_sources, r"users\.timezone is varchar in the lake .* absent in dbt's"),
        (retype_results, r"results\.measured is double precision in the lake .* varchar in dbt's"),
    ],
)
def test_a_drift_between_any_two_is_told_by_the_fields_name(
    inputs: Inputs, change: Change, names: str
) -> None:
    changed = copy.deepcopy(inputs)
    change(changed)
    found = disagreements(changed)
    assert any(re.search(names, sentence) for sentence in found), found


def test_a_contract_that_was_changed_by_hand_is_told_by_the_fields_name(
    made: dict[str, Any], tmp_path: Path
) -> None:
    write_contracts(tmp_path, made)
    assert drift(read_contracts(tmp_path), made) == []
    file = tmp_path / "lake-users.odcs.yaml"
    contract = yaml.safe_load(file.read_text(encoding="utf-8"))
    contract["schema"][0]["properties"][0]["physicalType"] = "int"
    file.write_text(yaml.safe_dump(contract), encoding="utf-8")
    (tmp_path / "gold-dim_songs.odcs.yaml").unlink()
    (changed, missing) = sorted(drift(read_contracts(tmp_path), made), reverse=True)
    assert "schema[users].properties[user_id].physicalType is 'int' there and 'string'" in changed
    assert "gold-dim_songs.odcs.yaml is missing" in missing


def test_a_table_that_is_gone_takes_its_contract_with_it(
    made: dict[str, Any], tmp_path: Path
) -> None:
    write_contracts(tmp_path, made | {"view-old_vw": made["view-quarantine_vw"]})
    write_contracts(tmp_path, made)
    assert set(read_contracts(tmp_path)) == set(made)


def test_no_contract_is_made_while_a_column_comes_from_nowhere(inputs: Inputs) -> None:
    changed = copy.deepcopy(inputs)
    forget_in_the_tap(changed)
    with pytest.raises(CatalogueError, match="user_lastname"):
        lineage(changed)
