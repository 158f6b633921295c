"""The charts and filters of Superset's dashboards, from the YAML that is imported into it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from catalogue.chart import Chart
from catalogue.errors import CatalogueError
from catalogue.yaml_text import read_yaml

_SAYS_SQL = {"sqlExpression", "where", "having"}
"""Keys of a chart's parameters that hold SQL."""
_NAMES_FIELD = {
    *("all_columns", "column_name", "columns", "entity", "granularity_sqla", "groupby", "metric"),
    *("metrics", "order_by_cols", "percent_metrics", "secondary_metric", "series", "subject"),
    *("timeseries_limit_metric", "x_axis"),
}
"""Keys that name columns or metrics: one that the dataset lacks is an error."""


def dashboard_charts(assets: Path) -> list[Chart]:
    """Every chart of every dashboard, with all that it needs of its dataset; none without assets.

    Raises:
        CatalogueError: A chart has no dataset, is on no dashboard, or needs no column.
    """
    datasets = {dataset["uuid"]: dataset for dataset in _read(assets / "datasets")}
    charts = {chart["uuid"]: chart for chart in _read(assets / "charts")}
    shown: list[Chart] = []
    placed: set[str] = set()
    for dashboard in _read(assets / "dashboards"):
        page = f"{dashboard['dashboard_title']} dashboard"
        for uuid in _charts_on(dashboard):
            if uuid not in charts:
                raise CatalogueError(f"{page} shows a chart {uuid} that is not in {assets.name}.")
            placed.add(uuid)
            chart = charts[uuid]
            name = chart["slice_name"]
            dataset = datasets.get(chart["dataset_uuid"])
            if dataset is None:
                raise CatalogueError(f"{page}: {name} has no dataset in {assets.name}.")
            shown.append(Chart(page, name, _query(dataset, chart.get("params"), f"{page}: {name}")))
        shown += _filters(dashboard, page, datasets)
    lost = sorted(charts[uuid]["slice_name"] for uuid in set(charts) - placed)
    if lost:
        raise CatalogueError(f"Chart {lost[0]!r} is on no dashboard: place it, or remove it.")
    return shown


def _read(folder: Path) -> list[dict[str, Any]]:
    return [read_yaml(file) for file in sorted(folder.rglob("*.yaml"))]


def _charts_on(dashboard: dict[str, Any]) -> list[str]:
    entries = [entry for entry in dashboard["position"].values() if isinstance(entry, dict)]
    return [entry["meta"]["uuid"] for entry in entries if entry.get("type") == "CHART"]


def _filters(
    dashboard: dict[str, Any], page: str, datasets: dict[str, dict[str, Any]]
) -> Iterator[Chart]:
    metadata = dashboard.get("metadata") or {}
    for native in metadata.get("native_filter_configuration") or []:
        for target in native.get("targets") or []:
            if target.get("column"):
                dataset = datasets[target["datasetUuid"]]
                name = f"filter {native['name']}"
                yield Chart(page, name, _query(dataset, target["column"], f"{page}: {name}"))


def _query(dataset: dict[str, Any], said: Any, where: str) -> str:
    """A query with everything in it that is named in a chart's parameters."""
    columns = {column["column_name"]: column for column in dataset["columns"]}
    metrics = {metric["metric_name"]: metric for metric in dataset.get("metrics") or []}
    needed: set[str] = set()
    for key, text in _texts(said):
        # an order is kept as JSON within a text: a name, and whether it ascends
        name = json.loads(text)[0] if key == "order_by_cols" else text
        if key in _SAYS_SQL and text:
            needed.add(text)
        elif name in metrics:
            needed.add(metrics[name]["expression"])
        elif name in columns:
            needed.add(columns[name].get("expression") or f'"{name}"')
        elif key in _NAMES_FIELD and name:
            raise CatalogueError(
                f"{where} names {name}, which its dataset {dataset['table_name']} does not have."
            )
    if not needed:
        raise CatalogueError(f"{where} names no column of its dataset {dataset['table_name']}.")
    table = f"{dataset['schema']}.{dataset['table_name']}"
    if dataset.get("sql"):
        table = f"({dataset['sql']})"
    # read by us, never run
    return f"select {', '.join(sorted(needed))} from {table} as dataset"  # noqa: S608


def _texts(said: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text within a chart's parameters, and the key that it stands under."""
    if isinstance(said, str):
        yield key, said
    elif isinstance(said, dict):
        for name, value in said.items():
            yield from _texts(value, name)
    elif isinstance(said, list):
        for value in said:
            yield from _texts(value, key)
