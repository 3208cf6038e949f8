"""Filters fitted to rows: every column is there, and every constant is of its column's type."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

import pyarrow as pa

from aright.core.model.filter_text import instant
from aright.core.model.filters import (
    Compare,
    Every,
    Filter,
    FilterError,
    Instant,
    IsNull,
    Like,
    Not,
    OneOf,
    Some,
    Value,
    columns_of,
)
from aright.core.model.tables import as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

_Sort: TypeAlias = str

NUMBER: Final = "numbers"
TEXT: Final = "text"
MOMENT: Final = "times"
TRUTH: Final = "true or false"
OTHER: Final = "lists or bytes"


def sort_of(kind: pa.DataType) -> str:
    """Return what a column of this type can be held against.

    >>> sort_of(pa.float32()), sort_of(pa.dictionary(pa.int32(), pa.string())), sort_of(pa.binary())
    ('numbers', 'text', 'lists or bytes')
    """
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_boolean(kind):
        return TRUTH
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return NUMBER
    if pa.types.is_timestamp(kind):
        return MOMENT
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind):
        return TEXT
    return OTHER


def fit(rows: pa.Table, where: Filter) -> tuple[pa.Table, Filter]:
    """Return the columns that a filter looks at, and the filter with constants of their types.

    A column that the rows do not have is null in each of them. Raises ``FilterError`` where a constant cannot
    be of its column's type.

    >>> rows = pa.table({"age": [1.0, 2.0]})
    >>> columns, where = fit(rows, Every((Compare("age", "=", "2"), IsNull("region"))))
    >>> columns.column_names, where.parts[0].value
    (['age', 'region'], 2.0)
    """
    names = columns_of(where)
    known = {
        name: rows[name] if name in rows.column_names else pa.nulls(rows.num_rows, pa.string())
        for name in names
    }
    return pa.table(known), _fitted(where, {name: sort_of(column.type) for name, column in known.items()})


def _fitted(where: Filter, sorts: Mapping[str, _Sort]) -> Filter:
    if isinstance(where, Every | Some):
        return replace(where, parts=tuple(_fitted(part, sorts) for part in where.parts))
    if isinstance(where, Not):
        return Not(_fitted(where.part, sorts))
    if isinstance(where, IsNull):
        return where
    sort = sorts[where.column]
    if isinstance(where, Like):
        if sort is not TEXT:
            raise _misfit(where.column, sort, where.pattern)
        return where
    if isinstance(where, OneOf):
        return OneOf(where.column, tuple(_value(where.column, sort, value) for value in where.values))
    return Compare(where.column, where.operator, _value(where.column, sort, where.value))


def _value(column: str, sort: _Sort, value: Value) -> Value:
    try:
        fitted = _CONVERT[sort](value) if sort in _CONVERT else None
    except ValueError as bad:
        raise _misfit(column, sort, value) from bad
    if fitted is None:
        raise _misfit(column, sort, value)
    return fitted


def _number(value: Value) -> Value | None:
    if isinstance(value, bool | Instant):
        return None
    found = float(value) if isinstance(value, str) else value
    return found if math.isfinite(found) else None


def _text(value: Value) -> Value | None:
    return None if isinstance(value, Instant) else as_text(value)


def _moment(value: Value) -> Value | None:
    if isinstance(value, str):
        return instant(value)
    return value if isinstance(value, Instant) else None


def _truth(value: Value) -> Value | None:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) else None


_CONVERT: Final = {NUMBER: _number, TEXT: _text, MOMENT: _moment, TRUTH: _truth}


def _misfit(column: str, sort: _Sort, value: Value) -> FilterError:
    said = value.at if isinstance(value, Instant) else value
    return FilterError(f"{column[:80]} holds {sort}, which {str(said)[:40]!r} cannot be held against")
