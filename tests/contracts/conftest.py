from __future__ import annotations

from typing import Any

import pytest
from catalogue.contracts.making import all_contracts
from catalogue.inputs import Inputs, read_inputs
from catalogue.lineage import lineage


@pytest.fixture(scope="session")
def inputs() -> Inputs:
    return read_inputs()


@pytest.fixture(scope="session")
def made(inputs: Inputs) -> dict[str, Any]:
    return all_contracts(inputs, lineage(inputs))
