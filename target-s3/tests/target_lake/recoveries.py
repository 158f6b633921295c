"""Commands that load nothing, carried out within this process; and the lake as others find it."""

from __future__ import annotations

import contextlib
import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

from target_s3.commands import Place, take_request
from target_s3.iceberg import branches
from target_s3.publishing import audited
from target_s3.publishing.journal import Journals
from target_s3.recovery import replay_publication
from target_s3.target import COMMANDS, TargetS3

from .lakes import Lake


class Killed(BaseException):
    """What a process dies of in these tests: nothing after it is done."""


def ask(lake: Lake, *options: str, **config: Any) -> dict[str, Any]:
    """Carry out a command: faults raise, and its report is returned."""
    given = TargetS3.get_singer_command().make_context("target-s3", list(options)).params
    request = take_request(COMMANDS, given)
    assert request is not None
    load = TargetS3(config={**lake.config, **config}).load
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        request.carry_out(
            Place(load.settings, load.rules, load.storage, logging.getLogger("target-s3"))
        )
    report: dict[str, Any] = json.loads(printed.getvalue())
    return report


@contextlib.contextmanager
def at_move(number: int, happens: Callable[[], object], *, after: bool = False) -> Iterator[None]:
    """Let something happen before or after the n-th time that a `main` is moved."""
    real, calls = branches.move_main, iter(range(1, 100))

    def move(*args: Any, **kwargs: Any) -> None:
        call = next(calls)
        if call == number and not after:
            happens()
        real(*args, **kwargs)
        if call == number and after:
            happens()

    with (
        patch.object(audited, "move_main", move),
        patch.object(replay_publication, "move_main", move),
    ):
        yield


@contextlib.contextmanager
def unaware_of_journals() -> Iterator[None]:
    """Be a load that looked for journals before there were any."""
    with patch.object(Journals, "finish", return_value=0):
        yield


def die() -> None:
    """End the process, as far as one process can play it."""
    raise Killed


def waiting(lake: Lake, name: str) -> list[dict[str, Any]]:
    """The rows in a table's quarantine, in the order of their text."""
    table = lake.catalog.load_table(("default_quarantine", name))
    return sorted(table.scan().to_arrow().to_pylist(), key=repr)


def journals(lake: Lake) -> list[str]:
    """The journals that are there."""
    return sorted(path.name for path in (lake.folder / "_publish").glob("*"))
