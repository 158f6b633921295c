"""The docs site: whole, from disk, and asking nothing of the network."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from catalogue.contracts.rules import foreign_keys
from catalogue.errors import CatalogueError
from catalogue.graph import Graph
from catalogue.impact import find
from catalogue.inputs import ROOT, Inputs
from catalogue.site.build import build_site
from catalogue.site.contents import Entry, resolver
from catalogue.site.links import broken_links
from catalogue.site.markdown import render
from catalogue.truths import models
from playwright.sync_api import Page, sync_playwright

pytestmark = pytest.mark.xdist_group("transform")

FIELD = "session_items.price"


@pytest.fixture(scope="session")
def site(inputs: Inputs, graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` makes it; building it fails on a link that leads nowhere."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    build_site(ROOT, inputs, graph, folder)
    return folder


@pytest.mark.slow
def test_every_document_and_every_table_has_its_place(site: Path, inputs: Inputs) -> None:
    documents = [
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("docs/runbooks/*.md"),
        *ROOT.glob("[a-z]*/README.md"),
    ]
    for document in documents:
        assert (site / document.relative_to(ROOT).with_suffix(".html")).is_file(), document
    assert "Decisions" in (site / "index.html").read_text("utf-8")
    dictionary = (site / "dictionary.html").read_text("utf-8")
    for model in models(inputs.manifest).values():
        if model.schema != "deftunes_staging":
            assert re.search(rf'id="(gold|view)-{model.name}"', dictionary), model.name
    contract = yaml.safe_load((ROOT / "docs/contracts/lake-users.odcs.yaml").read_text("utf-8"))
    words = f'docs/contracts/lake-users.odcs.yaml">Contract {contract["version"]}</a>'
    assert words in dictionary
    assert "fact_session" in (site / "dbt.html").read_text("utf-8")


@pytest.mark.slow
def test_the_star_schema_draws_a_line_for_every_relationship_that_dbt_tests(
    site: Path, inputs: Inputs
) -> None:
    picture = (site / "erd.html").read_text("utf-8")
    drawn = set(re.findall(r"<title>([\w.]+ → [\w.]+)</title>", picture))
    tested = {
        f"{model.name}.{column} → {other}"
        for model in models(inputs.manifest).values()
        for column, other in foreign_keys(inputs.manifest, model.name).items()
    }
    assert drawn == tested
    assert "fact_session.user_key → dim_users.user_key" in drawn


def test_links_that_lead_nowhere_and_files_from_elsewhere_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<h1 id="top">A</h1><a href="b.html">b</a><a href="sub/c.html#no">c</a>'
        '<a href="#top">here</a><a href="https://example.org">out</a>'
        '<script src="https://cdn.example.org/x.js"></script><img src="no.png">',
        encoding="utf-8",
    )
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "c.html").write_text('<a href="../a.html#top">a</a>', encoding="utf-8")
    assert broken_links(tmp_path) == [
        "a.html loads https://cdn.example.org/x.js from elsewhere.",
        "a.html links to b.html: there is no b.html.",
        "a.html links to sub/c.html#no: sub/c.html has no anchor no.",
        "a.html links to no.png: there is no no.png.",
    ]


def test_headings_have_githubs_anchors_and_links_lead_to_pages_and_files(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "picture.svg").touch()
    (tmp_path / "code").mkdir()
    files: set[str] = set()
    entry = Entry("docs/a.md", "docs/a.html")
    resolve = resolver(tmp_path, entry, {"README.md": "index.html"}, files)
    text = render(
        "# What `this` is, and why\n\n## Twice\n\n## Twice\n\n[home](../README.md#run-it) "
        "[code](../code) ![p](picture.svg) [out](https://example.org) <script>x</script>",
        resolve,
    )
    assert re.findall(r'id="([^"]+)"', text.html) == ["what-this-is-and-why", "twice", "twice-1"]
    assert 'href="../index.html#run-it"' in text.html
    assert 'src="picture.svg"' in text.html
    assert "<a>code</a>" in text.html
    assert "<script>" not in text.html
    assert files == {"docs/picture.svg"}
    with pytest.raises(CatalogueError, match=r"docs/a\.md links to gone\.md"):
        render("[gone](gone.md)", resolve)


@pytest.fixture
def page(site: Path) -> Iterator[Page]:
    """The lineage in a real browser, opened from disk; it fails for whatever it asks for."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        if os.environ.get("DEFTUNES_REQUIRE_BROWSER") == "1":
            pytest.fail("no chromium in PATH, and DEFTUNES_REQUIRE_BROWSER=1 asks for one")
        pytest.skip("NO BROWSER: the lineage page is not looked at; install chromium")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    asked: list[str] = []
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        view = browser.new_page(viewport={"width": 1600, "height": 900})
        view.on("request", lambda request: asked.append(request.url))
        view.on("console", lambda message: complaints.append(message.text))
        view.on("pageerror", lambda error: complaints.append(str(error)))
        view.goto(f"{(site / 'lineage.html').as_uri()}")
        yield view
        browser.close()
    assert complaints == []
    assert all(url.startswith("file:") for url in asked), asked


def shown(view: Page) -> set[str]:
    """The fields on the page that are visible, as they are called elsewhere."""
    found: list[str] = view.evaluate(
        "[...document.querySelectorAll('#flow button')].filter((one) => one.offsetParent)"
        ".map((one) => GRAPH.names[Number(one.dataset.number)])"
    )
    return set(found)


@pytest.mark.slow
def test_a_field_shows_its_way_by_keyboard_alone_and_escape_shows_all_again(
    page: Page, graph: Graph
) -> None:
    everything = {str(field) for field in graph.fields}
    assert shown(page) == everything
    page.keyboard.press("/")
    page.keyboard.type(FIELD)
    page.keyboard.press("Enter")
    field = find(graph, FIELD)
    losses = graph.losses(field)
    by_value = {str(one) for one, how in losses.items() if how == "value"}
    assert shown(page) == by_value | {FIELD}
    inner = {edge for edge in graph.edges if {edge.origin, edge.result} <= {field, *losses}}
    lines = {(one.origin, one.result) for one in inner if one.kind == "value"}
    assert page.locator("#lines path").count() == len(lines)
    assert FIELD in page.inner_text("#said")

    page.locator("button[aria-pressed=true]").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator("button[aria-pressed=true]").inner_text() == "price"
    page.keyboard.press("Escape")
    assert shown(page) == everything

    page.locator("#source-users button", has_text="user_location").click()
    location = graph.losses(find(graph, "users.user_location"))
    values = {str(one) for one, how in location.items() if how == "value"}
    assert shown(page) == values | {"users.user_location"}
    page.get_by_label("also what decides on rows").check()
    assert shown(page) == {str(one) for one in location} | {"users.user_location"}
    assert len(location) > len(values)
