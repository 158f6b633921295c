"""The package's folders build on each other in one direction, and on no target."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import columnar_target

PACKAGE = Path(columnar_target.__file__).parent
LAYERS = (
    ("errors", "own_columns", "reasons", "declaration"),
    ("settings",),
    ("quality", "records", "storage"),
    ("arrivals", "relations"),
    ("load",),
    ("singer",),
    ("target",),
)
LEVEL = {name: number for number, names in enumerate(LAYERS) for name in names}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")


def imported(module: Path) -> set[str]:
    """What a module needs when it runs."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    return {
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and id(node) not in typing_only
    }


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_a_module_needs_nothing_from_above(module: Path) -> None:
    part = module.relative_to(PACKAGE).parts[0].removesuffix(".py")
    parts = {name.split(".")[1] for name in imported(module) if name.startswith("columnar_target.")}
    assert {name for name in parts if LEVEL[name] > LEVEL[part]} == set()


def test_every_part_has_its_layer() -> None:
    parts = {module.relative_to(PACKAGE).parts[0].removesuffix(".py") for module in MODULES}
    assert parts == set(LEVEL)


def test_it_knows_no_target_and_no_table_format() -> None:
    known = {name.split(".")[0] for module in MODULES for name in imported(module)}
    assert known.isdisjoint({"target_s3", "target_redshift", "pyiceberg", "redshift_connector"})
