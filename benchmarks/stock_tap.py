"""A tap in the SDK's plain, documented style, with every default: the peer of ours.

It reads the same windows into the same records, but checks nothing of what the API's contract says.
The items are a stream over the same answers, which is less work than a child stream's sync for each
session.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, ClassVar

import requests
from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.pagination import BaseAPIPaginator


class Windows(BaseAPIPaginator[date]):
    """One page a month, or a day; an empty one is not the last."""

    def __init__(self, first: date, last: date, window: str) -> None:
        super().__init__(first)
        self._last = last
        self._window = window

    def get_next(self, response: requests.Response) -> date | None:  # noqa: ARG002 - not needed
        """The next window's first day."""
        after = window_end(self.current_value, self._window) + timedelta(days=1)
        return after if after <= self._last else None

    def continue_if_empty(self, response: requests.Response) -> bool:  # noqa: ARG002 - not needed
        """Go on."""
        return True


def window_end(day: date, window: str) -> date:
    """The last day of the window that a day begins."""
    return day if window == "day" else day.replace(day=monthrange(day.year, day.month)[1])


class ApiStream(RESTStream[date]):
    """What all three streams share."""

    records_jsonpath = "$[*]"

    @property
    def url_base(self) -> str:
        """The API's base URL."""
        return str(self.config["api_url"])

    def get_new_paginator(self) -> Windows:
        """Windows from the first day to the last."""
        first, last = (date.fromisoformat(self.config[name]) for name in ("start_date", "end_date"))
        return Windows(first, last, self.config["window"])

    def get_url_params(self, context: Any, next_page_token: date | None) -> dict[str, Any]:  # noqa: ARG002
        """The days of a page."""
        first = next_page_token or date.fromisoformat(self.config["start_date"])
        last = window_end(first, self.config["window"])
        return {"start_date": first.isoformat(), "end_date": last.isoformat()}


class Users(ApiStream):
    """Users, their location in columns."""

    name = "users"
    path = "/users"
    primary_keys: ClassVar[tuple[str, ...]] = ("user_id",)
    replication_key = "user_since"
    schema = th.PropertiesList(
        th.Property("user_id", th.StringType, required=True),
        th.Property("user_name", th.StringType),
        th.Property("user_lastname", th.StringType),
        th.Property("user_since", th.DateTimeType, required=True),
        th.Property("latitude", th.NumberType),
        th.Property("longitude", th.NumberType),
        th.Property("place_name", th.StringType),
        th.Property("country_code", th.StringType),
        th.Property("timezone", th.StringType),
    ).to_dict()

    def post_process(self, row: dict[str, Any], context: Any = None) -> dict[str, Any]:  # noqa: ARG002
        """Spread the location out."""
        latitude, longitude, place_name, country_code, zone = row.pop("user_location")
        row["user_since"] += "+00:00"
        return {
            **row,
            "latitude": float(latitude),
            "longitude": float(longitude),
            "place_name": place_name,
            "country_code": country_code,
            "timezone": zone,
        }


class Sessions(ApiStream):
    """Sessions without their items."""

    name = "sessions"
    path = "/sessions"
    primary_keys: ClassVar[tuple[str, ...]] = ("session_id",)
    replication_key = "session_start_time"
    schema = th.PropertiesList(
        th.Property("session_id", th.StringType, required=True),
        th.Property("user_id", th.StringType),
        th.Property("session_start_time", th.DateTimeType, required=True),
        th.Property("user_agent", th.StringType),
        th.Property("item_count", th.IntegerType, required=True),
    ).to_dict()

    def post_process(self, row: dict[str, Any], context: Any = None) -> dict[str, Any]:  # noqa: ARG002
        """Count the items."""
        row["item_count"] = len(row.pop("session_items"))
        row["session_start_time"] += "+00:00"
        return row


class SessionItems(ApiStream):
    """The items of the sessions."""

    name = "session_items"
    path = "/sessions"
    primary_keys: ClassVar[tuple[str, ...]] = ("session_id", "item_index")
    replication_key = "session_start_time"
    schema = th.PropertiesList(
        th.Property("session_id", th.StringType, required=True),
        th.Property("item_index", th.IntegerType, required=True),
        th.Property("user_id", th.StringType),
        th.Property("session_start_time", th.DateTimeType, required=True),
        th.Property("song_id", th.StringType),
        th.Property("song_name", th.StringType),
        th.Property("artist_id", th.StringType),
        th.Property("artist_name", th.StringType),
        th.Property("price", th.NumberType),
        th.Property("currency", th.StringType),
        th.Property("liked", th.BooleanType),
        th.Property("liked_since", th.DateTimeType),
    ).to_dict()

    def parse_response(self, response: requests.Response) -> Iterable[dict[str, Any]]:
        """One row per item, with what it needs of its session."""
        for session in super().parse_response(response):
            for index, item in enumerate(session["session_items"]):
                yield {
                    "session_id": session["session_id"],
                    "item_index": index,
                    "user_id": session["user_id"],
                    "session_start_time": session["session_start_time"],
                    **item,
                }

    def post_process(self, row: dict[str, Any], context: Any = None) -> dict[str, Any]:  # noqa: ARG002
        """Give the times their zone."""
        row["session_start_time"] += "+00:00"
        if row["liked_since"] is not None:
            row["liked_since"] += "+00:00"
        return row


class StockTap(Tap):
    """The SDK's defaults: its requests, its parser, its conformance, its writer."""

    name = "stock-tap"
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("api_url", th.StringType, required=True),
        th.Property("start_date", th.StringType, required=True),
        th.Property("end_date", th.StringType, required=True),
        th.Property("window", th.StringType, default="month"),
    ).to_dict()

    def discover_streams(self) -> list[ApiStream]:
        """The three streams."""
        return [Users(self), Sessions(self), SessionItems(self)]


if __name__ == "__main__":
    StockTap.cli()
