"""The types of JSON, Iceberg, PostgreSQL and dbt, and what they are called elsewhere."""

from __future__ import annotations

import re

_OF_ICEBERG = {
    "string": "varchar",
    "int": "integer",
    "long": "bigint",
    "float": "real",
    "double": "double precision",
}
_LOGICAL = {
    "array": "array",
    "bigint": "integer",
    "boolean": "boolean",
    "date": "date",
    "decimal": "number",
    "double precision": "number",
    "integer": "integer",
    "number": "number",
    "real": "number",
    "text": "string",
    "timestamp": "timestamp",
    "varchar": "string",
    "varchar[]": "array",
}


def of_iceberg(kind: str) -> str:
    """The type by which dbt's yml calls one of Iceberg's."""
    return _OF_ICEBERG.get(kind, kind)


def without_length(kind: str) -> str:
    """A type as it is on DuckDB, where a text has no greatest length."""
    return re.sub(r"^varchar\(\d+\)$", "varchar", kind)


def logical(kind: str) -> str:
    """The logical type of the Open Data Contract Standard.

    Raises:
        KeyError: It is none that is known here.
    """
    return _LOGICAL[re.sub(r"\(.*\)", "", of_iceberg(kind.removesuffix("?")))]
