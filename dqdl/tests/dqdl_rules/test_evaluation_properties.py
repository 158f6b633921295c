"""Whatever form a rule has: it is refused, or it gets a result."""

from __future__ import annotations

import contextlib

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deftunes_dqdl import RulesError, evaluate, failing_rows_condition, parse
from deftunes_dqdl.printing import print_document
from deftunes_dqdl.rule_types import EVALUATED
from deftunes_dqdl.syntax import (
    Check,
    Comparison,
    Composite,
    Document,
    Keyword,
    Matching,
    Name,
    Number,
    Tag,
    Text,
)

from .grammar import ARITHMETIC, DURATIONS, KEYWORDS, MOMENTS, NUMBERS, conditions
from .tables import query

ROWS = query(
    {
        "a": ("integer", [1, None]),
        "b": ("varchar", ["2026-01-01", "x"]),
        "c": ("timestamp", [None, "2026-01-01"]),
        "d": ("double", ["nan", "inf"]),
        "e": ("boolean", [True, False]),
        "f": ("integer[]", ["[1]", None]),
        "g": ("time", ["10:00:00", None]),
    }
)
PARAMETERS = {
    "ReferentialIntegrity": [Text("a,b"), Text("r.{a,b}")],
    "RowCountMatch": [Text("r")],
    "SchemaMatch": [Text("r")],
    "CustomSql": [Text("select a from primary")],
}
FILTERS = st.sampled_from(["a > 0", "b", "c is null", "f = 1", "(", "a; select 1", "1 from x", "*"])
DATES = st.builds(Text, st.sampled_from(["2026-01-01", "2025-12-31"])) | MOMENTS
WORDS = st.builds(Text, st.sampled_from(["x", "", "1", "[", "2026-01-01"])) | KEYWORDS
NULL = st.just(Keyword("NULL"))
FITTING = {
    "none": st.none(),
    "number": conditions(NUMBERS | ARITHMETIC),
    "sql": st.none() | conditions(NUMBERS),
    "values": st.one_of(
        conditions(NUMBERS | NULL),
        conditions(DATES | NULL),
        conditions(WORDS),
        st.builds(Matching, WORDS.filter(lambda word: isinstance(word, Text))),
    ),
    "type": st.builds(
        Comparison, st.sampled_from(["=", "!="]), st.sampled_from(["DATE", "LONG"]).map(Text)
    ),
    "age": conditions(DURATIONS),
}
SHARES = conditions(st.builds(Number, st.sampled_from(["0", "0.5", "1"])))


@st.composite
def checks(draw: st.DrawFn) -> Check:
    """A rule of the form that its type has, over columns of all kinds."""
    name = draw(st.sampled_from(sorted(EVALUATED)))
    form = EVALUATED[name]
    columns = st.lists(st.sampled_from("abcdefgz").map(Name), min_size=form.least, max_size=2)
    parameters = PARAMETERS.get(name) or draw(columns)[: form.most]
    where = draw(st.none() | st.builds(Text, FILTERS)) if form.where else None
    condition = draw(FITTING[form.condition])
    has_share = form.threshold and condition is not None and draw(st.booleans())
    tags = (Tag("threshold", draw(SHARES)),) if has_share and name != "CustomSql" else ()
    return Check(name, tuple(parameters), condition, where, tags)


RULES = checks() | st.builds(
    Composite, st.sampled_from(["and", "or"]), st.lists(checks(), min_size=2, max_size=2).map(tuple)
)


@pytest.mark.slow
@settings(
    max_examples=60,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.lists(RULES, min_size=1, max_size=6), st.sampled_from(["row", "dataset"]))
def test_any_rule_is_refused_or_gets_a_result(
    rules: list[Check | Composite], composites: str
) -> None:
    read = []
    for rule in rules:
        with contextlib.suppress(RulesError):
            parse(print_document(Document((rule,))))
            read.append(rule)
    if not read:
        return
    ruleset = parse(print_document(Document(tuple(read))))
    with duckdb.connect() as connection:
        connection.execute(f"create table checked as {ROWS}")
        found = evaluate(
            connection,
            "checked",
            ruleset,
            references={"r": "checked"},
            composites="row" if composites == "row" else "dataset",
        )
        assert len(found.results) == len(read)
        for each in found.results:
            assert (each.outcome == "passed") == (not each.message), each
            if each.rule.by_row and each.outcome != "error" and each.failing_rows is not None:
                condition = failing_rows_condition(connection, "checked", each.rule)
                rows = connection.execute(f"from checked where {condition}").fetchall()
                assert len(rows) == each.failing_rows, each.rule.text
