"""What the page and the summary say, against sums that no SQL computed."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from decimal import Decimal
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from deftunes_report.cli import main

from .shop import make_shop, write_warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from .shop import Shop


def summary(project: Path) -> Any:
    return json.loads((project / "output" / "summary.json").read_text(encoding="utf-8"))


def total(page: str, name: str) -> str:
    found = re.search(rf'id="{name}">([^<]*)<', page)
    assert found
    return found[1]


def ranking(page: str, heading: str) -> dict[str, str]:
    """Read the table below a heading as text by name."""
    section = page.split(f"<h2>{heading}</h2>")[1].split("</table>", maxsplit=1)[0]
    row = r'<th scope="row">(.*?)</th>.*?<td class="number">(.*?)</td>'
    rows = re.findall(row, section, re.DOTALL)
    return {unescape(name): text for name, text in rows}


def test_the_totals_on_the_page_are_those_of_the_shop(page: str, shop: Shop) -> None:
    assert total(page, "revenue") == f"${shop.revenue:,.2f}"
    assert total(page, "items") == f"{len(shop.purchases):,}"
    assert total(page, "sessions") == "200"
    assert total(page, "users") == "58"
    assert total(page, "newcomers") == "2"
    assert total(page, "buyers") == str(len({bought.user for bought in shop.purchases}))


def test_the_summary_holds_exact_totals(page: str, project: Path, shop: Shop) -> None:
    assert page
    assert summary(project)["totals"] == {
        "users": 58,
        "sessions": 200,
        "items": len(shop.purchases),
        "revenue": str(shop.revenue),
    }


def test_the_summary_counts_the_rules_of_each_tables_last_load(page: str, project: Path) -> None:
    assert page
    assert summary(project)["quality"] == {
        "rules": {"failed": 0, "not_answered": 0, "set_aside": 2, "warned": 1, "passed": 28},
        "rows_in_quarantine": 1244,
    }


def test_every_cent_is_in_the_months_and_in_the_countries(page: str, shop: Shop) -> None:
    countries: defaultdict[str, Decimal] = defaultdict(Decimal)
    for bought in shop.purchases:
        countries[bought.country] += bought.price
    shown = ranking(page, "Sales by country")
    amounts = {name: Decimal(text[1:].replace(",", "")) for name, text in shown.items()}
    assert sum(amounts.values()) == shop.revenue
    rest = amounts.pop("3 other countries")
    assert amounts == {name: countries[name] for name in amounts}
    assert rest == sum(sorted(countries.values())[:3])

    # March sold nothing, and has its place nevertheless.
    figures = re.findall(r'<th scope="row">(\w{3}) (\d*)</th><td class="number">(.*?)<', page)
    assert [name for name, _, _ in figures] == ["Jan", "Feb", "Mar", "Apr"]
    assert figures[2][2] == "$0"


def test_the_top_artists_are_those_that_sold_most(page: str, shop: Shop) -> None:
    artists: defaultdict[str, Decimal] = defaultdict(Decimal)
    for bought in shop.purchases:
        artists[bought.artist] += bought.price
    best = sorted(artists.items(), key=lambda artist: (-artist[1], artist[0]))[:10]
    assert ranking(page, "Top artists") == {name: f"${sales:,.2f}" for name, sales in best}


def test_the_most_bought_and_liked_songs_are_counted(page: str, shop: Shop) -> None:
    bought = Counter(purchase.track for purchase in shop.purchases)
    liked = Counter(purchase.track for purchase in shop.purchases if purchase.liked)
    shown = [text.split(" ")[0] for text in ranking(page, "Most bought songs").values()]
    assert list(map(int, shown)) == sorted(bought.values(), reverse=True)[:10]
    shown = [text.split(" ")[0] for text in ranking(page, "Most liked songs").values()]
    assert list(map(int, shown)) == sorted(liked.values(), reverse=True)[:10]


def test_every_active_user_is_in_the_activity_chart(page: str, shop: Shop) -> None:
    section = page.split("<h2>User activity</h2>")[1].split("</table>", maxsplit=1)[0]
    numbers = re.findall(r'<td class="number">(\d+)</td>', section)
    assert sum(map(int, numbers)) == len(set(shop.sessions.values()))


def test_names_from_the_sources_are_escaped(page: str) -> None:
    assert "<script" not in page
    assert "<img" not in page
    assert "{{ 7 * 7 }}" in page
    assert "&lt;script&gt;alert(&#39;owned&#39;)&lt;/script&gt;" in page


def test_the_page_needs_nothing_from_elsewhere(page: str) -> None:
    attributes: list[tuple[str, str | None]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag not in {"script", "iframe", "object", "embed", "base", "form"}
            attributes.extend(attrs)

    Reader().feed(page)
    names = {name for name, _ in attributes}
    assert names.isdisjoint({"src", "srcset", "data", "action", "xlink:href", "style"})
    assert [value for name, value in attributes if name == "href"] == ["data:,"]
    assert not [name for name in names if name.startswith("on")]
    styles = page.split("<style>")[1].split("</style>", maxsplit=1)[0]
    assert "url(" not in styles
    assert "@import" not in styles


def test_the_run_facts_are_those_of_the_published_loads(page: str, project: Path) -> None:
    facts = page.split("The run behind these numbers")[1]
    rows = [
        re.findall(r">([^<>\n]+)</(?:th|td|code)>", row)
        for row in re.findall(r'<tr><th scope="row">.*?</tr>', facts, re.DOTALL)[:3]
    ]
    assert rows == [
        ["sessions", "2026-11-20 06:01", "1,234", "1,200", "34", "0", "0", "42"],
        ["songs", "2026-11-21 06:00", "80", "0", "0", "0", "79", "7469174469224587352"],
        ["users", "2026-11-20 06:01", "0", "0", "0", "0", "0", "\N{EN DASH}"],
    ]
    found = summary(project)
    assert found["run_id"] == "songs-2"
    assert found["snapshots"] == {"sessions": 42, "songs": 7469174469224587352}
    assert found["seconds"] == {"load sessions, users": 10.0, "load songs": 10.0}


def test_dbt_results_are_counted_without_hooks(project: Path) -> None:
    statuses = ["success", "pass", "pass", "warn", "fail", "error", "skipped", "no-op"]
    results = [{"unique_id": f"test.{n}", "status": status} for n, status in enumerate(statuses)]
    results.append({"unique_id": "operation.deftunes.on-run-end", "status": "success"})
    target = project / ".meltano" / "dbt" / "target"
    target.mkdir(parents=True)
    content = {"args": {"which": "build"}, "elapsed_time": 2.345, "results": results}
    (target / "run_results.json").write_text(json.dumps(content), encoding="utf-8")

    assert main(["build"]) == 0

    page = (project / "output" / "report.html").read_text(encoding="utf-8")
    line = re.search(r"<p>(<b>.*?) <span", page)
    assert line
    assert re.sub("<.*?>", "", line[1]) == "3 passed, 1 warning, 2 failed, 1 skipped"
    assert summary(project)["seconds"]["dbt build"] == 2.3


def test_steps_that_are_given_replace_those_that_are_derived(project: Path) -> None:
    assert main(["build", "--steps", '{"install": 9.1, "<load>": 3}']) == 0
    assert summary(project)["seconds"] == {"install": 9.1, "<load>": 3.0}
    page = (project / "output" / "report.html").read_text(encoding="utf-8")
    assert "&lt;load&gt;" in page
    assert "9.1 s" in page


def test_options_come_before_the_environment(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DEFTUNES_OUTPUT", str(tmp_path / "from environment"))
    lake = (project / "output" / "lake").as_uri()
    assert main(["build", "--lake", lake]) == 0
    assert (tmp_path / "from environment" / "report.html").is_file()
    assert main(["build", "--output", str(tmp_path / "from option")]) == 0
    assert (tmp_path / "from option" / "summary.json").is_file()


def test_an_empty_warehouse_makes_a_page_that_says_so(project: Path) -> None:
    file = project / "empty.duckdb"
    write_warehouse(file, make_shop(sessions=0, users=0))
    assert main(["build", "--warehouse", str(file), "--lake", "nowhere"]) == 0
    page = (project / "output" / "report.html").read_text(encoding="utf-8")
    assert "Nothing was sold yet" in page
    assert "No sessions yet" in page
    assert "The lake holds no record of a published run." in page
    assert "No load has been held to rules yet." in page
    assert "The last loads" not in page
    assert summary(project) == {
        "run_id": None,
        "totals": {"users": 0, "sessions": 0, "items": 0, "revenue": "0.00"},
        "quality": {
            "rules": dict.fromkeys(("failed", "not_answered", "set_aside", "warned", "passed"), 0),
            "rows_in_quarantine": 0,
        },
        "snapshots": {},
        "seconds": {},
    }
