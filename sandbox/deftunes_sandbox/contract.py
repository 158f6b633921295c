"""The purchase API's records as its OpenAPI document describes them."""

from __future__ import annotations

from pydantic import BaseModel


class User(BaseModel):
    """A user."""

    user_id: str
    user_name: str
    user_lastname: str
    user_location: list[str]
    """latitude, longitude, place name, ISO 3166-1 alpha-2 country, IANA time zone"""
    user_since: str


class Item(BaseModel):
    """A song bought in a session."""

    song_id: str
    song_name: str
    artist_id: str
    artist_name: str
    price: float
    currency: str
    liked: bool
    liked_since: str | None


class Session(BaseModel):
    """A session in the shop; it may have bought nothing."""

    user_id: str
    session_id: str
    session_items: list[Item]
    user_agent: str
    session_start_time: str
