"""The conformance cases: what Redshift takes and refuses, each with the page that says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "cases"
DOCS = "https://docs.aws.amazon.com/redshift/latest/dg/"


@dataclass(frozen=True)
class Case:
    """A statement, and what becomes of it.

    Attributes:
        name: What it shows.
        page: The page of the AWS documentation, without its address and `.html`.
        run: The statement; `{schema}` is the case's own schema.
        setup: Statements before it, which must be taken.
        rows: Its rows; None: it gives none, or they are not looked at.
        refused: A part of the message that it is refused with; None: it is taken.
        sqlstate: The refusal's SQLSTATE, if the documentation or PostgreSQL's heritage fixes it.
        verbatim: Whether the message is Redshift's own, so that a cluster must say it, too.
        stand_in_only: Whether a cluster may answer otherwise.
    """

    name: str
    page: str
    run: str
    setup: list[str] = field(default_factory=list)
    rows: list[list[Any]] | None = None
    refused: str | None = None
    sqlstate: str | None = None
    verbatim: bool = False
    stand_in_only: bool = False


def cases() -> Iterator[tuple[str, Case]]:
    """Give every case with the name of its file."""
    for file in sorted(FOLDER.glob("*.yml")):
        for item in yaml.safe_load(file.read_text("utf-8")):
            yield file.stem, Case(**item)
