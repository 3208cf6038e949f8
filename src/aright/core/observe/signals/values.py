"""Columns of rows as arrays of numbers and texts, which the signals are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import ATTRIBUTE, FEATURE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aright.core.model.cuts import Cuts

FloatArray: TypeAlias = npt.NDArray[np.float64]

Measure: TypeAlias = "Callable[[pa.Table, Cuts | None], FloatArray | None]"
"""A signal that is a mean over rows: each row's value in [0, 1], NaN where it does not count; or ``None``."""


def numbers(rows: pa.Table, column: str) -> FloatArray | None:
    """Return a column as floats, null as NaN; ``None`` where there is no such column or nothing in it.

    >>> numbers(pa.table({"status": [200, None]}), "status")
    array([200.,  nan])
    """
    if column not in rows.column_names or rows[column].null_count == rows.num_rows:
        return None
    return np.array(pc.cast(rows[column], pa.float64()).to_numpy(), dtype=np.float64)


def feature(rows: pa.Table, names: Sequence[str]) -> FloatArray | None:
    """Return the first of these features that there is as numbers; ``None`` where there is none.

    >>> feature(pa.table({"feat.output_tokens": [7.0]}), ("gen_ai.output_tokens", "output_tokens"))
    array([7.])
    """
    for name in names:
        column = FEATURE + name
        if column in rows.column_names and is_number(rows.schema.field(column).type):
            found = numbers(rows, column)
            if found is not None:
                return found
    return None


def words(rows: pa.Table, names: Sequence[str], *, prefix: str = FEATURE) -> pa.ChunkedArray | None:
    """Return the first of these features, or attributes, that there is as texts; ``None`` without any.

    >>> words(pa.table({"feat.finish_reason": ["stop", None]}), ("finish_reason",)).to_pylist()
    ['stop', None]
    """
    for name in names:
        column = prefix + name
        if column in rows.column_names and not is_number(rows.schema.field(column).type):
            texts = rows[column].cast(pa.string())
            if texts.null_count < len(texts):
                return texts
    return None


def attribute(rows: pa.Table, names: Sequence[str]) -> pa.ChunkedArray | None:
    """Return the first of these attributes that there is, as texts; ``None`` without any."""
    return words(rows, names, prefix=ATTRIBUTE)


def is_number(kind: pa.DataType) -> bool:
    """Return whether a column of this type holds numbers."""
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))


def twentieths(values: FloatArray) -> tuple[float, float] | None:
    """Return what one of twenty values is below, and what one of twenty is above; ``None`` for fewer.

    >>> twentieths(np.arange(101.0))
    (5.0, 95.0)
    """
    known = values[np.isfinite(values)]
    if len(known) < _FEWEST:
        return None
    low, high = np.quantile(known, (0.05, 0.95))
    return float(low), float(high)


_FEWEST = 20


def beyond(values: FloatArray, limit: float, *, above: bool) -> FloatArray:
    """Return 1 for values beyond a limit, 0 for others, NaN for those that are none.

    >>> beyond(np.array([1.0, 3.0, np.nan]), 2.0, above=True)
    array([ 0.,  1., nan])
    """
    over = values > limit if above else values < limit
    return np.where(np.isfinite(values), over, np.nan)
