"""The README lists what the stand-in takes and refuses, neither more nor less."""

from __future__ import annotations

import re

from deftunes_redshift.dialect.functions import FUNCTIONS

from .cases import cases
from .readme import README, with_tables


def test_the_tables_are_those_of_the_lists_and_the_cases() -> None:
    text = README.read_text("utf-8")
    assert with_tables(text) == text, f"run {README.parent}/tests/conformance/readme.py"


def test_every_case_has_a_name_of_its_own_and_a_page() -> None:
    every = [case for _, case in cases()]
    assert len({case.name for case in every}) == len(every)
    assert [case.name for case in every if not re.fullmatch(r"[A-Za-z0-9_-]+", case.page)] == []


def test_no_function_is_taken_that_its_case_says_is_refused() -> None:
    refused = {
        match["name"]
        for _, case in cases()
        if case.refused and (match := re.match(r"function (?P<name>\w+)$", case.refused))
    }
    assert refused.isdisjoint(FUNCTIONS)
    assert len(refused) > 10
