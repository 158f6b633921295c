"""The package's folders build on each other in one direction."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import target_s3

PACKAGE = Path(target_s3.__file__).parent
LAYERS = (
    ("faults",),
    ("declaration", "settings"),
    ("lake",),
    ("arrivals", "parquet"),
    ("iceberg",),
    ("merging",),
    ("quality",),
    ("publishing",),
    ("commands",),
    ("load", "maintenance", "recovery"),
    ("target",),
    ("main",),
)
LEVEL = {name: number for number, names in enumerate(LAYERS) for name in names}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")


def imported(module: Path) -> set[str]:
    """The parts of the package that a module needs when it runs."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    names = [
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and id(node) not in typing_only
        for alias in node.names
    ]
    return {name.split(".")[1] for name in names if name.startswith("target_s3.")}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_a_module_needs_nothing_from_above(module: Path) -> None:
    part = module.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert {name for name in imported(module) if LEVEL[name] > LEVEL[part]} == set()


def test_every_part_has_its_layer() -> None:
    parts = {module.relative_to(PACKAGE).parts[0].removesuffix(".py") for module in MODULES}
    assert parts == set(LEVEL)
