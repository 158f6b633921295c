"""From Markdown to HTML: headings that can be linked to, links that lead to the site's pages."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

Resolve = Callable[[str], str | None]
"""What a link within the repository becomes on the page; None if it leads to no page or file."""


@dataclass(frozen=True)
class Text:
    """A page's text.

    Attributes:
        html: What is shown.
        title: Its first heading.
        headings: Anchor and words of each heading below it.
    """

    html: str
    title: str
    headings: tuple[tuple[str, str], ...]


def render(markdown: str, resolve: Resolve) -> Text:
    """Turn Markdown into HTML.

    Args:
        markdown: The text.
        resolve: Turns each relative link.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(markdown)
    title, headings = "", []
    taken: dict[str, int] = {}
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            words = _words(inline)
            anchor = anchor_of(words, taken)
            opening.attrSet("id", anchor)
            if opening.tag == "h2":
                headings.append((anchor, words))
            title = title or words
    for token in tokens:
        for child in token.children or ():
            _turn(child, resolve)
    html = parser.renderer.render(tokens, parser.options, {})
    return Text(
        html.replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>"),
        title,
        tuple(headings),
    )


def inline(markdown: str) -> str:
    """Turn a sentence into HTML."""
    return str(MarkdownIt("commonmark", {"html": False}).renderInline(markdown))


def anchor_of(words: str, taken: dict[str, int]) -> str:
    """The anchor of a heading, as GitHub makes it: the second of a name gets a number."""
    anchor = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
    number = taken.get(anchor, 0)
    taken[anchor] = number + 1
    return f"{anchor}-{number}" if number else anchor


def relative(target: str, page: str) -> str:
    """The way from a page to another file of the site, both from its root."""
    return posixpath.relpath(target, posixpath.dirname(page) or ".")


def _words(inline: Token) -> str:
    return "".join(child.content for child in inline.children or ())


def _turn(token: Token, resolve: Resolve) -> None:
    name = {"link_open": "href", "image": "src"}.get(token.type)
    if name is None:
        return
    address = str(token.attrGet(name))
    if address.startswith("#") or re.match(r"[a-z]+:", address):
        return
    path, _, anchor = address.partition("#")
    turned = resolve(path)
    if turned is None:
        # a folder without a page of its own: its name is enough
        token.attrs = {}
    else:
        token.attrSet(name, f"{turned}#{anchor}" if anchor else turned)
