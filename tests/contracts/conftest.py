from __future__ import annotations

from typing import Any

import pytest
from catalogue.contracts.making import all_contracts
from catalogue.inputs import Inputs

from tests.truths import project_graph, project_inputs


@pytest.fixture(scope="session")
def inputs() -> Inputs:
    return project_inputs()


@pytest.fixture(scope="session")
def made() -> dict[str, Any]:
    return all_contracts(project_inputs(), project_graph())
