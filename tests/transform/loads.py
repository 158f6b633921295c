"""A lake after each of three loads: what came late, changed, shrank and went in between."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .handmade import (
    ANA,
    BEN,
    BJORK,
    CHER,
    CHER_ACUTE,
    CHER_FEAT,
    GHOST,
    NOBODY,
    S1,
    S2,
    S3,
    S3_BEFORE,
    S4,
    S5,
    S6,
    S7,
    SONGS,
    STRANGER,
    item,
    session,
    session_id,
    user,
)
from .lake import COLUMNS, LOADED, NAMESPACE, Row, write_iceberg
from .quality import CHECKS, IN_QUARANTINE, QUARANTINE, RESULT_COLUMNS, RESULTS, SET_ASIDE

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa


@dataclass(frozen=True)
class State:
    """What the lake's tables hold; a table without an entry has not been made yet.

    Attributes:
        loaded: When.
        tables: Rows of the transform zone.
        checks: Rows of the results of quality.
        quarantine: Rows that are set aside.
    """

    loaded: datetime
    tables: dict[str, list[Row]]
    checks: list[Row] = field(default_factory=list)
    quarantine: dict[str, list[Row]] = field(default_factory=dict)

    def contents(self) -> list[tuple[str, list[tuple[str, pa.DataType]], list[Row]]]:
        """Name, columns and rows of each table."""
        stamp = {
            "ingest_on": self.loaded.date(),
            "processing_timestamp": self.loaded,
            "source_from": "test",
        }
        found: list[Any] = [
            (f"{NAMESPACE}.{table}", COLUMNS[table] + LOADED, [stamp | row for row in rows])
            for table, rows in self.tables.items()
        ]
        if self.checks:
            found.append((RESULTS, RESULT_COLUMNS, self.checks))
        for table, rows in self.quarantine.items():
            found.append((f"{QUARANTINE}.{table}", COLUMNS[table] + LOADED + SET_ASIDE, rows))
        return found

    def write(self, lake: Path) -> None:
        """Write it as a lake of target local."""
        for name, columns, rows in self.contents():
            zone = name.split(".")[0].removeprefix("deftunes_")
            write_iceberg(lake, name, f"{zone}_zone", columns, rows)


def _day(day: int) -> datetime:
    return datetime(2024, 3, day, 6, 0)  # noqa: DTZ001 - the lake's timestamps carry no zone: UTC


ANA_S1 = [
    item(S1, 0, "TR1", CHER, "1.03", liked="2023-01-27"),
    item(S1, 1, "TR5", CHER_FEAT, "0.69"),
    item(S1, 2, "TR6", BJORK, "1.85"),
]
STRANGERS_S5 = [
    item(S5, 0, "TR404", STRANGER, "1.00", liked="2022-02-02"),
    item(S5, 1, "TR2", CHER_ACUTE, "1.27"),
]

# The songs have not been loaded yet, and nobody knows who GHOST is.
FIRST = State(
    _day(1),
    {
        "users": [user(ANA, "Ana", "FR"), user(BEN, "Ben", "DE")],
        "sessions": [S1, S2, S3_BEFORE, S5],
        "session_items": [
            *ANA_S1,
            item(S2, 0, "TR1", CHER, "0.50"),
            *(item(S3_BEFORE, index, "TR3", CHER_ACUTE, "0.33") for index in range(3)),
            *STRANGERS_S5,
        ],
    },
)
# GHOST and the songs arrive; S3 shrinks and its two items stay behind, a song is liked, a purchase
# comes before its session, and rules were held for the first time.
SECOND = State(
    _day(2),
    {
        "users": [*FIRST.tables["users"], user(GHOST, "Gus", "IT")],
        "sessions": [S1, S2, S3, S4, S5, S6],
        "session_items": [
            *ANA_S1,
            item(S2, 0, "TR1", CHER, "0.50", liked="2023-06-14"),
            item(S3, 0, "TR3", CHER_ACUTE, "0.34"),
            *(item(S3_BEFORE, index, "TR3", CHER_ACUTE, "0.33") for index in (1, 2)),
            *STRANGERS_S5,
            item(S6, 0, "TR6", BJORK, "0.80"),
            item(S6, 1, "TR405", NOBODY, "0.40", liked="2022-02-02"),
            item(S7, 0, "TR4", CHER, "0.60"),
        ],
        "songs": SONGS,
    },
    checks=CHECKS[:8],
    quarantine=IN_QUARANTINE,
)
# A track is deleted, and with it an artist's spelling; Ben moves, a session lost an item and was
# dated anew, the late session comes, another is gone with its purchases, and what was set aside
# has been replayed.
S1_LATER = session(1, ANA, "2022-12-31", 2)
THIRD = State(
    _day(3),
    {
        "users": [user(ANA, "Ana", "FR"), user(BEN, "Ben", "CH"), user(GHOST, "Gus", "IT")],
        "sessions": [S1_LATER, S2, S3, S4, S6 | {"user_id": GHOST}, S7],
        "session_items": [
            *(row | {"session_start_time": S1_LATER["session_start_time"]} for row in ANA_S1[:2]),
            *(row for row in SECOND.tables["session_items"] if row["session_id"] == session_id(2)),
            item(S3, 0, "TR3", CHER_ACUTE, "0.34"),
            item(S6 | {"user_id": GHOST}, 0, "TR6", BJORK, "0.80"),
            item(S6 | {"user_id": GHOST}, 1, "TR405", STRANGER, "0.40", liked="2022-02-02"),
            item(S7, 0, "TR4", CHER, "0.60"),
        ],
        "songs": [row | {"year": 1996} for row in SONGS if row["track_id"] not in {"TR1", "TR4"}],
    },
    checks=CHECKS,
    quarantine={"session_items": IN_QUARANTINE["session_items"][:1], "users": []},
)
