"""Whatever stands in a rule file: it is read as it was written, or refused in a sentence."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deftunes_dqdl import RulesError, parse
from deftunes_dqdl.printing import print_document
from deftunes_dqdl.read_document import read_document
from deftunes_dqdl.syntax import Document

from .grammar import DOCUMENTS

EXAMPLES = settings(
    max_examples=100,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
WORDS = [
    *("Rules", "=", "[", "]", "(", ")", ",", '"a"', "IsComplete", "ColumnValues", "RowCount"),
    *("and", "OR", "not", "in", "between", "matches", "with", "threshold", "where", "labels"),
    *("now", "()", "-", "3", "0.5", "days", "NULL", "empty", "$x", "x", "#", "\n", '"', "!", ">"),
    *("Analyzers", "DefaultLabels", "Metadata", "{", "}", ":", "last", "\\", "\x00", "é", "'"),
]


@pytest.mark.slow
@EXAMPLES
@given(DOCUMENTS)
def test_what_is_printed_is_read_as_the_same(document: Document) -> None:
    assert read_document(print_document(document)) == document


@EXAMPLES
@given(st.text())
def test_any_text_is_refused_in_a_sentence(text: str) -> None:
    with contextlib.suppress(RulesError):
        parse(text)
    with contextlib.suppress(RulesError):
        parse(f"Rules = [{text}]")


@EXAMPLES
@given(st.lists(st.sampled_from(WORDS), max_size=25))
def test_any_words_of_the_language_are_read_or_refused_in_a_sentence(words: list[str]) -> None:
    source = f"Rules = [{' '.join(words)}]"
    with contextlib.suppress(RulesError):
        ruleset = parse(source)
        assert parse(str(ruleset)).document == ruleset.document


@pytest.mark.slow
@EXAMPLES
@given(DOCUMENTS, st.data())
def test_a_file_that_lacks_a_character_is_read_or_refused_in_a_sentence(
    document: Document, data: st.DataObject
) -> None:
    source = print_document(document)
    place = data.draw(st.integers(0, len(source)))
    with contextlib.suppress(RulesError):
        parse(source[:place] + source[place + 1 :])
