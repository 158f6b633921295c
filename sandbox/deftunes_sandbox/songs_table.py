"""The table `deftunes.songs`: made and filled in one transaction, or left as it is."""

from __future__ import annotations

import json
import typing
from dataclasses import asdict, dataclass

import psycopg
from psycopg import sql

from deftunes_sandbox.settings import SandboxSettings
from deftunes_sandbox.songs import GENERATOR, Song, all_songs

SCHEMA = "deftunes"
TABLE = "songs"
_SQL_TYPES = {str: "text", float: "real", int: "integer"}
_NAME = sql.Identifier(SCHEMA, TABLE)


@dataclass(frozen=True)
class Fingerprint:
    """What the table's rows follow from; kept as the comment on the table."""

    seed: int
    songs: int
    generator: int = GENERATOR


def ensure_songs(connection: psycopg.Connection[typing.Any], settings: SandboxSettings) -> bool:
    """Fill the table, unless it holds these very songs already.

    Returns:
        Whether it was filled anew.
    """
    wanted = json.dumps(asdict(Fingerprint(settings.seed, settings.songs)))
    if _comment(connection) == wanted:
        return False
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(SCHEMA)))
        cursor.execute(sql.SQL("drop table if exists {}").format(_NAME))
        cursor.execute(sql.SQL("create table {} ({})").format(_NAME, _columns()))
        with cursor.copy(sql.SQL("copy {} from stdin").format(_NAME)) as copy:
            for song in all_songs(settings.seed, settings.songs):
                copy.write_row(song)
        cursor.execute(sql.SQL("alter table {} add primary key (track_id)").format(_NAME))
        cursor.execute(sql.SQL("comment on table {} is {}").format(_NAME, sql.Literal(wanted)))
    connection.execute(sql.SQL("analyze {}").format(_NAME))
    return True


def count_songs(connection: psycopg.Connection[typing.Any]) -> int:
    """Count the rows of the table."""
    row = connection.execute(sql.SQL("select count(*) from {}").format(_NAME)).fetchone()
    return int(row[0]) if row else 0


def song_columns() -> dict[str, str]:
    """The table's columns and their SQL types, in order."""
    return {name: _SQL_TYPES[kind] for name, kind in typing.get_type_hints(Song).items()}


def _columns() -> sql.Composable:
    return sql.SQL(", ").join(
        sql.SQL("{} {} not null").format(sql.Identifier(name), sql.SQL(kind))
        for name, kind in song_columns().items()
    )


def _comment(connection: psycopg.Connection[typing.Any]) -> str | None:
    row = connection.execute(
        "select obj_description(to_regclass(%s), 'pg_class')", [f"{SCHEMA}.{TABLE}"]
    ).fetchone()
    return row[0] if row else None
