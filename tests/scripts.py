"""The modules of scripts/, which are no package: a script finds them beside itself."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest

from tests.project import ROOT


def load_script(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return importlib.import_module(name)
