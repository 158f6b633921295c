"""What a load has made, against what is promised of it."""

from __future__ import annotations

import pytest
from catalogue.contracts.files import FOLDER, read_contracts
from catalogue.contracts.tables import unlike
from catalogue.truths import made_by_loads

from tests.project import NAMESPACE, ROOT, TABLES, Project

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("line")]


def test_the_tables_that_a_load_has_made_have_the_columns_and_types_of_their_contracts(
    project: Project,
) -> None:
    tables = {name: dict(project.columns(name)) for name in TABLES}
    assert unlike(read_contracts(ROOT / FOLDER), tables) == []


def test_the_results_of_rules_are_kept_as_the_docs_and_dbts_sources_are_told(
    project: Project,
) -> None:
    results = made_by_loads({})[f"{NAMESPACE}_quality.results"]
    assert dict(project.columns("results", f"{NAMESPACE}_quality")) == results.types
