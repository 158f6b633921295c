"""What CREATE EXTERNAL SCHEMA and DROP SCHEMA say.

See "CREATE EXTERNAL SCHEMA" (r_CREATE_EXTERNAL_SCHEMA) and "DROP SCHEMA" (r_DROP_SCHEMA).
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from deftunes_redshift.errors import RedshiftError
from deftunes_redshift.transfer.authorization import take_role
from deftunes_redshift.transfer.clauses import Clauses

_ELSEWHERE = ("hive", "kafka", "kinesis", "msk", "mysql", "postgres", "redshift")


@dataclass(frozen=True)
class CreateExternalSchema:
    """A CREATE EXTERNAL SCHEMA … FROM DATA CATALOG, read.

    Attributes:
        name: The schema's name here.
        database: The Glue database.
        options: What SVV_EXTERNAL_SCHEMAS shows of it, as JSON.
        if_not_exists: Do nothing if there is such a schema.
        create_database: Make the Glue database, if there is none.
    """

    name: str
    database: str
    options: str
    if_not_exists: bool
    create_database: bool


@dataclass(frozen=True)
class DropSchema:
    """A DROP SCHEMA, read.

    Attributes:
        names: The schemas.
        if_exists: Do without those that are not there.
        drop_database: Drop the Glue databases, too.
        cascade: Drop what depends on them.
    """

    names: tuple[str, ...]
    if_exists: bool
    drop_database: bool
    cascade: bool


def read_create(statement: str) -> CreateExternalSchema:
    """Read a CREATE EXTERNAL SCHEMA.

    Raises:
        RedshiftError: It is none, or its tables would not be in Glue.
    """
    clauses = Clauses(statement)
    clauses.expect("create", "external", "schema")
    if_not_exists = clauses.take("if", "not", "exists")
    name = clauses.name()
    clauses.expect("from")
    _take_source(clauses)
    database = ""
    options: dict[str, str] = {}
    create_database = False
    while clauses.ahead is not None and clauses.ahead.text != ";":
        if clauses.take("database"):
            database = clauses.string()
        elif clauses.take("region"):
            options["REGION"] = clauses.string()
        elif clauses.take("catalog_id"):
            options["CATALOG_ID"] = clauses.string()
        elif clauses.take("iam_role"):
            options["IAM_ROLE"] = _take_role(clauses)
        elif clauses.take("catalog_role"):
            options["CATALOG_ROLE"] = _take_role(clauses)
        elif clauses.take("create", "external", "database", "if", "not", "exists"):
            create_database = True
        else:
            raise clauses.error()
    clauses.end()
    if not database or "IAM_ROLE" not in options:
        missing = "IAM_ROLE" if database else "DATABASE"
        raise RedshiftError(f"CREATE EXTERNAL SCHEMA FROM DATA CATALOG needs {missing}", "42601")
    shown = json.dumps(options, separators=(",", ":"))
    return CreateExternalSchema(name, database, shown, if_not_exists, create_database)


def read_drop(statement: str) -> DropSchema:
    """Read a DROP SCHEMA.

    Raises:
        RedshiftError: It is none.
    """
    clauses = Clauses(statement)
    clauses.expect("drop", "schema")
    if_exists = clauses.take("if", "exists")
    names = [clauses.name()]
    while clauses.take(","):
        names.append(clauses.name())
    drop_database = clauses.take("drop", "external", "database")
    cascade = clauses.take("cascade")
    if not cascade:
        clauses.take("restrict")
    clauses.end()
    return DropSchema(tuple(names), if_exists, drop_database, cascade)


def _take_source(clauses: Clauses) -> None:
    if clauses.take("data", "catalog"):
        return
    ahead = clauses.ahead
    if ahead is not None and ahead.text in _ELSEWHERE:
        raise RedshiftError(
            f"the stand-in does not know CREATE EXTERNAL SCHEMA FROM {ahead.written.upper()}: "
            "name the DATA CATALOG",
            "0A000",
        )


def _take_role(clauses: Clauses) -> str:
    ahead = clauses.ahead
    if ahead is not None and ahead.kind == "string" and ahead.text == "SESSION":
        return clauses.string()
    return take_role(clauses).role
