"""What Redshift takes and refuses, the stand-in takes and refuses; `-m aws` asks a cluster."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import redshift_connector

from .cases import Case, cases

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("redshift")]

CASES = [case for _, case in cases()]


def shown(value: Any) -> Any:
    """Show a value as the cases write it: decimals and times are text there."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    return str(value) if isinstance(value, dt.date) else value


def answer(case: Case, connection: redshift_connector.Connection, schema: str) -> Any:
    """Run a case; give its rows, or the refusal's fields."""
    cursor = connection.cursor()
    for statement in case.setup:
        cursor.execute(statement.replace("{schema}", schema))
    try:
        cursor.execute(case.run.replace("{schema}", schema))
    except redshift_connector.Error as error:
        return error.args[0]
    if cursor.description is None:
        return None
    return [[shown(value) for value in row] for row in cursor.fetchall()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_stand_in_answers_as_documented(
    case: Case, connection: redshift_connector.Connection, schema: str
) -> None:
    found = answer(case, connection, schema)
    if case.refused is not None:
        assert isinstance(found, dict), f"it was taken, with {found}"
        assert case.refused in found["M"]
        assert case.sqlstate in (None, found["C"])
    else:
        assert not isinstance(found, dict), found
        assert case.rows in (None, found)


@pytest.mark.aws
@pytest.mark.parametrize(
    "case", [case for case in CASES if not case.stand_in_only], ids=lambda case: case.name
)
def test_a_cluster_answers_as_documented(
    case: Case, cluster_connection: redshift_connector.Connection, cluster_schema: str
) -> None:
    found = answer(case, cluster_connection, cluster_schema)
    if case.refused is not None:
        assert isinstance(found, dict), f"it was taken, with {found}"
        assert not case.verbatim or case.refused in found["M"]
        assert case.sqlstate in (None, found["C"])
    else:
        assert not isinstance(found, dict), found
        assert case.rows in (None, found)
