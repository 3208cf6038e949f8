"""Filters: conditions over columns that select rows, as values rather than as text.

Unknown is neither true nor false, as SQL has it: a condition on a missing value selects nothing, nor does its
negation. NaN is larger than any number, as DuckDB and PostgreSQL have it, so that a filter selects the same
rows wherever its SQL is run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from aright.core.model.times import Micros

Operator: TypeAlias = Literal["=", "<>", "<", "<=", ">", ">="]


class FilterError(ValueError):
    """A filter cannot be read, or does not fit the columns; the message says where and why."""


@dataclass(frozen=True)
class Instant:
    """A moment that a column is held against.

    Attributes:
        at: µs since 1970, UTC.
    """

    at: Micros


Value: TypeAlias = str | float | bool | Instant


@dataclass(frozen=True)
class Compare:
    """A column against a value.

    Attributes:
        column: its name.
        operator: how.
        value: what it is held against.
    """

    column: str
    operator: Operator
    value: Value


@dataclass(frozen=True)
class OneOf:
    """A column that holds one of some values.

    Attributes:
        column: its name.
        values: at least one.
    """

    column: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Like:
    """A column of text that fits a pattern.

    Attributes:
        column: its name.
        pattern: ``%`` stands for any text, ``_`` for any sign; nothing escapes them.
    """

    column: str
    pattern: str


@dataclass(frozen=True)
class IsNull:
    """A column without a value.

    Attributes:
        column: its name.
    """

    column: str


@dataclass(frozen=True)
class Not:
    """What does not hold.

    Attributes:
        part: the condition.
    """

    part: Filter


@dataclass(frozen=True)
class Every:
    """Conditions that all hold; none at all selects every row.

    Attributes:
        parts: the conditions.
    """

    parts: tuple[Filter, ...] = ()


@dataclass(frozen=True)
class Some:
    """Conditions of which one holds at least; none at all selects no row.

    Attributes:
        parts: the conditions.
    """

    parts: tuple[Filter, ...] = ()


Filter: TypeAlias = Compare | OneOf | Like | IsNull | Not | Every | Some


def columns_of(where: Filter) -> tuple[str, ...]:
    """Return the columns that a filter looks at, in the order in which it names them.

    >>> columns_of(Every((Compare("a", "=", 1), Not(IsNull("b")), Compare("a", "<", 9))))
    ('a', 'b')
    """
    if isinstance(where, Not):
        return columns_of(where.part)
    if isinstance(where, Every | Some):
        return tuple(dict.fromkeys(name for part in where.parts for name in columns_of(part)))
    return (where.column,)


def without(where: Filter, column: str) -> Filter:
    """Return a filter without the conditions on one column that all rows must meet.

    >>> without(Every((Compare("time", ">=", Instant(5)), Compare("a", "=", "x"))), "time")
    Every(parts=(Compare(column='a', operator='=', value='x'),))
    """
    if isinstance(where, Every):
        kept = (without(part, column) for part in where.parts)
        return Every(tuple(part for part in kept if part != Every()))
    return Every() if columns_of(where) == (column,) else where
