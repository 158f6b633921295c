"""What is shown to people, and the query behind it: the report's page and the dashboards."""

from __future__ import annotations

from pathlib import Path

from catalogue.chart import Chart
from catalogue.dashboards import dashboard_charts
from catalogue.errors import CatalogueError
from deftunes_report import quality, warehouse

ASSETS = "analyze/dashboards/assets"
REPORT = "Report"
TITLES = {
    "TOTALS": ("Totals",),
    "MONTHS": ("Sales by month",),
    "COUNTRIES": ("Sales by country",),
    "ARTISTS": ("Top artists",),
    "ACTIVITY": ("User activity",),
    "PREFERENCES": ("Most bought songs", "Most liked songs"),
    "LOADS": ("The last loads",),
    "FINDINGS": ("What did not pass",),
    "QUARANTINE": ("In quarantine",),
}
"""What the page shows of each of its queries."""


def all_charts(root: Path) -> tuple[Chart, ...]:
    """Everything that is shown.

    Raises:
        CatalogueError: A query of the report has no title, or a dashboard cannot be read.
    """
    return (*report_charts(), *dashboard_charts(root / ASSETS))


def report_queries() -> dict[str, str]:
    """Every query of the report, by the name of its constant."""
    return {
        name: value.replace("{first}", "purchases").replace("{then}", "likes")
        for module in (warehouse, quality)
        for name, value in vars(module).items()
        if isinstance(value, str) and value.lstrip().lower().startswith(("select", "with"))
    }


def report_charts() -> list[Chart]:
    """What the report shows.

    Raises:
        CatalogueError: A query of it has no title here.
    """
    untitled = sorted(set(report_queries()) ^ set(TITLES))
    if untitled:
        raise CatalogueError(
            f"The report's query {untitled[0]} is not as TITLES of catalogue/charts.py knows it: "
            "say there what the page shows of each query."
        )
    return [
        Chart(REPORT, title, sql)
        for name, sql in report_queries().items()
        for title in TITLES[name]
    ]
