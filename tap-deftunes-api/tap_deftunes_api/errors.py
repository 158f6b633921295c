"""What can go wrong in ways we foresee: each error is one sentence, for whoever runs the tap."""

from __future__ import annotations

RESUME = "then run again: it goes on after the last complete window"
"""How the sentences end when nothing but time or a repair is needed."""


class TapError(Exception):
    """A foreseen fault, told in one sentence: what, where, what to do next.

    The sentence never holds a secret or a record's value: keys and field names only.
    """


class SettingsError(TapError):
    """A setting, or a combination of settings, cannot be used."""


class StateError(TapError):
    """The state handed to the tap cannot be read."""


class ApiError(TapError):
    """The API gave no usable answer, after every retry that makes sense."""


class OutputError(TapError):
    """What reads our messages has gone, or there is no place for a batch."""


class InvalidRecordError(TapError):
    """A record breaks the API's contract; it is named by its key."""
