"""SQL text that selects rows, with names and values quoted: telemetry is hostile input."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def identifier(name: str) -> str:
    """Return a column's name as an SQL identifier.

    >>> identifier('attr.re"gion')
    '"attr.re""gion"'
    """
    return '"' + name.replace("\x00", "\ufffd").replace('"', '""') + '"'


def literal(value: str) -> str:
    """Return a text as an SQL string literal.

    >>> literal("O'Hare'; DROP TABLE rows; --")
    "'O''Hare''; DROP TABLE rows; --'"
    """
    return "'" + value.replace("\x00", "\ufffd").replace("'", "''") + "'"


def equals(column: str, value: str) -> str:
    """Return the condition that a column has a value.

    >>> print(equals("attr.region", "north"))
    "attr.region" = 'north'
    """
    return f"{identifier(column)} = {literal(value)}"


def all_of(conditions: Iterable[str]) -> str:
    """Return the conjunction of conditions; ``TRUE`` for none.

    >>> all_of([]), all_of(["a", "TRUE", "b"])
    ('TRUE', 'a AND b')
    """
    return " AND ".join(each for each in conditions if each != "TRUE") or "TRUE"
