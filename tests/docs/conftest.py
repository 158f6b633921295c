from __future__ import annotations

import pytest
from catalogue.graph import Graph
from catalogue.inputs import Inputs

from tests.truths import project_graph, project_inputs


@pytest.fixture(scope="session")
def inputs() -> Inputs:
    return project_inputs()


@pytest.fixture(scope="session")
def graph() -> Graph:
    return project_graph()
