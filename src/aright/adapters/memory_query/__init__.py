"""A query engine of Arrow's own functions, for tests and trials."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import TIME
from aright.core.model.filter_fit import fit
from aright.core.model.filters import Compare, Every, Instant, IsNull, Like, Not, OneOf, Some

if TYPE_CHECKING:
    from aright.core.model.filters import Filter, Value

_COMPARE: Final = {
    "=": pc.equal,
    "<>": pc.not_equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}


class MemoryQuery:
    """A ``Query`` that goes through the columns one by one.

    >>> rows = pa.table({"age": [1, 2, None]})
    >>> MemoryQuery().matching(rows, Not(Compare("age", "=", 1))).to_pylist()
    [{'age': 2}]
    """

    def matching(self, rows: pa.Table, where: Filter) -> pa.Table:
        """Return the rows for which the filter holds; see the port."""
        columns, fitted = fit(rows, where)
        return rows.filter(_holds(columns, fitted, rows.num_rows))


def _holds(rows: pa.Table, where: Filter, count: int) -> pa.ChunkedArray | pa.Array:
    """Return true, false or null for each row."""
    if isinstance(where, Not):
        return pc.invert(_holds(rows, where.part, count))
    if isinstance(where, Every | Some):
        join = pc.and_kleene if isinstance(where, Every) else pc.or_kleene
        start = pa.array([isinstance(where, Every)] * count, pa.bool_())
        return reduce(join, (_holds(rows, part, count) for part in where.parts), start)
    column = rows[where.column]
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if isinstance(where, IsNull):
        return pc.is_null(column)
    if isinstance(where, Like):
        return pc.match_like(column, where.pattern.replace("\\", "\\\\"))
    if isinstance(where, OneOf):
        return reduce(pc.or_kleene, (pc.equal(column, _scalar(value)) for value in where.values))
    return _compared(column, where)


def _compared(column: pa.ChunkedArray, where: Compare) -> pa.ChunkedArray:
    found = _COMPARE[where.operator](column, _scalar(where.value))
    if where.operator in {">", ">="} and pa.types.is_floating(column.type):
        return pc.or_kleene(found, pc.is_nan(column))
    return found


def _scalar(value: Value) -> pa.Scalar:
    return pa.scalar(value.at, pa.int64()).cast(TIME) if isinstance(value, Instant) else pa.scalar(value)
