"""Which documents are in the site, in which order, and where their links lead."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from pathlib import Path

from catalogue.errors import CatalogueError
from catalogue.site.markdown import Resolve, relative

MADE = (
    ("dictionary.html", "Data dictionary"),
    ("erd.html", "Star schema"),
    ("lineage.html", "Lineage"),
    ("dbt.html", "dbt's own pages"),
)
_OPERATION = ("docs/operate.md", "docs/runbooks/README.md", "docs/runbooks/*.md")
_READMES = ("*/README.md", "sandbox/*/README.md", "terraform/modules/*/README.md")
_SKIPPED = {"output", "node_modules"}


@dataclass(frozen=True)
class Entry:
    """A document: its file in the repository and its page in the site."""

    source: str
    page: str


@dataclass(frozen=True)
class Section:
    """Entries under one heading."""

    title: str
    entries: tuple[Entry, ...]


def contents(root: Path) -> tuple[Section, ...]:
    """The site's sections, without the pages that are made of no document."""
    start = ("README.md", "docs/architecture.md")
    measured = ("benchmarks/results.md", "benchmarks/NOTES.md")
    return tuple(
        Section(title, tuple(Entry(name, _page(name)) for name in _found(root, patterns)))
        for title, patterns in (
            ("Start", start),
            ("Operate", _OPERATION),
            ("Packages", _READMES),
            ("Measured", measured),
        )
    )


def resolver(root: Path, entry: Entry, pages: dict[str, str], files: set[str]) -> Resolve:
    """What turns a document's links into the page's.

    Args:
        root: Folder of the project.
        entry: The document.
        pages: Page by document.
        files: Is filled with the other files that are linked to, to be copied.

    Raises:
        CatalogueError: A link leads nowhere.
    """
    folder = posixpath.dirname(entry.source)

    def resolve(path: str) -> str | None:
        target = posixpath.normpath(posixpath.join(folder, path))
        document = pages.get(target) or pages.get(f"{target}/README.md")
        if document:
            return relative(document, entry.page)
        if (root / target).is_dir():
            return None
        if not (root / target).is_file() or target.startswith(".."):
            raise CatalogueError(
                f"{entry.source} links to {path}, which is not there: mend the link."
            )
        files.add(target)
        return relative(target, entry.page)

    return resolve


def _found(root: Path, patterns: tuple[str, ...]) -> list[str]:
    found: dict[str, None] = {}
    for pattern in patterns:
        for file in sorted(root.glob(pattern)):
            name = file.relative_to(root).as_posix()
            if not name.startswith(".") and name.split("/")[0] not in _SKIPPED:
                found.setdefault(name)
    return list(found)


def _page(name: str) -> str:
    if name == "README.md":
        return "index.html"
    return name.removesuffix(".md") + ".html"
