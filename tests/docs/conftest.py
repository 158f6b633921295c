from __future__ import annotations

import pytest
from catalogue.graph import Graph
from catalogue.inputs import Inputs, read_inputs
from catalogue.lineage import lineage


@pytest.fixture(scope="session")
def inputs() -> Inputs:
    """The project's own sources of truth; a test that changes them works on a copy."""
    return read_inputs()


@pytest.fixture(scope="session")
def graph(inputs: Inputs) -> Graph:
    return lineage(inputs)
