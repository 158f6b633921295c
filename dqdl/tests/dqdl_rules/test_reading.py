"""What is no DQDL is told with its place; what is, is understood."""

from __future__ import annotations

import pytest

from deftunes_dqdl import Position, RulesError, parse


@pytest.mark.parametrize(
    ("source", "place", "words"),
    [
        ("", "1:1", "expected `Rules = [...]`, found the end of the text"),
        ("Rules = [ ]", "1:12", "there is no rule"),
        ("Rules = [ ] Analyzers = [ ]", "1:13", "neither a rule nor an analyzer"),
        ('Rules = [\n  IsComplete "a"', "2:17", "expected `]`, found the end"),
        ('Rules = [\n  IsComplete "a\n]', "2:14", "has no end"),
        ("Rules = [ IsComplete 'a' ]", "1:22", '"\'" does not belong to the language'),
        ('Rules = [ IsComplete "a", ]', "1:27", "expected a rule, found `]`"),
        ('Rules = [ IsComplete "a" ] more', "1:28", "expected nothing more, found `more`"),
        ('Rules = { IsComplete "a" }', "1:9", "expected `[`"),
        ('rules = [ IsComplete "a" ]', "1:11", "expected a text in quotes"),
        ('Rules = [ not IsComplete "a" ]', "1:11", "expected a rule, found `not`"),
        ('Rules = [ 11ColumnValues "a" > 1 ]', "1:11", "expected a rule"),
        ('Rules = [ Completeness "a" ]', "1:11", "needs a condition"),
        ('Rules = [ IsComplete "a" > 0.05 ]', "1:11", "takes no condition"),
        ('Rules = [ IsComplete "a" "b" ]', "1:11", "takes 1 parameters, not 2"),
        ('Rules = [ RowCount "id" > 100 ]', "1:11", "takes 0 parameters, not 1"),
        ("Rules = [ IsUnique ]", "1:11", "takes 1 or more parameters, not 0"),
        ('Rules = [ ColumnValues "a" matches ]', "1:36", "expected a regular expression"),
        ('Rules = [ ColumnValues "a" > now() + 1 hours ]', "1:36", "expected `]`, found `+`"),
        ('Rules = [ ColumnValues "a" = (now() - 3 weeks) ]', "1:41", "expected `days` or `hours`"),
        ('Rules = [ ColumnValues "a" in [] ]', "1:34", "a value in the list that begins at 1:31"),
        ('Rules = [ ColumnValues "a" in [1,"2"] ]', "1:11", "values of one kind"),
        ('Rules = [ ColumnValues "a" in [now(), "x"] ]', "1:11", "values of one kind"),
        ('Rules = [ ColumnValues "a" > "z" ]', "1:11", "only numbers and dates in an order"),
        ('Rules = [ ColumnValues "a" >= NULL ]', "1:11", "only numbers and dates in an order"),
        ('Rules = [ Completeness "a" > 0.4 with threshold > 0.4 ]', "1:11", "no `with threshold`"),
        (
            'Rules = [ ColumnValues "a" > 1 with threshold > 0 with threshold > 1 ]',
            "1:56",
            "stands here a second time",
        ),
        ('Rules = [ ColumnValues "a" > 1 with threshold > 0 where "b" ]', "1:51", "expected `]`"),
        ('Rules = [ CustomSql "select 1" > 0 with threshold > 1 ]', "1:11", "not both"),
        ('Rules = [ DataFreshness "a" <= 3 ]', "1:11", "compares with an age"),
        ('Rules = [ ColumnDataType "a" in ["DATE"] ]', "1:11", "compares with a type"),
        ('Rules = [ ColumnCount > 1 where "a > 1" ]', "1:11", "takes no `where`"),
        ('Rules = [ IsComplete "a" where " " ]', "1:11", "has an empty `where`"),
        ("Rules = [ RowCount > $least ]", "1:22", "there is no constant least"),
        ('x = ["a"] Rules = [ CustomSql $x > 1 ]', "1:31", "holds a list; one value is needed"),
        ('x = "a" Rules = [ ColumnValues "a" in $x ]', "1:39", "holds no list"),
        ('x = "a" x = "b" Rules = [ RowCount > 1 ]', "1:9", "is there already"),
        ('Rules = [ IsComplete "a" labels=[] ]', "1:32", "this list has no label"),
        ('Rules = [ IsComplete "a" labels=["k"] ]', "1:37", "expected `=`"),
        ('Rules = [ IsComplete "a" labels=["k"="v", "k"="w"] ]', "1:32", "the same key"),
        (
            'Rules = [ (IsComplete "a") and (IsComplete "b") labels=["k"="v"] ]',
            "1:33",
            "one more pair of parentheses",
        ),
        (
            'Rules = [ IsComplete "a" labels=["policy"="stop"] ]',
            "1:11",
            "the label policy is 'stop'",
        ),
        (
            'Rules = [ IsUnique "a" labels=["policy"="quarantine"] ]',
            "1:11",
            "no single row breaks this rule",
        ),
        (f"Rules = [ {'(' * 60}RowCount > 1{')' * 60} ]", "1:62", "more than 50 parentheses"),
    ],
)
def test_a_fault_is_told_with_its_line_and_column(source: str, place: str, words: str) -> None:
    with pytest.raises(RulesError) as told:
        parse(source)
    assert str(told.value).startswith(f"{place}: ")
    assert words in str(told.value)


def test_labels_of_a_rule_go_before_default_ones_and_name_its_policy() -> None:
    ruleset = parse("""
        DefaultLabels = ["team"="sales", "policy"="warn"]
        Rules = [
            IsComplete "a",
            IsComplete "b" labels=["policy"="quarantine", "x"=""],
            ((IsComplete "a") and (IsComplete "b")) labels=["policy"="block"]
        ]
    """)
    assert [(rule.policy, dict(rule.labels)) for rule in ruleset.rules] == [
        ("warn", {"team": "sales", "policy": "warn"}),
        ("quarantine", {"team": "sales", "policy": "quarantine", "x": ""}),
        ("block", {"team": "sales", "policy": "block"}),
    ]


def test_more_labels_than_aws_takes_are_refused_with_the_default_ones_counted() -> None:
    labels = ", ".join(f'"{number}"=""' for number in range(6))
    own = ", ".join(f'"{number}"=""' for number in range(1, 11))
    with pytest.raises(RulesError, match=r"10 labels at most"):
        parse(f'DefaultLabels=[{labels}] Rules=[IsComplete "a" labels=[{own}]]')


def test_a_rule_without_a_label_blocks() -> None:
    (rule,) = parse('Rules = [IsComplete "a"]').rules
    assert (rule.policy, dict(rule.labels)) == ("block", {})


def test_a_rule_knows_its_place_and_its_text_without_labels() -> None:
    (first, second) = parse(
        'Rules = [ # first\n  IsComplete a labels=["x"="y"],\n\n  (RowCount>1)OR(IsUnique "b")]'
    ).rules
    assert (first.position, first.text) == (Position(2, 3), "IsComplete a")
    assert (second.position, second.text) == (Position(4, 3), '(RowCount > 1) or (IsUnique "b")')


@pytest.mark.parametrize(
    ("rule", "by_row"),
    [
        ('IsComplete "a"', True),
        ('ColumnValues "a" > 1 where "b" with threshold > 0.5', True),
        ('ColumnLength "a" = 1', True),
        ('ColumnDataType "a" = "DATE"', True),
        ('DataFreshness "a" < 1 days', True),
        ('(IsComplete "a") or ((ColumnLength "a" = 1) and (IsComplete "b"))', True),
        ('(IsComplete "a") or (IsUnique "a")', False),
        ('(IsComplete "a") or (ColumnValues "a" > 1 with threshold > 0.5)', False),
        ('IsUnique "a"', False),
        ('Completeness "a" > 0.5', False),
        ('CustomSql "select a from primary"', False),
        ('Entropy "a" > 1', False),
    ],
)
def test_a_rule_tells_whether_one_row_alone_can_break_it(rule: str, *, by_row: bool) -> None:
    assert parse(f"Rules = [{rule}]").rules[0].by_row is by_row


def test_and_binds_closer_than_or() -> None:
    ruleset = parse('Rules = [RowCount > 1 or IsComplete "a" AND IsUnique "b"]')
    assert ruleset.rules[0].text == '(RowCount > 1) or ((IsComplete "a") and (IsUnique "b"))'
