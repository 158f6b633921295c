"""Every drift between any two sources of truth is told by the name of the field."""

from __future__ import annotations

import copy
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from catalogue.contracts.agreement import disagreements
from catalogue.errors import CatalogueError
from catalogue.inputs import LAKE_LOADER, ROOT, Inputs, read_inputs
from catalogue.lineage import lineage

from tests.truths import project_inputs

# one worker has dbt read the project, as the tests of transform/ have it read
pytestmark = pytest.mark.xdist_group("transform")

Change = Callable[[Inputs], None]

FOLDERS = ("transform", "load", "quality", "extract", "analyze/dashboards", ".cache/catalogue")


def source(inputs: Inputs, table: str) -> dict[str, Any]:
    key = f"source.deftunes.deftunes_transform.{table}"
    found: dict[str, Any] = inputs.manifest["sources"][key]["columns"]
    return found


def column(inputs: Inputs, model: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = inputs.manifest["nodes"][f"model.deftunes.{model}"]["columns"][name]
    return found


def test_the_sources_of_truth_agree(inputs: Inputs) -> None:
    assert disagreements(inputs) == []


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


def test_no_contract_is_made_while_a_column_comes_from_nowhere(inputs: Inputs) -> None:
    changed = copy.deepcopy(inputs)
    forget_in_the_tap(changed)
    with pytest.raises(CatalogueError, match="user_lastname"):
        lineage(changed)


def copied(folder: Path, name: str, old: str, new: str) -> Inputs:
    """The project's files in a folder of their own, one of them changed, read anew."""
    project_inputs()  # so that what dbt made is there to be copied
    for one in FOLDERS:
        if (ROOT / one).is_dir():
            shutil.copytree(ROOT / one, folder / one)
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    return read_inputs(folder)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        (
            "quality/users.dqdl",
            '"user_name"',
            '"nickname"',
            r"users\.nickname: quality/users\.dqdl",
        ),
        (
            "load/load.meltano.yml",
            "price: decimal(10,2)",
            "price: double",
            r"items\.price is double",
        ),
        ("load/load.meltano.yml", "item_count: int", "items: int", "types names items, which"),
    ],
)
def test_a_drift_in_a_file_is_told_as_well(
    tmp_path: Path, name: str, old: str, new: str, says: str
) -> None:
    found = disagreements(copied(tmp_path, name, old, new))
    assert any(re.search(says, sentence) for sentence in found), found


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        (
            "transform/models/serving_layer/fact_session.yml",
            "data_type: decimal(10,2)",
            "data_type: decimal(12,2)",
            r"fact_session\.price is decimal\(12,2\) in its yml",
        ),
        (
            "transform/models/serving_layer/dim_songs.sql",
            "duration,",
            "length,",
            r"dim_songs cannot be followed to its columns .*length",
        ),
    ],
)
def test_a_drift_in_the_dbt_project_is_told_as_well(
    tmp_path: Path, name: str, old: str, new: str, says: str
) -> None:
    found = disagreements(copied(tmp_path, name, old, new))
    assert any(re.search(says, sentence) for sentence in found), found
