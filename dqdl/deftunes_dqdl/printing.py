"""A tree written out as DQDL: reading it again gives the same tree."""

from __future__ import annotations

from collections.abc import Iterable

from deftunes_dqdl.syntax import (
    Analyzer,
    Arithmetic,
    Between,
    Call,
    Check,
    Comparison,
    Composite,
    Condition,
    Dictionary,
    Document,
    Duration,
    Keyword,
    Labels,
    Matching,
    Membership,
    Name,
    Now,
    Number,
    Operand,
    Parameter,
    Size,
    Text,
    Variable,
)


def print_document(document: Document) -> str:
    """Write a rule file, a rule to a line; comments are lost."""
    parts: list[str] = []
    if document.metadata is not None:
        parts.append(f"Metadata = {_dictionary(document.metadata)}")
    if document.sources is not None:
        parts.append(f"DataSources = {_dictionary(document.sources)}")
    for constant in document.constants:
        value = constant.value
        text = _list(map(_operand, value)) if isinstance(value, tuple) else _operand(value)
        parts.append(f"{constant.name} = {text}")
    if document.default_labels is not None:
        parts.append(f"DefaultLabels = {_labels(document.default_labels)}")
    if document.rules is not None:
        parts.append(_block("Rules", map(print_rule, document.rules)))
    if document.analyzers is not None:
        parts.append(_block("Analyzers", map(_analyzer, document.analyzers)))
    return "\n".join(parts) + "\n"


def print_rule(rule: Check | Composite) -> str:
    """Write a rule with its labels."""
    labels = f" labels={_labels(rule.labels)}" if rule.labels else ""
    if isinstance(rule, Composite) and labels:
        return f"({print_unlabelled(rule)}){labels}"
    return print_unlabelled(rule) + labels


def print_unlabelled(rule: Check | Composite) -> str:
    """Write a rule without its labels: what people know it by."""
    if isinstance(rule, Composite):
        return f" {rule.operator} ".join(f"({print_unlabelled(each)})" for each in rule.operands)
    words = [rule.type, *map(_parameter, rule.parameters)]
    if rule.condition is not None:
        words.append(print_condition(rule.condition))
    if rule.where is not None:
        words.append(f'where "{rule.where.raw}"')
    words.extend(f"with {tag.name} {print_condition(tag.condition)}" for tag in rule.tags)
    return " ".join(words)


def print_condition(condition: Condition) -> str:
    """Write a condition."""
    match condition:
        case Comparison(operator, operand):
            return f"{operator} {_operand(operand)}"
        case Between(low, high, negated):
            return f"{_not(negated)}between {_operand(low)} and {_operand(high)}"
        case Membership(Variable() as variable, negated):
            return f"{_not(negated)}in {_operand(variable)}"
        case Membership(tuple() as operands, negated):
            return f"{_not(negated)}in {_list(map(_operand, operands))}"
        case Matching(pattern, negated):
            return f"{_not(negated)}matches {_operand(pattern)}"
        case _:
            raise AssertionError(condition)


def _not(negated: bool) -> str:
    return "not " if negated else ""


def _operand(operand: Operand) -> str:
    match operand:
        case Text(raw):
            written = f'"{raw}"'
        case Variable(name):
            written = f"${name}"
        case Number(text) | Keyword(text):
            written = text
        case Duration(amount, unit) | Size(amount, unit):
            written = f"{amount} {unit}"
        case Now(sign, offset):
            written = f"(now() {sign} {_operand(offset)})" if offset else "now()"
        case Call(name, arguments):
            written = f"{name}({', '.join(map(_operand, arguments))})"
        case Arithmetic(first, rest):
            written = _term(first) + "".join(f" {sign} {_term(each)}" for sign, each in rest)
    return written


def _term(operand: Operand) -> str:
    written = _operand(operand)
    return f"({written})" if isinstance(operand, Arithmetic) else written


def _parameter(parameter: Parameter) -> str:
    if isinstance(parameter, Name):
        return parameter.value
    return _operand(parameter)


def _analyzer(analyzer: Analyzer) -> str:
    return " ".join([analyzer.type, *map(_parameter, analyzer.parameters)])


def _labels(labels: Labels) -> str:
    return _list(f'"{key}"="{value}"' for key, value in labels)


def _list(items: Iterable[str]) -> str:
    return f"[{', '.join(items)}]"


def _block(name: str, items: Iterable[str]) -> str:
    return f"{name} = [\n    " + ",\n    ".join(items) + "\n]"


def _dictionary(dictionary: Dictionary) -> str:
    pairs = (
        f'"{key}": '
        + (f'"{value}"' if isinstance(value, str) else _list(f'"{each}"' for each in value))
        for key, value in dictionary
    )
    return f"{{{', '.join(pairs)}}}"
