"""Puts the site together, in a folder that takes the place of the one before."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from catalogue.compiled import dbt_page
from catalogue.contracts.files import FOLDER as CONTRACTS
from catalogue.contracts.making import all_contracts
from catalogue.contracts.rules import foreign_keys
from catalogue.contracts.versions import committed_contracts, versioned
from catalogue.errors import CatalogueError
from catalogue.graph import Graph
from catalogue.inputs import Inputs
from catalogue.site.contents import MADE, contents, resolver
from catalogue.site.dictionary import dictionary
from catalogue.site.erd import erd
from catalogue.site.lineage_page import lineage_data
from catalogue.site.links import broken_links
from catalogue.site.markdown import Text, inline, relative, render
from catalogue.truths import models

DBT_PAGE = "dbt.html"
POLICY = (
    "default-src 'none'; img-src 'self' file: data:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'"
)
"""What a browser lets a page do: nothing may come from elsewhere."""
_DBT_POLICY = "default-src 'unsafe-inline' 'unsafe-eval' data: blob:; img-src file: 'self' data:"
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class _Page:
    """A page before the menu is put around it."""

    name: str
    text: Text
    css: str = ""
    broad: bool = False


def build_site(root: Path, inputs: Inputs, graph: Graph, to: Path) -> int:
    """Make the site.

    Args:
        root: Folder of the project.
        inputs: The sources of truth.
        graph: The lineage that is made of them.
        to: The site's folder; what was there goes.

    Returns:
        How many pages it has.

    Raises:
        CatalogueError: A link leads nowhere, or something is loaded from elsewhere.
    """
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent, prefix=".docs-") as folder:
        site = Path(folder) / "site"
        builder = _Builder(root, site)
        builder.documents()
        builder.made(inputs, graph)
        (site / DBT_PAGE).write_text(_closed(dbt_page(root)), encoding="utf-8")
        broken = broken_links(site, foreign=frozenset({DBT_PAGE}))
        if broken:
            raise CatalogueError("\n".join(["the docs are not whole:", *broken]))
        shutil.rmtree(to, ignore_errors=True)
        site.replace(to)
    return sum(1 for _ in to.rglob("*.html"))


class _Builder:
    def __init__(self, root: Path, site: Path) -> None:
        self._root, self._site = root, site
        self._sections = contents(root)
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        # Markdown without HTML
        self._environment.filters["inline"] = lambda text: Markup(inline(text))  # noqa: S704
        self._titles = dict(MADE)

    def documents(self) -> None:
        """The pages that are documents of the repository, and the files that they link to."""
        entries = [entry for section in self._sections for entry in section.entries]
        pages = {entry.source: entry.page for entry in entries}
        files: set[str] = {
            file.relative_to(self._root).as_posix()
            for file in (self._root / CONTRACTS).glob("*.yaml")
        }
        ready = []
        for entry in entries:
            text = (self._root / entry.source).read_text(encoding="utf-8")
            page = render(text, resolver(self._root, entry, pages, files))
            self._titles[entry.page] = page.title or entry.source
            ready.append(_Page(entry.page, page))
        for one in ready:
            self._write(one)
        for name in files:
            (self._site / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._root / name, self._site / name)

    def made(self, inputs: Inputs, graph: Graph) -> None:
        """The pages that are made of the sources of truth."""
        made = all_contracts(inputs, graph)
        sections = dictionary(versioned(made, committed_contracts(self._root)))
        headings = tuple((section["id"], section["title"]) for section in sections)
        body = self._filled("dictionary.html.j2", sections=sections)
        self._write(_Page("dictionary.html", Text(body, "Data dictionary", headings), broad=True))
        gold = {
            model.name: model
            for model in models(inputs.manifest).values()
            if model.schema == "deftunes_serving"
        }
        keys = {name: foreign_keys(inputs.manifest, name) for name in gold}
        picture = (
            "<h1>Star schema</h1><p>Bold: the key. Lines: what dbt tests to be in the other table. "
            f"Each name leads to the dictionary.</p>{erd(gold, keys)}"
        )
        self._write(_Page("erd.html", Text(picture, "Star schema", ()), broad=True))
        script = Markup((_TEMPLATES / "lineage.js").read_text(encoding="utf-8"))  # noqa: S704 - ours
        data = lineage_data(graph)
        data["graph"] = Markup(data["graph"])  # noqa: S704 - JSON that ends no element
        body = self._filled("lineage.html.j2", **data, script=script)
        css = (_TEMPLATES / "lineage.css").read_text(encoding="utf-8")
        self._write(_Page("lineage.html", Text(body, "Lineage", ()), css=css, broad=True))

    def _filled(self, template: str, **values: Any) -> str:
        return self._environment.get_template(template).render(**values)

    def _write(self, page: _Page) -> None:
        file = self._site / page.name
        file.parent.mkdir(parents=True, exist_ok=True)
        css = (_TEMPLATES / "site.css").read_text(encoding="utf-8") + page.css
        html = self._filled(
            "page.html.j2",
            title=page.text.title,
            page=page.name,
            policy=POLICY,
            css=Markup(css),  # noqa: S704 - ours
            menu=self._menu(page.name),
            to=lambda target: relative(target, page.name),
            headings=page.text.headings,
            broad=page.broad,
            body=Markup(page.text.html),  # noqa: S704 - Markdown without HTML, or a template of ours
        )
        file.write_text(html, encoding="utf-8")

    def _menu(self, page: str) -> list[dict[str, Any]]:
        start, *others = [
            (section.title, [(entry.page, self._titles[entry.page]) for entry in section.entries])
            for section in self._sections
        ]
        decisions = ("docs/architecture.html#decisions", "Decisions")
        sections = [(start[0], [*start[1], decisions]), ("Data", list(MADE)), *others]
        return [
            {
                "title": title,
                "open": title in {"Start", "Data", "Operate"} or page in dict(entries),
                "entries": [{"page": name, "title": words} for name, words in entries],
            }
            for title, entries in sections
        ]


def _closed(html: str) -> str:
    """Dbt's page, unable to ask anything of the network."""
    policy = f'<meta http-equiv="Content-Security-Policy" content="{_DBT_POLICY}">'
    head, opening, rest = html.partition("<head>")
    if not opening:
        raise CatalogueError("dbt's page has no <head> any more: see catalogue/site/build.py.")
    return f"{head}{opening}{policy}{rest}"
