"""How work beside a session's transaction waits: the session itself may hold what it waits for."""

from __future__ import annotations

BRIEFLY = "set local lock_timeout = '2s'"
"""Said first there; then PostgreSQL refuses (55P03) where it would wait for ever."""
LOCKED = "55P03"
