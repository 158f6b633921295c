"""A whole rule file: constants and default labels, then rules and analyzers."""

from __future__ import annotations

from deftunes_dqdl.cursor import Cursor
from deftunes_dqdl.errors import RulesError
from deftunes_dqdl.read_condition import read_value
from deftunes_dqdl.read_rule import read_analyzer, read_labels, read_rule
from deftunes_dqdl.syntax import Constant, Dictionary, Document, Labels


def read_document(source: str) -> Document:
    """Read a rule file, as far as its form goes.

    Raises:
        RulesError: It is not of the language's form.
    """
    cursor = Cursor(source)
    metadata = _read_section(cursor, "Metadata")
    sources = _read_section(cursor, "DataSources")
    constants, default_labels = _read_constants(cursor)
    rules = analyzers = None
    if cursor.accept("Rules"):
        cursor.expect("=")
        rules = cursor.listed(lambda: read_rule(cursor))
    if cursor.sees("Analyzers") or rules is None:
        begin = cursor.next
        if not cursor.accept("Analyzers"):
            cursor.refuse("`Rules = [...]`")
        cursor.expect("=")
        analyzers = cursor.listed(lambda: read_analyzer(cursor))
        if not rules and not analyzers:
            raise RulesError(begin.position, "there is neither a rule nor an analyzer.")
    cursor.expect_kind("end", "nothing more")
    if not rules and not analyzers:
        raise RulesError(cursor.next.position, "there is no rule.")
    return Document(rules, analyzers, default_labels, constants, metadata, sources)


def _read_section(cursor: Cursor, name: str) -> Dictionary | None:
    if not (cursor.sees(name) and cursor.ahead(2).text == "{"):
        return None
    cursor.take()
    cursor.expect("=")
    cursor.expect("{")
    pairs = [_read_pair(cursor)]
    while cursor.accept(","):
        pairs.append(_read_pair(cursor))
    cursor.expect("}")
    return tuple(pairs)


def _read_pair(cursor: Cursor) -> tuple[str, str | tuple[str, ...]]:
    key = cursor.expect_kind("text", "a key in quotes").text
    cursor.expect(":")
    if cursor.sees("["):
        return key, cursor.listed(lambda: cursor.expect_kind("text", "a text in quotes").text)
    return key, cursor.expect_kind("text", "a text in quotes, or a list of them").text


def _read_constants(cursor: Cursor) -> tuple[tuple[Constant, ...], Labels | None]:
    constants: list[Constant] = []
    labels = None
    while cursor.next.kind == "name" and not cursor.sees("Rules", "Analyzers"):
        token = cursor.take()
        if token.text == "DefaultLabels":
            if labels is not None:
                raise RulesError(token.position, "there are default labels already.")
            labels = read_labels(cursor)
            continue
        if token.text[0] in "._":
            raise RulesError(token.position, "a constant's name begins with a letter or a digit.")
        if any(constant.name == token.text for constant in constants):
            raise RulesError(token.position, f"the constant {token.text} is there already.")
        cursor.expect("=")
        if cursor.sees("["):
            constants.append(Constant(token.text, cursor.listed(lambda: read_value(cursor))))
        else:
            constants.append(Constant(token.text, read_value(cursor)))
    return tuple(constants), labels
