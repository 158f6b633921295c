"""The data types that may be named, and what a bare one means in a table."""

from __future__ import annotations

from pglast import ast

from deftunes_redshift.errors import RedshiftError

TYPES = {
    "int2": "r_Numeric_types201",
    "int4": "r_Numeric_types201",
    "int8": "r_Numeric_types201",
    "numeric": "r_Numeric_types201",
    "float4": "r_Numeric_types201",
    "float8": "r_Numeric_types201",
    "bool": "r_Boolean_type",
    "bpchar": "r_Character_types",
    "varchar": "r_Character_types",
    "nvarchar": "r_Character_types",
    "text": "r_Character_types",
    "date": "r_Datetime_types",
    "time": "r_Datetime_types",
    "timetz": "r_Datetime_types",
    "timestamp": "r_Datetime_types",
    "timestamptz": "r_Datetime_types",
    "interval": "r_interval_data_types",
    "super": "r_SUPER_type",
}
CATALOG_TYPES = frozenset({"name", "oid", "regclass", "char"})
"""Types of the catalog: to cast with and to describe, never of a column."""

MOST_DIGITS = 38
LONGEST_VARCHAR, LONGEST_CHAR = 65_535, 4_096
_WITHOUT_SIZE = ("time", "timetz", "timestamp", "timestamptz")
_VARCHAR_OF_TABLE, _CHAR_OF_TABLE = 256, 1


def type_of(node: ast.TypeName) -> str:
    """Give a type's name as PostgreSQL calls it, such as `int4` or `varchar`."""
    return str(node.names[-1].sval)


def check_type(node: ast.TypeName, *, column: str = "") -> None:
    """See that a type may be named.

    Args:
        node: The type.
        column: `table.column` if it is a column's; empty: of a cast.

    Raises:
        RedshiftError: If Redshift has no such type, or not that wide.
    """
    name = type_of(node)
    known = name in TYPES or (not column and name in CATALOG_TYPES)
    if node.arrayBounds or node.setof or not known:
        shown = f"{name}[]" if node.arrayBounds else name
        if column:
            raise RedshiftError(f'Column "{column}" has unsupported type "{shown}".', "0A000")
        raise RedshiftError(f'type "{shown}" is not supported', "0A000")
    sizes = [_number(item) for item in node.typmods or ()]
    if name in _WITHOUT_SIZE and sizes:
        raise RedshiftError(f"a precision of {name.upper()} is not supported", "0A000")
    if name == "numeric" and sizes and not 1 <= sizes[0] <= MOST_DIGITS:
        raise RedshiftError(f"DECIMAL precision {sizes[0]} must be between 1 and 38", "22023")
    longest = {"varchar": LONGEST_VARCHAR, "bpchar": LONGEST_CHAR}.get(name)
    if longest and sizes and sizes[0] > longest:
        kind = "varchar" if name == "varchar" else "char"
        raise RedshiftError(f"length for type {kind} cannot exceed {longest}", "22023")


def as_column_type(node: ast.TypeName) -> None:
    """Give a bare VARCHAR, TEXT, CHAR or DECIMAL the size that it has in a table."""
    name = type_of(node)
    if name in ("varchar", "text", "nvarchar") and not node.typmods:
        node.names = (ast.String("varchar"),)
        node.typmods = (_constant(_VARCHAR_OF_TABLE),)
    elif name == "bpchar" and not node.typmods:
        node.typmods = (_constant(_CHAR_OF_TABLE),)
    as_any_type(node)


def as_any_type(node: ast.TypeName) -> None:
    """Give a bare DECIMAL its 18 digits, and SUPER the type below it."""
    name = type_of(node)
    if name == "numeric" and not node.typmods:
        node.typmods = (_constant(18), _constant(0))
    elif name == "nvarchar":
        node.names = (ast.String("varchar"),)


def size_of(node: ast.TypeName) -> int | None:
    """Give a type's first number, if it has one."""
    return _number(node.typmods[0]) if node.typmods else None


def _number(node: ast.Node) -> int:
    return int(node.val.ival) if isinstance(node, ast.A_Const) else 0


def _constant(number: int) -> ast.A_Const:
    return ast.A_Const(val=ast.Integer(number), isnull=False)
