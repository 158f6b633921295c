"""What the dashboards need of the warehouse, read off the YAML that Superset imports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from catalogue.dashboards import dashboard_charts
from catalogue.errors import CatalogueError
from catalogue.queries import analyse

VIEW = "bi.sales_vw"
KNOWN = {VIEW: dict.fromkeys(["day", "country", "artist", "sales", "bought", "liked"], "text")}


def write_assets(folder: Path, params: dict[str, Any], placed: str = "chart") -> None:
    dataset = {
        "uuid": "dataset",
        "table_name": "sales_vw",
        "schema": "bi",
        "columns": [{"column_name": name} for name in KNOWN[VIEW] if name != "liked"],
        "metrics": [{"metric_name": "share", "expression": "sum(liked) / sum(bought)"}],
    }
    chart = {"uuid": "chart", "slice_name": "Map", "dataset_uuid": "dataset", "params": params}
    native = {
        "name": "Artist",
        "targets": [{"datasetUuid": "dataset", "column": {"name": "artist"}}],
    }
    dashboard = {
        "dashboard_title": "Sales",
        "position": {"ROOT": {"type": "ROOT"}, "C": {"type": "CHART", "meta": {"uuid": placed}}},
        "metadata": {"native_filter_configuration": [native]},
    }
    for kind, document in (("datasets", dataset), ("charts", chart), ("dashboards", dashboard)):
        (folder / kind / "deep").mkdir(parents=True)
        (folder / kind / "deep" / "one.yaml").write_text(yaml.safe_dump(document), "utf-8")


def test_a_chart_needs_its_axes_metrics_filters_and_order_and_a_filter_its_column(
    tmp_path: Path,
) -> None:
    params = {
        "x_axis": "country",
        "metrics": ["share", {"expressionType": "SQL", "sqlExpression": "max(sales)"}],
        "adhoc_filters": [{"subject": "day", "operator": "TEMPORAL_RANGE"}],
        "order_by_cols": ['["artist", false]'],
        "color_scheme": "country colours",
    }
    write_assets(tmp_path, params)
    charts = {(one.page, one.name): one.sql for one in dashboard_charts(tmp_path)}
    needed = {
        name: {column for _, column in analyse(sql, KNOWN, where="t").reads}
        for (_, name), sql in charts.items()
    }
    assert needed == {
        "Map": {"country", "liked", "bought", "sales", "day", "artist"},
        "filter Artist": {"artist"},
    }


@pytest.mark.parametrize(
    ("params", "placed", "says"),
    [
        ({"groupby": ["mood"]}, "chart", "Map names mood, which its dataset sales_vw does not"),
        ({"metrics": ["profit"]}, "chart", "Map names profit, which its dataset sales_vw does not"),
        ({"color_scheme": "x"}, "chart", "Map names no column of its dataset sales_vw"),
        ({"groupby": ["day"]}, "other", "shows a chart other that is not in"),
    ],
)
def test_what_a_chart_needs_and_is_not_there_is_an_error(
    tmp_path: Path, params: dict[str, Any], placed: str, says: str
) -> None:
    write_assets(tmp_path, params, placed)
    with pytest.raises(CatalogueError, match=says):
        dashboard_charts(tmp_path)


def test_without_assets_there_are_no_charts(tmp_path: Path) -> None:
    assert dashboard_charts(tmp_path / "none") == []
