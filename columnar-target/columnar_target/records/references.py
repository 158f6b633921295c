"""The local `$ref`s of a JSON Schema: parts that are written once and meant in several places."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from singer_sdk.exceptions import InvalidJSONSchema


def referred(root: Any, reference: str) -> Any:
    """The part of a schema that a `$ref` means.

    Args:
        root: The whole schema.
        reference: Such as `#/definitions/money`; `#` is the schema itself.

    Raises:
        InvalidJSONSchema: It leads elsewhere, and a tap makes this process open nothing; or
            there is no such part.
    """
    beginning, _, path = reference.partition("#")
    if beginning not in {"", _identifier(root)}:
        raise InvalidJSONSchema(
            f"it refers to {reference}, and schemas are not fetched from elsewhere"
        )
    part = root
    for step in unquote(path).split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        try:
            part = part[int(name)] if isinstance(part, list) else part[name]
        except (LookupError, TypeError, ValueError):
            raise InvalidJSONSchema(f"it refers to {reference}, which it does not hold") from None
    if part is root and path:
        raise InvalidJSONSchema(f"it refers to {reference}, which it does not hold")
    return part


def _identifier(root: Any) -> Any:
    """What the schema calls itself, up to the fragment."""
    name = root.get("$id") if isinstance(root, dict) else None
    return name.partition("#")[0] if isinstance(name, str) else ""
