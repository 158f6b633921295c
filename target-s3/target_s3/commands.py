"""What the command line may ask for instead of a load, such as `target-s3 --maintain`.

Each command has its options beside it; here they are put together, and told apart.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import click

from columnar_target.errors import SettingError
from columnar_target.quality.rules import TableRules
from columnar_target.storage.storage import Storage
from target_s3.settings import Settings

DRY_RUN = click.Option(["--dry-run"], is_flag=True, help="Change nothing, say what would be done.")


@dataclass(frozen=True)
class Place:
    """Where a command works.

    Attributes:
        settings: The target's settings.
        rules: By table.
        storage: The lake.
        logger: Where people are told.
    """

    settings: Settings
    rules: Mapping[str, TableRules]
    storage: Storage
    logger: logging.Logger


class Request(Protocol):
    """A command with what was given to it."""

    def carry_out(self, place: Place) -> None:
        """Do it, and print what was done.

        Raises:
            TargetError: It could not be done.
        """


class Report(Protocol):
    """What a command did, or would do."""

    def sentences(self) -> Iterable[str]:
        """For people."""

    def as_json(self) -> dict[str, Any]:
        """For programs."""


@dataclass(frozen=True)
class Command:
    """Something that the target does instead of a load.

    Attributes:
        option: Asks for it.
        others: Options that say more; two commands may share one.
        read: Makes a request of the options' values by name.
    """

    option: click.Option
    others: tuple[click.Option, ...]
    read: Callable[[Mapping[str, Any]], Request]

    @property
    def options(self) -> tuple[click.Option, ...]:
        """All its options."""
        return (self.option, *self.others)


def options_of(commands: Sequence[Command]) -> list[click.Option]:
    """The options of commands, each once."""
    return list(dict.fromkeys(option for command in commands for option in command.options))


def take_request(commands: Sequence[Command], options: dict[str, Any]) -> Request | None:
    """Take the options of commands out of those of the command line.

    Args:
        commands: Those that there are.
        options: Values by name; what belongs to a command is removed.

    Returns:
        What is asked for; None to load as ever.

    Raises:
        SettingError: Two commands are asked for, or an option that belongs to another or to none.
    """
    values = {option.name or "": options.pop(option.name, None) for option in options_of(commands)}
    asked = [command for command in commands if _is_given(values, command.option)]
    if len(asked) > 1:
        raise SettingError(
            f"{_listed(command.option for command in asked)} are commands of their own: give one "
            "at a time."
        )
    known = asked[0].options if asked else ()
    for option in options_of(commands):
        if option not in known and _is_given(values, option):
            owners = [command.option for command in commands if option in command.options]
            raise SettingError(f"Option {option.opts[0]} belongs to {_listed(owners, 'or')}.")
    return asked[0].read(values) if asked else None


def tell(report: Report, logger: logging.Logger) -> None:
    """Tell people in the log, and programs on standard output."""
    for sentence in report.sentences():
        logger.info("%s", sentence)
    sys.stdout.write(json.dumps(report.as_json()) + "\n")
    sys.stdout.flush()


def _is_given(values: Mapping[str, Any], option: click.Option) -> bool:
    return values[option.name or ""] not in (None, False, ())


def _listed(options: Iterable[click.Option], word: str = "and") -> str:
    *first, last = (option.opts[0] for option in options)
    return f"{', '.join(first)} {word} {last}" if first else last
