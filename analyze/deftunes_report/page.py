"""The page: one HTML file with its styles and charts inside, and nothing from elsewhere."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from deftunes_report.quality_views import (
    kind_of,
    legend_of,
    outcome_of,
    reason_of,
    side_by_side,
    words_of,
)
from deftunes_report.signs import Load, sign, sign_chart
from deftunes_report.svg import Column, bar, column_chart
from deftunes_report.views import (
    activity_columns,
    count,
    money,
    month_columns,
    quantile_sessions,
    sales_rows,
    seconds_rows,
    short_money,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from jinja2 import Template

    from deftunes_report.dbt_results import DbtResults
    from deftunes_report.quality import Quality
    from deftunes_report.runs import History
    from deftunes_report.warehouse import Figures

TEMPLATE, QUALITY, STYLES = "page.html.j2", "quality.html.j2", "page.css"
COUNTRIES = 10
"""How many countries are named; the others share a row."""
WIDE, NARROW = "wide", "narrow"
"""Each chart is drawn twice, so that its type stays readable on a phone; CSS shows one."""


def render(
    figures: Figures,
    quality: Quality,
    history: History,
    dbt: DbtResults | None,
    seconds: Mapping[str, float],
    *,
    made_at: datetime,
) -> str:
    """Write the page.

    Args:
        figures: What was sold.
        quality: What came of the rules.
        history: The published loads.
        dbt: What dbt said; None when not known.
        seconds: Seconds by step.
        made_at: The moment of writing, UTC.

    Returns:
        The HTML, every value escaped.
    """
    months, activity = month_columns(figures.months), activity_columns(figures.activity)
    checked = side_by_side(quality.loads)
    return _template().render(
        styles=Markup(_resource(STYLES)),  # noqa: S704 - our own file
        figures=figures,
        totals=figures.totals,
        months=months,
        month_charts=_charts(months, (1088, 320), title="Sales by month", tick=short_money),
        activity=activity,
        activity_charts=_charts(
            activity, (640, 280), title="Users by number of sessions", tick=count, whole=True
        ),
        median_sessions=quantile_sessions(figures.activity, 0.5),
        countries=sales_rows(figures.countries, COUNTRIES, "{} other countries"),
        artists=sales_rows(figures.artists, len(figures.artists), ""),
        quality=quality,
        quality_charts=_quality_charts(checked),
        quality_legend=legend_of(checked),
        history=history,
        dbt=dbt,
        steps=seconds_rows(dict(seconds)),
        made_at=made_at,
    )


def _charts(
    columns: Sequence[Column],
    size: tuple[int, int],
    *,
    title: str,
    tick: Callable[[float], str],
    whole: bool = False,
) -> dict[str, Markup]:
    def chart(width: int, height: int) -> Markup:
        return column_chart(
            columns, width=width, height=height, title=title, tick=tick, whole=whole
        )

    return {WIDE: chart(*size), NARROW: chart(342, 220)} if columns else {}


def _quality_charts(loads: Sequence[Load]) -> dict[str, Markup]:
    def chart(width: int) -> Markup:
        return sign_chart(tables, loads, width=width, title="What came of the rules, by load")

    tables = sorted({table for load in loads for table in load.signs})
    return {WIDE: chart(1088), NARROW: chart(342)} if loads else {}


def _template() -> Template:
    environment = Environment(
        loader=DictLoader({name: _resource(name) for name in (TEMPLATE, QUALITY)}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(money=money, count=count, bar=bar, sign=sign)
    environment.filters.update(
        kind_of=kind_of, outcome_of=outcome_of, words_of=words_of, reason_of=reason_of
    )
    return environment.get_template(TEMPLATE)


def _resource(name: str) -> str:
    return files("deftunes_report").joinpath(name).read_text(encoding="utf-8")
