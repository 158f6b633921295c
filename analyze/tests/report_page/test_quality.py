"""The page's section on quality, against the thirty days that were written down."""

from __future__ import annotations

import re
from datetime import datetime
from html import unescape
from typing import TYPE_CHECKING

import pytest

from deftunes_report.quality import VERDICTS, CheckedLoad
from deftunes_report.quality_views import kind_of, outcome_of, words_of
from deftunes_report.signs import SHAPES, Load, sign_chart

from .quality import DAYS, TABLES, found_on, is_published, moment_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def section(page: str) -> str:
    return page.split("<h2>Quality</h2>")[1].split("</section>", maxsplit=1)[0]


def texts(html: str) -> list[str]:
    """What a person reads, piece by piece."""
    pieces = (unescape(piece).strip() for piece in re.sub(r"<[^>]*>", "\n", html).split("\n"))
    return [piece for piece in pieces if piece]


def test_the_last_load_of_each_table_is_told_with_its_rules_and_its_rows(section: str) -> None:
    body = section.split("<tbody>")[1].split("</tbody>", maxsplit=1)[0]
    rows = [texts(row) for row in body.split("</tr>") if row.strip()]
    moment = "2026-11-21 06:00"
    assert rows == [
        # two rules set rows aside; one row broke both and is one row
        ["session_items", moment, "Published, set rows aside", "12", "9", "1,234", "1,244"],
        ["sessions", moment, "Published, all rules passed", "7", "7", "0", "0"],
        ["songs", "2026-10-26 06:00", "Published, all rules passed", "6", "6", "0", "0"],
        ["users", moment, "Published, all rules passed", "6", "6", "0", "0"],
    ]


def test_what_did_not_pass_is_told_the_worst_first_and_only_of_the_last_load(
    section: str,
) -> None:
    findings = section.split("<h3>What did not pass</h3>")[1].split("</ul>", maxsplit=1)[0]
    assert [texts(item) for item in findings.split("</li>")[:-1]] == [
        ["session_items", "set aside", 'ColumnValues "price" <= 2', "1,234 rows break it."],
        [
            "session_items",
            "set aside",
            'ColumnValues "currency" in ["<b>USD</b>"]',
            "1 row breaks it.",
        ],
        [
            "session_items",
            "warned",
            'ReferentialIntegrity "song_id" "songs.track_id" = 1.0',
            "Ratio is 0.71, wanted = 1.0.",
        ],
    ]


def test_rows_in_quarantine_are_counted_by_the_rules_that_they_break(section: str) -> None:
    quarantine = section.split("<h3>In quarantine</h3>")[1].split("</ul>", maxsplit=1)[0]
    items = [texts(item) for item in quarantine.split("</li>")[:-1]]
    price, currency = 'ColumnValues "price" <= 2', 'ColumnValues "currency" in ["<b>USD</b>"]'
    assert items == [
        ["session_items", "1,243 rows", price, "since 2026-11-19 06:00"],
        ["session_items", "1 row", price, currency, "since 2026-11-21 06:00"],
    ]


def signs_in(chart: str) -> list[tuple[str, str]]:
    """What each sign says, and its kind."""
    found = re.findall(
        r'<title>(.*?)</title><circle class="ground" r="11"/><g class="(.*?)"', chart
    )
    return [(unescape(words), kind) for words, kind in found]


def expected_signs(days: range) -> Iterator[tuple[str, str]]:
    for day in days:
        for table, rules in TABLES.items():
            found = found_on(day, table)
            if found is None:
                continue
            worst = next((verdict for verdict in VERDICTS if found.get(verdict)), "passed")
            kind = worst if is_published(day) or worst == "failed" else "held-back"
            held = "published" if is_published(day) else "held back"
            passed = f"{rules - sum(found.values())} of {rules} rules passed"
            rest = [f"{found[verdict]} {verdict}" for verdict in VERDICTS if verdict in found]
            moment = moment_of(day)
            words = f"{table}, {moment.day} {moment:%b} {moment:%H:%M}: {held}; "
            yield words + ", ".join([passed, *rest]), kind.replace(" ", "-")


def test_the_chart_has_the_last_loads_of_every_table_and_a_phone_fewer_of_them(
    section: str,
) -> None:
    wide, narrow = re.findall(r'<div class="chart \w+">(.*?)</div>', section, re.DOTALL)
    # the last load of songs is older than the last 24 of all, and is shown nevertheless
    songs = [("songs, 26 Oct 06:00: published; 6 of 6 rules passed", "passed")]
    last = [*expected_signs(range(DAYS - 24, DAYS))]
    assert {kind for _, kind in last} == {kind.replace(" ", "-") for kind in SHAPES}
    assert signs_in(wide) == [*songs, *last]
    few = signs_in(narrow)
    assert few == last[-len(few) :]
    assert 3 * 7 <= len(few) < len(last)
    for chart in (wide, narrow):
        assert ">21 Nov<" in chart


def test_no_two_signs_share_a_shape() -> None:
    assert len(set(SHAPES.values())) == len(SHAPES) == len(VERDICTS) + 1


def test_signs_of_a_few_loads_stand_together_and_each_has_its_moment() -> None:
    loads = [
        Load("1 Nov", "06:00", {"songs": ("passed", "published")}),
        Load("1 Nov", "06:05", {"<b>": ("failed", "held back")}),
    ]
    chart = sign_chart(["songs", "<b>"], loads, width=1088, title="T")
    places = [
        (float(x), float(y))
        for x, y in re.findall(r'class="sign" transform="translate\((\S+) (\S+)\)"', chart)
    ]
    (first, upper), (second, lower) = places
    assert second - first < 100
    assert lower - upper == 34
    assert re.findall(r'class="note" x="(\S+)".*?>(.*?)<', chart) == [
        (f"{first:.1f}", "06:00"),
        (f"{second:.1f}", "06:05"),
    ]
    assert "<b>" not in chart


def checked(*, published: bool, **rules: int) -> CheckedLoad:
    counts = {verdict: rules.get(verdict.replace(" ", "_"), 0) for verdict in VERDICTS}
    moment = datetime.fromisoformat("2026-01-01")
    return CheckedLoad("songs", "run", moment, 1, published, 0, counts)


@pytest.mark.parametrize(
    ("load", "kind", "outcome", "words"),
    [
        (
            checked(published=True, passed=2),
            "passed",
            "Published, all rules passed",
            "published; 2 of 2 rules passed",
        ),
        (
            checked(published=False, passed=2, warned=1),
            "held back",
            "Held back with its load",
            "held back; 2 of 3 rules passed, 1 warned",
        ),
        (
            checked(published=False, passed=1, warned=1, not_answered=1, failed=2),
            "failed",
            "Held back, a rule failed",
            "held back; 1 of 5 rules passed, 2 failed, 1 not answered, 1 warned",
        ),
        (
            checked(published=True, not_answered=1, set_aside=3),
            "not answered",
            "Published, a rule without an answer",
            "published; 0 of 4 rules passed, 1 not answered, 3 set aside",
        ),
    ],
)
def test_the_worst_of_a_load_gives_its_sign(
    load: CheckedLoad, kind: str, outcome: str, words: str
) -> None:
    assert (kind_of(load), outcome_of(load), words_of(load)) == (kind, outcome, words)
