"""Which of the versions of a row that a load brings is the latest.

All read the relation `arrived`, which has the rows with their `position` in the order of arrival.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

_HASHES_AT_ONCE = 16_000_000
"""So many keys are looked at together, of eight bytes each; more of them in several turns."""


def none_comes_twice(connection: duckdb.DuckDBPyConnection, keys: str, rows: int) -> bool:
    """Whether keys are certainly told apart: if their hashes are, they are.

    Hashes are fewer bytes than keys, and most loads bring no row twice.

    Args:
        connection: Where the relation is.
        keys: The key columns, separated by commas.
        rows: How many have arrived.
    """
    turns = rows // _HASHES_AT_ONCE + 1
    for turn in range(turns):
        hashes = connection.execute(
            f"select hash({keys}) as found from arrived where found % {turns} = {turn}"
        ).fetchnumpy()["found"]
        hashes.sort()
        if (hashes[1:] == hashes[:-1]).any():
            return False
    return True


def latest_versions(keys: Sequence[str], group: Sequence[str]) -> str:
    """SQL: keys and position of the latest version of each row.

    Args:
        keys: The columns that identify a row.
        group: Those that rows share which are replaced together; may be none.
    """
    listed = ", ".join(keys)
    if not group:
        return f"select {listed}, max(position) as position from arrived group by {listed}"
    # a group's version lasts until one of its keys comes again
    by_group = ", ".join(group)
    return f"""
        with copies as (
            select
                {", ".join(dict.fromkeys((*keys, *group)))},
                position,
                row_number() over (partition by {listed} order by position) as copy
            from arrived
        ),
        versions as (
            select *, max(copy) over (partition by {by_group} order by position) as version
            from copies
        )
        select {listed}, position from versions
        qualify
            version = max(version) over (partition by {by_group})
            -- a row may have gone to another group
            and position = max(position) over (partition by {listed})"""
