"""The one kind of error that a person is meant to read."""

from __future__ import annotations


class SandboxError(Exception):
    """A foreseeable fault, told in one sentence: what, where, and what to do next."""
