"""The settings: declared once, here, and read once, into a typed value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timezone
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from singer_sdk import typing as th
from singer_sdk.helpers._compat import datetime_fromisoformat

from tap_deftunes_api.batches.settings import BATCH_CONFIG, settled
from tap_deftunes_api.broken import ON_INVALID_RECORD, OnInvalidRecord
from tap_deftunes_api.errors import SettingsError
from tap_deftunes_api.windows import WINDOW_SIZES, WindowSize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk.helpers._batch import BatchConfig

PACKAGE = "deftunes-tap-deftunes-api"

CONFIG_SCHEMA = th.PropertiesList(
    th.Property(
        "api_url",
        th.StringType,
        required=True,
        description="Base URL of the purchase API, http:// or https://; /users and /sessions are "
        "asked below it",
    ),
    th.Property(
        "auth_token",
        th.StringType,
        secret=True,
        description="Sent as `Authorization: Bearer …`, if given",
    ),
    th.Property(
        "start_date",
        th.StringType,
        default="2020-01-01",
        description="First day to read (UTC, included); the default is where the history begins",
    ),
    th.Property(
        "end_date",
        th.StringType,
        description="Last day to read (UTC, included); today if not given",
    ),
    th.Property(
        "window",
        th.StringType,
        default="month",
        allowed_values=list(WINDOW_SIZES),
        description="How many days one request asks for: a day, an ISO week, a calendar month",
    ),
    th.Property(
        "lookback_days",
        th.IntegerType(minimum=0),
        default=1,
        description="So many days before the bookmark's day are read again, for rows that come "
        "late",
    ),
    th.Property(
        "max_connections",
        th.IntegerType(minimum=1, maximum=64),
        default=8,
        description="Connections kept open, and windows fetched ahead of the one being written",
    ),
    th.Property(
        "page_size",
        th.IntegerType(minimum=2),
        description="Ask for pages by `limit` and `offset`; not given, a window is one request",
    ),
    th.Property(
        "request_timeout",
        th.IntegerType(minimum=1),
        default=60,
        description="Seconds to wait for a connection, and for each part of an answer",
    ),
    th.Property(
        "max_retries",
        th.IntegerType(minimum=0),
        default=5,
        description="How often a request is repeated after 429, 5xx or a broken connection",
    ),
    th.Property(
        "on_invalid_record",
        th.StringType,
        default="fail",
        allowed_values=list(ON_INVALID_RECORD),
        description="What becomes of a record that breaks the API's contract: it ends the run "
        "(`fail`), or is left out, named and counted (`skip`)",
    ),
    th.Property(
        "user_agent",
        th.StringType,
        default=f"tap-deftunes-api/{version(PACKAGE)}",
        description="Sent as `User-Agent`",
    ),
    BATCH_CONFIG,
    additional_properties=False,
).to_dict()

_DEFAULTS = {
    name: declared["default"]
    for name, declared in CONFIG_SCHEMA["properties"].items()
    if "default" in declared
}


@dataclass(frozen=True)
class Settings:
    """What the tap is told, typed. `CONFIG_SCHEMA` describes each setting."""

    api_url: str
    auth_token: str | None
    start_date: date
    end_date: date | None
    window: WindowSize
    lookback_days: int
    max_connections: int
    page_size: int | None
    request_timeout: int
    max_retries: int
    on_invalid_record: OnInvalidRecord
    user_agent: str
    batch_config: BatchConfig | None

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Settings:
        """Read a configuration that fits `CONFIG_SCHEMA`; null means the default.

        Raises:
            SettingsError: A value, or a combination, that a JSON Schema cannot refuse.
        """
        given = {name: value for name, value in config.items() if value is not None}
        config = {**_DEFAULTS, **given}
        start_date = _day("start_date", config["start_date"])
        end_date = _day("end_date", config["end_date"]) if config.get("end_date") else None
        if end_date is not None and start_date > end_date:
            raise SettingsError(
                f"start_date {start_date} is after end_date {end_date}: nothing could be read. "
                "Both are included days; set start_date to end_date or earlier."
            )
        return cls(
            api_url=_base_url(config["api_url"]),
            auth_token=_header("auth_token", config.get("auth_token") or "") or None,
            start_date=start_date,
            end_date=end_date,
            window=config["window"],
            lookback_days=config["lookback_days"],
            max_connections=config["max_connections"],
            page_size=config.get("page_size"),
            request_timeout=config["request_timeout"],
            max_retries=config["max_retries"],
            on_invalid_record=config["on_invalid_record"],
            user_agent=_header("user_agent", config["user_agent"]),
            batch_config=settled(config.get("batch_config")),
        )


def _day(name: str, value: str) -> date:
    """Read a day, or the UTC day of a timestamp (schedulers pass those)."""
    try:
        moment = datetime_fromisoformat(value)
    except ValueError:
        raise SettingsError(f"{name} {value!r} is not a date: write it as YYYY-MM-DD.") from None
    return (moment if moment.tzinfo is None else moment.astimezone(timezone.utc)).date()


def _header(name: str, value: str) -> str:
    """Check what is sent in a header: the transport would tell all of what it cannot send."""
    if value.isascii() and value.isprintable() and value == value.strip():
        return value
    raise SettingsError(
        f"{name} cannot be sent in a header, for a character in it: see that it is ASCII, and no "
        "blank or line break came along at its ends."
    )


def _base_url(value: str) -> str:
    # The value stays out of the sentence: a URL may carry a password.
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment:
        raise SettingsError(
            "api_url is not a base URL: write it as http://host[:port][/path] or https://…, "
            "without ? and #."
        )
    return value.rstrip("/")
