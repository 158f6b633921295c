"""Every `*` that a policy has, and the README's table of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from tests.terraform.account import NAME

Wildcard = tuple[str, str]
"""Module and statement, such as `runtime.WriteLogs`; and what in it is open."""

_OF_A_BUCKET = re.compile(rf"arn:aws:s3:::{NAME}-(lake|artifacts|access-logs)-123456789012(?=/)")
_JOB = re.compile(r"(?<=task-definition/<name>-)[a-z-]+(?=:)")
_ROW = re.compile(r"^\| (`[^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
_WORD = re.compile(r"`([^`]+)`")


def of_policies(documents: Iterable[tuple[str, str]]) -> set[Wildcard]:
    """Find what is open in actions, resources and principals.

    Conditions are left out: a `*` there makes a statement no wider than it is without them.

    Args:
        documents: Module and policy, as JSON.
    """
    return {
        (f"{module}.{statement['Sid']}", _short(word))
        for module, document in documents
        for statement in json.loads(document)["Statement"]
        for word in _words(statement)
        if "*" in word
    }


def of_readme(text: str) -> set[Wildcard]:
    """Read the table: statements and what is open in each of them.

    Args:
        text: The README.
    """
    table = text.partition("\nWildcards, all of them")[2].partition("\n\ncheckov")[0]
    return {
        (statement, word)
        for statements, words, _ in _ROW.findall(table)
        for statement in _WORD.findall(statements)
        for word in _WORD.findall(words)
    }


def _words(statement: dict[str, Any]) -> Iterator[str]:
    for part in ("Action", "Resource"):
        told = statement.get(part, [])
        yield from [told] if isinstance(told, str) else told
    if statement.get("Principal") in ("*", {"AWS": "*"}):
        yield "principal *"


def _short(word: str) -> str:
    """`arn:aws:logs:us-east-1:123456789012:log-group:x:*` is `logs:log-group:x:*`."""
    short = _OF_A_BUCKET.sub(r"\1", word)
    short = short.replace("123456789012:", "").replace("us-east-1", "<region>")
    short = short.replace("arn:aws:", "").replace("<region>:", "").replace(":::", ":")
    return _JOB.sub("<job>", short.replace(NAME, "<name>"))
