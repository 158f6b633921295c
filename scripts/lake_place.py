"""Whether a lake lies where its tables say: Iceberg keeps absolute paths."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit


def other_place(lake: Path) -> Path | None:
    """Tell where a local lake's tables have their files, if that is elsewhere.

    Args:
        lake: The lake's folder; it need not exist.

    Returns:
        The path of one table's metadata, when the lake was moved or copied here; else None.
    """
    catalog = lake / "catalog.db"
    try:
        with closing(sqlite3.connect(f"{catalog.as_uri()}?mode=ro", uri=True)) as database:
            found = database.execute("select metadata_location from iceberg_tables").fetchall()
    except sqlite3.DatabaseError:
        return None  # no catalog yet, or none to judge by: the load makes it, or says so
    places = [Path(unquote(urlsplit(location).path)) for (location,) in found]
    return next((place for place in places if not place.is_relative_to(lake)), None)
