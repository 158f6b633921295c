"""Whether all links of the finished site lead somewhere, and nothing is asked of the network."""

from __future__ import annotations

import posixpath
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

_LOADS = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}


class _Page(HTMLParser):
    """The anchors, links and loaded files of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if "id" in said:
            self.anchors.add(said["id"])
        if tag == "a" and "href" in said:
            self.links.append(said["href"])
        if tag in _LOADS and _LOADS[tag] in said:
            self.loads.append(said[_LOADS[tag]])


def broken_links(site: Path, *, foreign: frozenset[str] = frozenset()) -> list[str]:
    """Look at every page of the site.

    Args:
        site: Its folder.
        foreign: Pages that others made, whose own links are theirs.

    Returns:
        A sentence for each link to what is not there, and each file loaded from elsewhere.
    """
    pages = {}
    for file in sorted(site.rglob("*.html")):
        page = _Page()
        page.feed(file.read_text(encoding="utf-8"))
        pages[file.relative_to(site).as_posix()] = page
    found = []
    for name, page in pages.items():
        elsewhere = [one for one in page.loads if "//" in one.split("?")[0]]
        found += [f"{name} loads {one} from elsewhere." for one in elsewhere]
        if name in foreign:
            continue
        for link in [*page.links, *page.loads]:
            if not link.startswith(("http:", "https:", "mailto:", "data:")):
                found += _fault(site, pages, name, link)
    return found


def _fault(site: Path, pages: dict[str, _Page], name: str, link: str) -> list[str]:
    path, _, anchor = unquote(link).partition("#")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
    if not (site / target).is_file():
        return [f"{name} links to {link}: there is no {target}."]
    if anchor and target in pages and anchor not in pages[target].anchors:
        return [f"{name} links to {link}: {target} has no anchor {anchor}."]
    return []
