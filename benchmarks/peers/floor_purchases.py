"""The floor: the API's answers as they are, from memory through DuckDB's JSON reader to Parquet."""

from __future__ import annotations

import json
import sys
import tempfile
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

SESSION = """{user_id: 'varchar', session_id: 'varchar', session_items: 'struct(
    song_id varchar, song_name varchar, artist_id varchar, artist_name varchar,
    price decimal(10, 2), currency varchar, liked boolean, liked_since timestamp)[]',
    user_agent: 'varchar', session_start_time: 'timestamp'}"""
SESSIONS = """select session_id, user_id, session_start_time, user_agent,
    len(session_items)::int as item_count from answers"""
ITEMS = """select session_id, item_index::int - 1 as item_index, user_id, session_start_time, item.*
    from (select *, unnest(session_items) as item, generate_subscripts(session_items, 1)
          as item_index from answers)"""


def main(api_url: str, windows: str, connections: str, folder: str) -> None:
    """Fetch windows, write two files.

    Args:
        api_url: Where the API is.
        windows: A file with a JSON list of pairs: first and last day.
        connections: How many windows to fetch at the same time.
        folder: Where the result goes.
    """

    def fetch(window: list[str]) -> bytes:
        query = urllib.parse.urlencode(dict(zip(("start_date", "end_date"), window, strict=True)))
        with urllib.request.urlopen(f"{api_url}/sessions?{query}") as answer:  # noqa: S310 - http
            return bytes(answer.read())

    pairs = json.loads(Path(windows).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(dir=folder) as answers:
        with ThreadPoolExecutor(int(connections)) as pool:
            for number, answer in enumerate(pool.map(fetch, pairs)):
                (Path(answers) / f"{number:04}.json").write_bytes(answer)
        database = duckdb.connect()
        database.execute("set preserve_insertion_order = false")
        database.execute(
            f"create view answers as select * from read_json('{answers}/*.json', "
            f"format = 'array', columns = {SESSION}, maximum_object_size = 1073741824)"
        )
        for name, rows in (("sessions", SESSIONS), ("session_items", ITEMS)):
            database.execute(f"copy ({rows}) to '{folder}/{name}.parquet' (format parquet)")


if __name__ == "__main__":
    main(*sys.argv[1:])
