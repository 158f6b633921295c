"""The one kind of fault that a person is told of."""

from __future__ import annotations


class CatalogueError(Exception):
    """Something does not fit together. Says what, where, and what to do next."""
