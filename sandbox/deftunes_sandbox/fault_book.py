"""Which fault a request meets: the one in force, the one in its header, and how often."""

from __future__ import annotations

from collections import Counter

from deftunes_sandbox.faults import Fault

NO_FAULT = Fault()


class FaultBook:
    """Keeps the fault in force and counts what was asked for."""

    def __init__(self, initial: str) -> None:
        self.in_force = Fault.parse(initial)
        self.requests: Counter[str] = Counter()
        self._met: Counter[tuple[str, str]] = Counter()

    def put(self, text: str) -> Fault:
        """Put a fault in force; its `times` count from now."""
        self.in_force = Fault.parse(text)
        self._met.clear()
        return self.in_force

    def meet(self, path: str, header: str | None) -> Fault:
        """Count a request, and tell the fault that it meets.

        Args:
            path: The path asked for.
            header: The request's own fault, which stands in place of the one in force.

        Raises:
            FaultError: If the header cannot be read.
        """
        self.requests[path] += 1
        fault = self.in_force if header is None else Fault.parse(header)
        if fault.path not in {None, path}:
            return NO_FAULT
        key = (f"{'header' if header is not None else 'in force'} {fault}", path)
        self._met[key] += 1
        if fault.times is not None and self._met[key] > fault.times:
            return NO_FAULT
        return fault
