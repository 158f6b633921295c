"""The Redshift Data API: statements run on the warehouse that stands in, as its admin.

Without a warehouse they are taken and nothing is run.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import psycopg
from moto.redshiftdata.exceptions import ValidationException
from moto.redshiftdata.models import RedshiftDataAPIServiceBackend, Statement

from deftunes_sandbox.aws.platform.teaching import teach
from deftunes_sandbox.aws.platform.warehouse import WAREHOUSE

_execute = RedshiftDataAPIServiceBackend.execute_statement
_describe = RedshiftDataAPIServiceBackend.describe_statement
_ROLE = re.compile(r"(\biam_role\s+)'[^']*'", re.IGNORECASE)
_members = Statement.__iter__


def install() -> None:
    """Teach moto's Redshift Data."""
    teach(RedshiftDataAPIServiceBackend, execute_statement=execute, describe_statement=describe)
    teach(Statement, __iter__=members, error="")


def execute(backend: RedshiftDataAPIServiceBackend, *args: Any, **kwargs: Any) -> Statement:
    """Run a statement to its end; AWS would go on in the background."""
    statement = _execute(backend, *args, **kwargs)
    statement.status = "FINISHED"
    if WAREHOUSE.url:
        try:
            with psycopg.connect(WAREHOUSE.url, autocommit=True) as connection:
                connection.execute(statement.query_string.encode())
        except psycopg.Error as error:
            statement.status = "FAILED"
            vars(statement)["error"] = str(error)
    # AWS's clients read numbers, moto writes texts
    vars(statement).update(created_at=time.time(), updated_at=time.time())
    return statement


def describe(backend: RedshiftDataAPIServiceBackend, statement_id: str) -> Statement:
    """Tell of a statement, as long as it is remembered."""
    statement = _describe(backend, statement_id)
    run_at = float(vars(statement)["created_at"])
    if run_at <= WAREHOUSE.forgotten_until:
        raise ValidationException(
            f"Could not retrieve the query result as it has expired after {run_at:.0f}."
        )
    return statement


def members(statement: Statement) -> Iterator[tuple[str, Any]]:
    """What is told of a statement, its error too; roles that it names are not."""
    for name, value in _members(statement):
        yield name, _ROLE.sub(r"\1'***'", value) if name == "QueryString" else value
    error = vars(statement).get("error")
    if error:
        yield "Error", error
