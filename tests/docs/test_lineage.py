"""Every field from the API to the charts, and what is lost with one."""

from __future__ import annotations

import copy
import re
from dataclasses import replace

import pytest
from catalogue.__main__ import main
from catalogue.chart import Chart
from catalogue.errors import CatalogueError
from catalogue.graph import Field, Graph
from catalogue.impact import find, impact
from catalogue.inputs import Inputs
from catalogue.lineage import lineage
from catalogue.truths import models

# one worker has dbt read the project, as the tests of transform/ have it read
pytestmark = pytest.mark.xdist_group("transform")


def lost(graph: Graph, name: str, kind: str = "value") -> set[str]:
    losses = graph.losses(find(graph, name))
    return {str(field) for field, how in losses.items() if how == kind and field.layer != "tap"}


def test_the_price_is_followed_from_the_api_to_every_sum_and_chart(graph: Graph) -> None:
    found = lost(graph, "session_items.price")
    assert found >= {
        "session_items.price",
        "stg_deftunes__session_items.price",
        "fact_session.price",
        "sales_per_artist_vw.total_sales",
        "sales_per_country_vw.total_sales",
        "user_activity_vw.total_spent",
        "user_activity_vw.average_purchase",
        "music_preference_vw.average_price",
        "Report: Totals",
        "Report: Sales by month",
    }
    assert not any("liked" in field or "user_id" in field for field in found)


def test_one_field_of_the_api_that_becomes_five_columns_is_followed_into_each(graph: Graph) -> None:
    parts = {"latitude", "longitude", "place_name", "country_code", "timezone"}
    found = lost(graph, "users.user_location")
    assert {f"dim_users.{part}" for part in parts} <= found
    assert "Report: Sales by country" in found
    assert "dim_users.user_name" not in found


def test_a_field_that_purchases_are_joined_by_changes_what_is_counted_by_it(graph: Graph) -> None:
    assert "sales_per_country_vw.total_sales" in lost(graph, "users.user_location", "rows")
    assert "sales_per_country_vw.country_code" in lost(graph, "users.user_id", "rows")


def test_the_apis_song_id_becomes_the_track_and_never_the_songs_own_id(graph: Graph) -> None:
    found = lost(graph, "session_items.song_id")
    assert "fact_session.track_id" in found
    assert "fact_session.song_id" not in found
    assert "fact_session.song_id" in lost(graph, "songs.song_id")


def test_every_column_of_every_model_is_in_it_and_comes_from_somewhere(
    graph: Graph, inputs: Inputs
) -> None:
    made_of_others = {edge.result for edge in graph.edges if edge.kind == "value"}
    for model in models(inputs.manifest).values():
        for name in model.columns:
            (field,) = (
                one for one in graph.fields if (one.relation, one.name) == (model.name, name)
            )
            if field not in made_of_others:
                # a constant or a count: no word in it but what SQL itself has
                words = set(re.findall(r"[a-z_]+", re.sub(r"'[^']*'", "", graph.made_here[field])))
                assert words == set(), field


def test_a_column_that_its_tap_no_longer_sends_is_an_error_by_name(inputs: Inputs) -> None:
    changed = copy.deepcopy(inputs)
    del changed.streams["users"]["properties"]["timezone"]
    with pytest.raises(CatalogueError, match=r"timezone"):
        lineage(changed)


def test_a_column_of_the_tap_that_the_api_does_not_fill_is_an_error_by_name(inputs: Inputs) -> None:
    changed = copy.deepcopy(inputs)
    changed.streams["users"]["properties"]["mood"] = {"type": ["string", "null"]}
    with pytest.raises(CatalogueError, match=r"Nothing tells where users\.mood \(tap\) is from"):
        lineage(changed)


def test_a_chart_of_what_no_view_has_is_an_error_by_name(inputs: Inputs) -> None:
    chart = Chart("Sales", "Mood", "select mood from deftunes_bi_views.user_activity_vw")
    with pytest.raises(CatalogueError, match="Sales: Mood"):
        lineage(replace(inputs, charts=(chart,)))


def test_a_column_that_only_the_yml_tells_of_is_an_error_by_name(inputs: Inputs) -> None:
    changed = copy.deepcopy(inputs)
    columns = changed.manifest["nodes"]["model.deftunes.dim_songs"]["columns"]
    columns["mood"] = columns["title"] | {"name": "mood"}
    with pytest.raises(CatalogueError, match="Column mood of model dim_songs is in its yml only"):
        lineage(changed)


def test_a_field_that_nothing_is_made_of_says_so(graph: Graph) -> None:
    alone = replace(graph, fields={Field("source", "users", "mood"): "string"}, edges=frozenset())
    assert "Nothing is made of it." in impact(alone, find(alone, "users.mood"), {})


def test_the_command_tells_what_is_lost_with_a_field(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["impact", "session_items.price"]) == 0
    told = capsys.readouterr()
    assert "fact_session: price" in told.out
    assert "Report: Sales by country, Sales by month" in told.out
    assert 'session_items.price: ColumnValues "price" <= 2' in told.out
    assert told.err == ""


def test_an_unknown_field_is_one_sentence_with_those_that_may_be_meant_and_exit_status_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["impact", "session_items.prize"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(
        "catalogue: There is no field 'session_items.prize'. Is it session_items.price or "
    )
