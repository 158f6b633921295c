"""The project's own sources of truth, read once for all the tests of a process."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from subprocess import CompletedProcess

from catalogue.compiled import keep
from catalogue.graph import Graph
from catalogue.inputs import Inputs, read_inputs
from catalogue.lineage import lineage

from tests.project import ROOT
from tests.transform.dbt import run_dbt


@cache
def project_inputs() -> Inputs:
    """What is read of the project; a test that changes it works on a copy."""
    keep(ROOT, _forked_dbt)
    return read_inputs()


@cache
def project_graph() -> Graph:
    return lineage(project_inputs())


def _forked_dbt(words: Sequence[str], _: Path, folder: Path) -> CompletedProcess[str]:
    """The same dbt as the tests of transform/ run, which has its imports already."""
    return run_dbt(*words, folder=folder)
