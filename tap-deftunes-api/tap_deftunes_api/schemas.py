"""The schemas of the streams.

Keys and bookmarks are always there. Other columns may be null: whether a null is acceptable is
for the quality rules behind the load to say, and they can only judge what arrives.
"""

from __future__ import annotations

from singer_sdk import typing as th

USERS = th.PropertiesList(
    th.Property("user_id", th.StringType, required=True, description="Key of the user (a UUID)"),
    th.Property("user_name", th.StringType, description="First name"),
    th.Property("user_lastname", th.StringType, description="Last name"),
    th.Property(
        "user_since", th.DateTimeType, required=True, description="When the user joined, UTC"
    ),
    th.Property(
        "latitude", th.NumberType, description="Degrees north, exactly as the API spells them"
    ),
    th.Property(
        "longitude", th.NumberType, description="Degrees east, exactly as the API spells them"
    ),
    th.Property("place_name", th.StringType, description="Name of the place"),
    th.Property("country_code", th.StringType, description="ISO 3166-1 alpha-2 code"),
    th.Property("timezone", th.StringType, description="IANA time zone"),
).to_dict()

SESSIONS = th.PropertiesList(
    th.Property(
        "session_id", th.StringType, required=True, description="Key of the session (a UUID)"
    ),
    th.Property("user_id", th.StringType, description="Who bought"),
    th.Property(
        "session_start_time",
        th.DateTimeType,
        required=True,
        description="When the session began, UTC",
    ),
    th.Property("user_agent", th.StringType, description="The browser, in its own words"),
    th.Property("item_count", th.IntegerType, required=True, description="Songs bought; may be 0"),
    th.Property(
        "session_items",
        th.ArrayType(th.ObjectType(additional_properties=True)),
        description="The songs bought, as the API nests them. Not selected by default: the stream "
        "session_items holds the same, one record per song",
    ),
).to_dict()

SESSION_ITEMS = th.PropertiesList(
    th.Property("session_id", th.StringType, required=True, description="The session"),
    th.Property(
        "item_index",
        th.IntegerType,
        required=True,
        description="Position in the session, from 0",
    ),
    th.Property("user_id", th.StringType, description="Who bought"),
    th.Property(
        "session_start_time",
        th.DateTimeType,
        required=True,
        description="When the session began, UTC",
    ),
    th.Property(
        "song_id",
        th.StringType,
        description="The song, as a *track* id of the Million Song Dataset (TR…)",
    ),
    th.Property("song_name", th.StringType, description="Title of the song"),
    th.Property("artist_id", th.StringType, description="The artist's id (AR…)"),
    th.Property("artist_name", th.StringType, description="Name of the artist"),
    th.Property("price", th.NumberType, description="Price paid, exactly as the API spells it"),
    th.Property("currency", th.StringType, description="ISO 4217 code of the price"),
    th.Property("liked", th.BooleanType, description="Whether the buyer likes the song"),
    th.Property("liked_since", th.DateTimeType, description="Since when, UTC; null if not liked"),
).to_dict()
