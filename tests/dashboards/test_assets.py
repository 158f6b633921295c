"""Each chart has its question twice: as parameters of the page, and as it is stored for the API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.project import ROOT

CHARTS = sorted((ROOT / "analyze/dashboards/assets/charts").glob("*.yaml"))


def of_the_page(params: dict[str, Any]) -> dict[str, Any]:
    """Columns, metrics, filters and limit that the page asks for."""
    columns = [params.get("x_axis"), params.get("entity"), *params.get("groupby", ())]
    metrics = [params.get("metric"), params.get("secondary_metric"), *params.get("metrics", ())]
    return {
        "columns": [name for name in columns if name] + params.get("all_columns", []),
        "metrics": [name for name in metrics if name],
        "filters": [
            (each["subject"], each["operator"], each["comparator"])
            for each in params["adhoc_filters"]
        ],
        "row_limit": params["row_limit"],
    }


def as_stored(query: dict[str, Any]) -> dict[str, Any]:
    """The same of the stored question."""
    return {
        "columns": [
            each["sqlExpression"] if isinstance(each, dict) else each for each in query["columns"]
        ],
        "metrics": query["metrics"],
        "filters": [(each["col"], each["op"], each["val"]) for each in query["filters"]],
        "row_limit": query["row_limit"],
    }


@pytest.mark.parametrize("file", CHARTS, ids=lambda file: file.stem)
def test_the_page_asks_for_what_is_stored(file: Path) -> None:
    chart = yaml.safe_load(file.read_text("utf-8"))
    (query,) = json.loads(chart["query_context"])["queries"]
    assert as_stored(query)["columns"] or as_stored(query)["metrics"]
    assert of_the_page(chart["params"]) == as_stored(query)


@pytest.mark.parametrize("dashboard", ["sales", "listeners"])
def test_the_period_says_which_months_count(dashboard: str) -> None:
    file = CHARTS[0].parent.parent / f"dashboards/{dashboard}.yaml"
    filters = yaml.safe_load(file.read_text("utf-8"))["metadata"]["native_filter_configuration"]
    (period,) = [each for each in filters if each["name"] == "Period"]
    assert period["description"] == "A month counts if its first day lies within."
