"""Faults that change which rows are served, and what is in them."""

from __future__ import annotations

import orjson

from deftunes_sandbox.damage import damageable, damaged
from deftunes_sandbox.faults import Fault
from deftunes_sandbox.rows import Row

_BUCKETS = 1 << 32
_STRIDE = {"late": 0x9E3779B1, "duplicates": 0x85EBCA77, "bad": 0xC2B2AE3D}  # odd: one-to-one


def with_faults(rows: list[Row], fault: Fault) -> list[Row]:
    """Withhold, damage and double rows; which ones depends on the rows alone."""
    if fault.late:
        rows = [row for row in rows if not _chosen(row, "late", fault.late)]
    if fault.bad is not None:
        rows = _with_bad_values(rows, fault.bad, fault.share)
    if fault.duplicates:
        rows = rows + [row for row in rows if _chosen(row, "duplicates", fault.duplicates)]
    return rows


def _chosen(row: Row, purpose: str, share: float) -> bool:
    return row.order * _STRIDE[purpose] % _BUCKETS < share * _BUCKETS


def _with_bad_values(rows: list[Row], bad: str, share: float) -> list[Row]:
    can_show_it = damageable(bad)
    candidates = [n for n, row in enumerate(rows) if can_show_it(orjson.loads(row.body))]
    chosen = [n for n in candidates if _chosen(rows[n], "bad", share)] or candidates[:1]
    changed = {
        n: rows[n]._replace(body=orjson.dumps(damaged(orjson.loads(rows[n].body), bad, nth)))
        for nth, n in enumerate(chosen)
    }
    return [changed.get(n, row) for n, row in enumerate(rows)]
