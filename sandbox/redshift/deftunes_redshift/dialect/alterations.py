"""ALTER TABLE of a column's size, and ALTER TABLE APPEND: what they need, and what they refuse."""

from __future__ import annotations

import json

from pglast import ast

from deftunes_redshift.backend import Aws, Backend, Outcome, SessionState
from deftunes_redshift.dialect.engine import Engine
from deftunes_redshift.dialect.names import Name, quote, quoted
from deftunes_redshift.errors import RedshiftError

_COLUMN = """
select a.atttypid = 'varchar'::regtype, a.atthasdef,
  exists (select 1 from jsonb_array_elements(r.keys) as key where key -> 'columns' ? a.attname),
  coalesce(r.encodings ->> a.attname, '')
from pg_catalog.pg_attribute as a left join rs_catalog.relation as r on r.oid = a.attrelid
where a.attrelid = to_regclass($1) and a.attname = $2 and not a.attisdropped
"""
_FIXED = ("bytedict", "runlength", "text255", "text32k")
_COLUMNS = """
select a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,
  coalesce(r.encodings ->> a.attname, ''), a.attidentity = 'a'
from pg_catalog.pg_attribute as a left join rs_catalog.relation as r on r.oid = a.attrelid
where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum
"""
_LIES = """
select c.relpersistence = 'p', coalesce(to_jsonb(r) - 'oid' - 'encodings' - 'keys', '{}')
from pg_catalog.pg_class as c left join rs_catalog.relation as r using (oid)
where c.oid = $1::regclass
"""


async def check_size_change(
    node: ast.AlterTableStmt, engine: Engine, session: SessionState
) -> None:
    """See that a column's size may be changed.

    Raises:
        RedshiftError: If it is no VARCHAR, has a default, a key or a fixed encoding, or if it is
            to be changed within a transaction.
    """
    if session.in_block:
        raise RedshiftError(
            "ALTER TABLE ALTER COLUMN cannot run inside a transaction block", "25001"
        )
    column = node.cmds[0].name
    name = quoted((node.relation.schemaname, node.relation.relname))
    for is_text, has_default, is_key, encoding in await engine.rows(_COLUMN, name, column):
        for refused, what in (
            (not is_text, "ALTER COLUMN TYPE of a column that is no VARCHAR"),
            (has_default, "ALTER COLUMN TYPE of a column with a default value"),
            (is_key, "ALTER COLUMN TYPE of a column with a key"),
            (encoding in _FIXED, f"ALTER COLUMN TYPE of a column with encoding {encoding}"),
        ):
            if refused:
                raise RedshiftError.unsupported(what)


async def append(
    name: Name, source: Name, option: str, backend: Backend, _: Aws, session: SessionState
) -> Outcome:
    """Move rows, as ALTER TABLE APPEND does: columns of the same name, which must be alike.

    Args:
        name: The table that gets them.
        source: The table that has none afterwards.
        option: `ignoreextra`, `filltarget` or empty.
        backend: The session's connection.
        session: Who asks.

    Raises:
        RedshiftError: If the tables do not fit, or within a transaction.
    """
    if session.in_block:
        raise RedshiftError("ALTER TABLE APPEND cannot run inside a transaction block", "25001")
    target, origin = quoted(name), quoted(source)
    columns = await _shared(target, origin, option, backend)
    listed = ", ".join(quote(column) for column in columns)
    await backend.run(f"insert into {target} ({listed}) select {listed} from {origin}")  # noqa: S608 - quoted names
    await backend.run(f"delete from {origin}")  # noqa: S608 - the same
    return Outcome("ALTER TABLE APPEND")


async def _shared(target: str, origin: str, option: str, backend: Backend) -> list[str]:
    ours = {row[0]: row[1:] for row in await backend.rows(_COLUMNS, target)}
    theirs = {row[0]: row[1:] for row in await backend.rows(_COLUMNS, origin)}
    lies = [(await backend.rows(_LIES, relation))[0] for relation in (target, origin)]
    same = [json.loads(told) for _, told in lies]
    extra = [column for column in theirs if column not in ours]
    missing = [column for column in ours if column not in theirs]
    shared = [column for column in ours if column in theirs]
    for refused, what in (
        (target == origin, "one table is both"),
        (not all(permanent for permanent, _ in lies), "both must be permanent tables"),
        (same[0] != same[1], "distribution or sort keys differ"),
        (extra and option != "ignoreextra", f"only the source has {extra[:1]}: use IGNOREEXTRA"),
        (missing and option != "filltarget", f"only the target has {missing[:1]}: use FILLTARGET"),
        (any(ours[column] != theirs[column] for column in shared), "a column differs"),
        (any(ours[column][-1] for column in shared), "a column is an identity"),
    ):
        if refused:
            raise RedshiftError(f"cannot append from {origin} to {target}: {what}", "0A000")
    return shared
