"""The one kind of fault that the command reports as a sentence."""

from __future__ import annotations


class ReportError(Exception):
    """Something foreseeable is missing or unusable; the message says what to do next."""
