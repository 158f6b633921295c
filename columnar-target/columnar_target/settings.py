"""What configurations of such targets have in common, read once into typed values at the edge."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from columnar_target.errors import SettingError

LONGEST_NAME = 100
"""Characters of a stream's or run's name that become part of a file's."""

_LIMIT = re.compile(r"(\d+(?:\.\d+)?)(%?)", re.ASCII)

SchemaChanges = Literal["evolve", "freeze", "discard"]
CommitAt = Literal["end_of_input", "last_state"]


@dataclass(frozen=True)
class Limit:
    """How many of some rows are few enough.

    Attributes:
        text: As written by the user.
        number: The number, or the share in hundredths.
        is_share: Which of them it is.
    """

    text: str
    number: Decimal
    is_share: bool

    def allows(self, rows: int, *, of: int) -> bool:
        """Whether so many rows are few enough.

        Args:
            rows: How many there are.
            of: Of how many.
        """
        return rows <= (self.number * of / 100 if self.is_share else self.number)


NO_LIMIT = Limit("100%", Decimal(100), is_share=True)


@dataclass(frozen=True)
class StreamSettings:
    """How one stream is kept.

    Attributes:
        table: Table name.
        keys: Key columns; None stands for the stream's own.
        replace_by: Columns naming a group of rows that is replaced together.
        types: Type by column, as written by the user.
        source_from: Value of the column `source_from`.
        schema_changes: What becomes of a column that is new or wider than the table's.
        hard_delete: Whether rows that are gone at the source are removed, or marked.
    """

    table: str
    keys: tuple[str, ...] | None = None
    replace_by: tuple[str, ...] = ()
    types: dict[str, str] = field(default_factory=dict)
    source_from: str = ""
    schema_changes: SchemaChanges = "evolve"
    hard_delete: bool = False


@dataclass(frozen=True)
class StreamDefaults:
    """What holds for a stream that does not say otherwise.

    Attributes:
        schema_changes: See `StreamSettings`.
        hard_delete: See `StreamSettings`.
    """

    schema_changes: SchemaChanges
    hard_delete: bool

    def of(self, name: str, options: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of `StreamSettings` for one stream.

        Args:
            name: The stream's name as the tap gives it.
            options: Its settings as written by the user.
        """
        keys, own_hard_delete = options.get("keys"), options.get("hard_delete")
        table = safe_name(name).replace("-", "_").replace(".", "_").lower()
        return {
            "table": options.get("table") or table,
            "keys": None if keys is None else tuple(keys),
            "replace_by": tuple(options.get("replace_by") or ()),
            "types": dict(options.get("types") or {}),
            "source_from": options.get("source_from") or name,
            "schema_changes": options.get("schema_changes") or self.schema_changes,
            "hard_delete": self.hard_delete if own_hard_delete is None else own_hard_delete,
        }


def run_id_of(config: Mapping[str, Any], environment: Mapping[str, str], new: str) -> str:
    """The run's name: the setting `run_id`, Meltano's own, or a new one; fit for a file."""
    return safe_name(str(config.get("run_id") or environment.get("MELTANO_RUN_ID") or new))


def s3_endpoint_of(config: Mapping[str, Any], environment: Mapping[str, str]) -> str | None:
    """Another S3 than AWS's: the setting `s3_endpoint_url`, or AWS's own variables."""
    return (
        config.get("s3_endpoint_url")
        or environment.get("AWS_ENDPOINT_URL_S3")
        or environment.get("AWS_ENDPOINT_URL")
    )


def s3_region_of(config: Mapping[str, Any], environment: Mapping[str, str]) -> str | None:
    """The bucket's region: the setting `s3_region`, or AWS's own variables."""
    return (
        config.get("s3_region")
        or environment.get("AWS_REGION")
        or environment.get("AWS_DEFAULT_REGION")
    )


def safe_name(name: str) -> str:
    """A name fit for a file: letters, digits, `.`, `_` and `-`; anything else becomes `_`.

    A longer one is cut; one of dots alone, which would name a folder above, becomes `_`.
    """
    safe = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "_"
        for letter in name[:LONGEST_NAME]
    )
    return safe if safe.strip(".") else "_" * max(len(safe), 1)


def limit_of(text: str) -> Limit:
    """The setting `quarantine_limit`.

    Raises:
        SettingError: It is neither a share nor a number.
    """
    match = _LIMIT.fullmatch(text.strip())
    if not match:
        raise SettingError(
            f"Setting quarantine_limit is {text!r}: write a share such as 5%, or a number of rows."
        )
    return Limit(text.strip(), Decimal(match[1]), is_share=match[2] == "%")
