"""How moto is taught: it has no hooks, so its classes get methods that they lack."""

from __future__ import annotations

from typing import Any


def teach(kind: type, **members: Any) -> None:
    """Add members to one of moto's classes, or replace them.

    Args:
        kind: The class.
        members: Methods, properties or constants by their names.
    """
    for name, member in members.items():
        setattr(kind, name, member)
