"""What is promised of each source and table, by the standard, and who must agree on it."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # ships no types
import pytest
import yaml
from catalogue.contracts.files import FOLDER, drift, read_contracts, write_contracts
from catalogue.contracts.versions import committed_contracts, misversioned, versioned
from catalogue.inputs import ROOT

# one worker has dbt read the project, as the tests of transform/ have it read
pytestmark = pytest.mark.xdist_group("transform")


def test_every_source_and_published_table_has_a_contract(made: dict[str, Any]) -> None:
    lake = {"lake-users", "lake-sessions", "lake-session_items", "lake-songs"}
    assert {"source-users", "source-sessions", "source-songs", *lake} <= set(made)
    sql = (ROOT / "transform" / "models").glob("[sb][ei]*/*.sql")
    layers = {"serving_layer": "gold", "bi_views": "view"}
    published = {f"{layers[file.parent.name]}-{file.stem}" for file in sql}
    assert {name for name in made if name.startswith(("gold", "view"))} == published


@pytest.mark.slow
def test_every_written_contract_is_valid_by_the_standards_own_schema() -> None:
    schema = json.loads((files("open_data_contract_standard") / "schema.json").read_text("utf-8"))
    validator = jsonschema.Draft201909Validator(schema)
    assert not validator.is_valid({"apiVersion": "v3.1.0", "kind": "DataContract"})
    for name, contract in read_contracts(ROOT / FOLDER).items():
        assert [error.message for error in validator.iter_errors(contract)] == [], name


def test_the_written_contracts_are_what_the_sources_of_truth_make(made: dict[str, Any]) -> None:
    expected = versioned(made, committed_contracts(ROOT))
    assert drift(read_contracts(ROOT / FOLDER), expected) == []


def test_the_commit_that_changed_contracts_last_gave_them_the_right_version() -> None:
    assert misversioned(ROOT) == []


def test_every_foreign_key_leads_to_a_field_of_a_contract_that_is_there(
    made: dict[str, Any],
) -> None:
    led = {}
    for name, contract in made.items():
        for column in contract["schema"][0]["properties"]:
            for one in column.get("relationships", ()):
                file, _, place = one["to"].partition("#/schema/")
                table, _, key = place.partition("/properties/")
                (other,) = made[file.removesuffix(".odcs.yaml")]["schema"]
                (found,) = [each for each in other["properties"] if each["id"] == key]
                assert other["id"] == table
                led[name, column["name"]] = f"{other['name']}.{found['name']}"
    assert led["gold-fact_session", "user_key"] == "dim_users.user_key"
    assert led["gold-dim_songs", "artist_id"] == "dim_artists.artist_id"


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
