"""Inserting what may be there already: the one thing that the two databases' dialects say each by itself."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects import sqlite

from aright.adapters.sql.tables import DOCUMENTS, DUES, OUTBOX, POINTS, SEQUENCES, SHEETS, STREAMS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Executable, Table
    from sqlalchemy.dialects import postgresql

_IDENTITY: Final[Mapping[Table, tuple[str, ...]]] = {
    DOCUMENTS: ("kind", "key"),
    DUES: ("key",),
    OUTBOX: ("id",),
    POINTS: ("stream", "start"),
    SHEETS: ("service", "attribute", "value", "version", "start", "width"),
    STREAMS: ("service", "name", "attribute", "value", "version"),
}
"""By what two rows of a table are the same."""

_FEW: Final = 4
"""Rows up to which PostgreSQL is given them one by one."""

_GIVEN: Final = frozenset({"id", "number"})
"""Columns that the database fills."""


def replace(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows, each in place of the one that is the same; no two of ``rows`` may be the same."""
    if connection.dialect.name == "postgresql" and len(rows) > _FEW:
        connection.execute(_replacing_many(table, tuple(rows[0])), _columns(rows))
    elif rows:
        connection.execute(_replacing(connection.dialect.name, table), rows)


def add_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> int:
    """Insert rows but those that are there; return how many were, where that is asked of one row."""
    if not rows:
        return 0
    if connection.dialect.name == "postgresql" and len(rows) > _FEW:
        return connection.execute(_adding_many(table, tuple(rows[0])), _columns(rows)).rowcount
    given = rows[0] if len(rows) == 1 else rows
    return connection.execute(_adding(connection.dialect.name, table), given).rowcount


def count_on(connection: Connection, sequence: str) -> int:
    """Return the next number of a sequence."""
    number: int = connection.execute(_counting(connection.dialect.name), {"name": sequence}).scalar_one()
    return number


def _insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - nobody else pays for it

    return postgresql.insert(table)


def _columns(rows: Sequence[Mapping[str, object]]) -> dict[str, list[object]]:
    return {f"{name}_": [row[name] for row in rows] for name in rows[0]}


@cache
def _replacing(dialect: str, table: Table) -> Executable:
    statement = _insert(dialect, table)
    return statement.on_conflict_do_update(
        index_elements=list(_IDENTITY[table]), set_=_changed(statement, table)
    )


def _changed(statement: sqlite.Insert | postgresql.Insert, table: Table) -> dict[str, ColumnElement[Any]]:
    return {
        column.name: statement.excluded[column.name]
        for column in table.columns
        if column.name not in _IDENTITY[table] and column.name not in _GIVEN
    }


@cache
def _replacing_many(table: Table, names: tuple[str, ...]) -> Executable:
    statement = _insert_many(table, names)
    return statement.on_conflict_do_update(
        index_elements=list(_IDENTITY[table]), set_=_changed(statement, table)
    )


@cache
def _adding_many(table: Table, names: tuple[str, ...]) -> Executable:
    return _insert_many(table, names).on_conflict_do_nothing(index_elements=list(_IDENTITY[table]))


def _insert_many(table: Table, names: tuple[str, ...]) -> postgresql.Insert:
    """Return what inserts rows given as an array for each column: its text is short for any number."""
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - as below

    arrays = [bindparam(f"{name}_", type_=postgresql.ARRAY(table.c[name].type)) for name in names]
    given = func.unnest(*arrays).table_valued(*names).render_derived()
    return postgresql.insert(table).from_select(list(names), select(*(given.c[name] for name in names)))


@cache
def _adding(dialect: str, table: Table) -> Executable:
    return _insert(dialect, table).on_conflict_do_nothing(index_elements=list(_IDENTITY[table]))


@cache
def _counting(dialect: str) -> Executable:
    return (
        _insert(dialect, SEQUENCES)
        .values(value=1)
        .on_conflict_do_update(index_elements=["name"], set_={"value": SEQUENCES.c.value + 1})
        .returning(SEQUENCES.c.value)
    )
