"""Which columns a query's columns are made of, and which decide on its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope

from catalogue.errors import CatalogueError

Column = tuple[str, str]
"""A relation as `schema.name`, and a column of it."""

_Columns = tuple[tuple[str, str], ...]
_ROW_PARTS = ("where", "having", "qualify", "group", "joins")


@dataclass(frozen=True)
class Made:
    """How a column of a query is made.

    Attributes:
        of: The columns that its values are made of.
        here: The expressions in which no column appears: constants, counts, numbers of rows.
        as_it_is: Whether it is one column, unchanged.
    """

    of: frozenset[Column]
    here: frozenset[str]
    as_it_is: bool


@dataclass(frozen=True)
class Query:
    """What a query makes of what it reads.

    Attributes:
        columns: How each column is made, by name.
        rows: The columns that decide which rows there are.
        reads: All columns that appear in it anywhere.
    """

    columns: dict[str, Made]
    rows: frozenset[Column]
    reads: frozenset[Column]


def analyse(sql: str, known: Mapping[str, Mapping[str, str]], *, where: str) -> Query:
    """Follow the columns of a query, written for DuckDB.

    Args:
        sql: One query.
        known: The columns and types of the relations it may read, by `schema.name`.
        where: What the query belongs to, for messages.

    Raises:
        CatalogueError: It is no query that can be followed, or reads what is not there.
    """
    try:
        read = _tables(sql)
    except SqlglotError as error:
        raise _lost(where, error) from error
    relevant = {name: columns for name, columns in known.items() if name in read}
    return _analysed(
        sql, tuple((name, tuple(one.items())) for name, one in relevant.items()), where
    )


@cache
def _parsed(sql: str) -> exp.Expr:
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    for table in tree.find_all(exp.Table):
        table.set("catalog", None)
    return tree


@cache
def _tables(sql: str) -> frozenset[str]:
    """The tables that a query names."""
    return frozenset(f"{table.db}.{table.name}" for table in _parsed(sql).find_all(exp.Table))


@cache
def _analysed(sql: str, relevant: tuple[tuple[str, _Columns], ...], where: str) -> Query:
    known = {name: dict(columns) for name, columns in relevant}
    try:
        tree = qualify(
            _parsed(sql).copy(),
            schema=_nested(known),
            dialect="duckdb",
            quote_identifiers=False,
            validate_qualify_columns=True,
        )
    except SqlglotError as error:
        raise _lost(where, error) from error
    return _Followed(tree, known, where).query()


def _lost(where: str, error: SqlglotError) -> CatalogueError:
    first = str(error).splitlines()[0]
    return CatalogueError(
        f"{where} cannot be followed to its columns ({first}): a column that it names is in none "
        "of the tables it reads, or dbt's yml does not tell of it."
    )


def _nested(known: Mapping[str, Mapping[str, str]]) -> dict[str, object]:
    schemas: dict[str, dict[str, Mapping[str, str]]] = {}
    for relation, columns in known.items():
        schema, name = relation.split(".")
        schemas.setdefault(schema, {})[name] = columns
    return dict(schemas)


class _Followed:
    """A qualified query, and the way from each of its columns to the tables."""

    def __init__(self, tree: exp.Expr, known: Mapping[str, Mapping[str, str]], where: str) -> None:
        self._known = known
        self._where = where
        self._scopes = list(traverse_scope(tree))
        self._scope_of = {
            id(column): scope for scope in self._scopes for column in scope.find_all(exp.Column)
        }
        self._seen: dict[tuple[int, int], Made] = {}

    def query(self) -> Query:
        root = self._scopes[-1]
        parts = [column for scope in self._scopes for column in _deciding(scope)]
        rows = frozenset(leaf for column in parts for leaf in self._of(column).of)
        everything = frozenset(
            leaf
            for scope in self._scopes
            for column in scope.find_all(exp.Column)
            for leaf in self._leaf(column)
        )
        names = self._query_of(root).named_selects
        columns = {name: self._made(root, place) for place, name in enumerate(names)}
        for name, made in columns.items():
            if not made.of and not made.here:
                raise CatalogueError(f"{self._where}: nothing tells where column {name} is from.")
        return Query(columns, rows, everything)

    def _made(self, scope: Scope, place: int) -> Made:
        """How the column at a place of a scope is made."""
        key = (id(scope), place)
        if key not in self._seen:
            if isinstance(scope.expression, exp.SetOperation):
                self._seen[key] = _together(
                    [self._made(part, place) for part in scope.set_operation_scopes]
                )
            else:
                projection = self._query_of(scope).selects[place].unalias()
                columns = list(projection.find_all(exp.Column))
                found = [self._of(column) for column in columns]
                alone = isinstance(projection, exp.Column)
                if found:
                    self._seen[key] = _together(found, as_it_is=alone)
                else:
                    text = projection.sql(dialect="duckdb")
                    self._seen[key] = Made(frozenset(), frozenset({text}), as_it_is=False)
        return self._seen[key]

    def _of(self, column: exp.Column) -> Made:
        """What a column that is named in the query stands for."""
        leaves = self._leaf(column)
        if leaves:
            return Made(frozenset(leaves), frozenset(), as_it_is=True)
        source = self._source(column)
        names = self._query_of(source).named_selects
        if column.name not in names:
            raise CatalogueError(f"{self._where}: nothing tells where {column.sql()} is from.")
        return self._made(source, names.index(column.name))

    def _query_of(self, scope: Scope) -> exp.Query:
        if not isinstance(scope.expression, exp.Query):
            text = scope.expression.sql()
            raise CatalogueError(f"{self._where} reads {text}, which is no query.")
        return scope.expression

    def _leaf(self, column: exp.Column) -> list[Column]:
        source = self._scope_of[id(column)].sources.get(column.table)
        if not isinstance(source, exp.Table):
            return []
        relation = f"{source.db}.{source.name}"
        if column.name not in self._known.get(relation, {}):
            raise CatalogueError(
                f"{self._where} reads {relation}.{column.name}, which is not there."
            )
        return [(relation, column.name)]

    def _source(self, column: exp.Column) -> Scope:
        source = self._scope_of[id(column)].sources.get(column.table)
        if not isinstance(source, Scope):
            raise CatalogueError(f"{self._where}: nothing tells where {column.sql()} is from.")
        return source


def _together(parts: list[Made], *, as_it_is: bool = False) -> Made:
    return Made(
        frozenset().union(*(part.of for part in parts)),
        frozenset().union(*(part.here for part in parts)),
        as_it_is=as_it_is and all(part.as_it_is for part in parts),
    )


def _deciding(scope: Scope) -> Iterator[exp.Column]:
    """The columns by which a scope joins, keeps or groups rows."""
    for name in _ROW_PARTS:
        part = scope.expression.args.get(name)
        for one in part if isinstance(part, list) else [part]:
            on = one.args.get("on") if isinstance(one, exp.Join) else one
            if isinstance(on, exp.Expr):
                yield from on.find_all(exp.Column)
