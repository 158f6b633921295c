"""Which calls came, and which fault each one meets."""

from __future__ import annotations

import threading

from deftunes_sandbox.aws.faults import AwsFault

NO_FAULT = AwsFault()


class CallBook:
    """Keeps the fault in force and lists the calls; many threads write into it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[str] = []
        self._in_force = NO_FAULT
        self._counted = 0

    @property
    def in_force(self) -> AwsFault:
        """The fault in force."""
        return self._in_force

    @property
    def calls(self) -> list[str]:
        """All calls so far, in the order of their arrival."""
        with self._lock:
            return list(self._calls)

    def put(self, text: str) -> AwsFault:
        """Put a fault in force; its `at` counts from now.

        Raises:
            FaultError: If it cannot be read; the one in force stays.
        """
        fault = AwsFault.parse(text)
        with self._lock:
            self._in_force = fault
            self._counted = 0
        return fault

    def forget(self) -> None:
        """Begin the list of calls anew."""
        with self._lock:
            self._calls.clear()

    def meet(self, call: str) -> AwsFault:
        """Note a call, and tell the fault that it meets.

        Args:
            call: Such as `s3 PUT /bucket/key` or `glue UpdateTable`.
        """
        with self._lock:
            self._calls.append(call)
            if not self._in_force.is_about(call):
                return NO_FAULT
            self._counted += 1
            return self._in_force if self._in_force.strikes(self._counted) else NO_FAULT
