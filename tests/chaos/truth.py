"""What the lake must hold of the purchase API, straight from its answers, by no code of ours."""

from __future__ import annotations

import datetime as dt

from deftunes_sandbox import Sandbox, SandboxSettings
from tests.project import Row, ask

SETTINGS = SandboxSettings(api_port=0, songs=200, users=60, sessions_per_day=3)
"""Half a year of purchases: enough for six windows, a table each of tens to thousands of rows."""


def tables_of(api: Sandbox) -> dict[str, list[Row]]:
    """The rows of each table, without the load's own columns, in the order of their text."""
    answers = ask(api, set())
    users = [
        {
            "user_id": user["user_id"],
            "user_name": user["user_name"],
            "user_lastname": user["user_lastname"],
            "user_since": dt.datetime.fromisoformat(user["user_since"]),
            "latitude": float(user["user_location"][0]),
            "longitude": float(user["user_location"][1]),
            "place_name": user["user_location"][2],
            "country_code": user["user_location"][3],
            "timezone": user["user_location"][4],
        }
        for user in answers.users
    ]
    sessions = [
        {
            "session_id": session["session_id"],
            "user_id": session["user_id"],
            "session_start_time": dt.datetime.fromisoformat(session["session_start_time"]),
            "user_agent": session["user_agent"],
            "item_count": len(session["session_items"]),
        }
        for session in answers.sessions
    ]
    items = [
        {name: value for name, value in row.items() if name != "source_from"}
        for row in answers.item_rows()
    ]
    return {
        "users": sorted(users, key=repr),
        "sessions": sorted(sessions, key=repr),
        "session_items": sorted(items, key=repr),
    }
