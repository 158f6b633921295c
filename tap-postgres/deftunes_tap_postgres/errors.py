"""What ends a run with a sentence."""

from __future__ import annotations


class TapError(Exception):
    """A foreseen fault: what, where, and what to do next, with no value of a row."""
