"""Trees of any form that the language has, for hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from deftunes_dqdl.syntax import (
    Analyzer,
    Arithmetic,
    Between,
    Call,
    Check,
    Comparison,
    Composite,
    Condition,
    Constant,
    Document,
    Duration,
    Keyword,
    Matching,
    Membership,
    Name,
    Now,
    Number,
    Operand,
    Size,
    Tag,
    Text,
    Variable,
)

RAW = st.lists(
    st.sampled_from([*"ab \n#[]'$é,=", r"\"", "\\\\", r"\d", "and", "where"]), max_size=6
).map("".join)
NAMES = st.sampled_from(["a", "colA", "col_B.x", "x9", "Rule"])
TEXTS = st.builds(Text, RAW)
KEYWORDS = st.builds(Keyword, st.sampled_from(["NULL", "EMPTY", "WHITESPACES_ONLY"]))
NUMBERS = st.builds(Number, st.sampled_from(["0", "18", "-3", "0.95", "-12.50", "9" * 30]))
DURATIONS = st.builds(Duration, st.integers(0, 9999), st.sampled_from(["days", "hours", "minutes"]))
SIZES = st.builds(Size, st.integers(0, 9999), st.sampled_from(["B", "KB", "MB", "GB", "TB"]))
MOMENTS = st.one_of(st.just(Now()), st.builds(Now, st.sampled_from(["-", "+"]), DURATIONS))
ARITHMETIC = st.recursive(
    st.one_of(NUMBERS, KEYWORDS),
    lambda inner: st.one_of(
        st.builds(
            Arithmetic,
            inner,
            st.lists(st.tuples(st.sampled_from("+-*/"), inner), min_size=1, max_size=2).map(tuple),
        ),
        st.builds(Call, NAMES.filter(str.isalpha), st.lists(inner, max_size=2).map(tuple)),
    ),
    max_leaves=4,
)
OPERANDS = st.one_of(
    NUMBERS, TEXTS, KEYWORDS, DURATIONS, SIZES, MOMENTS, ARITHMETIC, st.builds(Variable, NAMES)
)


def conditions(operands: st.SearchStrategy[Operand]) -> st.SearchStrategy[Condition]:
    """Conditions on values of a kind."""
    return st.one_of(
        st.builds(Comparison, st.sampled_from(["=", "!=", ">", ">=", "<", "<="]), operands),
        st.builds(Between, operands, operands, st.booleans()),
        st.builds(Membership, st.lists(operands, min_size=1, max_size=3).map(tuple), st.booleans()),
    )


CONDITIONS = st.one_of(
    conditions(OPERANDS),
    st.builds(Membership, st.builds(Variable, NAMES), st.booleans()),
    st.builds(Matching, TEXTS, st.booleans()),
)
PARAMETERS = st.lists(
    st.one_of(TEXTS, st.builds(Name, NAMES), st.builds(Variable, NAMES)), max_size=3
).map(tuple)
LABELS = st.dictionaries(st.sampled_from(["a", "b c", "é"]), RAW, max_size=2).map(
    lambda labels: tuple(labels.items())
)
TAGS = st.lists(
    st.builds(Tag, st.sampled_from(["threshold", "format"]), CONDITIONS),
    max_size=2,
    unique_by=lambda tag: tag.name,
).map(tuple)
TYPES = st.sampled_from(["IsComplete", "ColumnValues", "RowCount", "Entropy", "Made_Up.Type"])


def checks(labels: st.SearchStrategy[tuple[tuple[str, str], ...]]) -> st.SearchStrategy[Check]:
    return st.builds(
        Check,
        TYPES,
        PARAMETERS,
        st.none() | CONDITIONS,
        st.none() | TEXTS,
        TAGS,
        labels,
    )


def composites(inner: st.SearchStrategy[Check | Composite]) -> st.SearchStrategy[Composite]:
    operands = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.builds(Composite, st.sampled_from(["and", "or"]), operands)


NESTED = st.recursive(checks(st.just(())), composites, max_leaves=4)
RULES = st.one_of(
    checks(LABELS),
    st.builds(
        Composite,
        st.sampled_from(["and", "or"]),
        st.lists(NESTED, min_size=2, max_size=3).map(tuple),
        LABELS,
    ),
)
DICTIONARIES = st.lists(
    st.tuples(RAW, st.one_of(RAW, st.lists(RAW, max_size=2).map(tuple))), min_size=1, max_size=2
).map(tuple)
VALUES = TEXTS | KEYWORDS
CONSTANTS = st.lists(
    st.builds(Constant, NAMES, st.one_of(VALUES, st.lists(VALUES, max_size=2).map(tuple))),
    max_size=2,
    unique_by=lambda constant: constant.name,
).map(tuple)
DOCUMENTS = st.builds(
    Document,
    st.lists(RULES, min_size=1, max_size=3).map(tuple),
    st.none() | st.lists(st.builds(Analyzer, TYPES, PARAMETERS), max_size=2).map(tuple),
    st.none() | LABELS.filter(bool),
    CONSTANTS,
    st.none() | DICTIONARIES,
    st.none() | DICTIONARIES,
)
