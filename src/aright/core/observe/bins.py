"""Bins: where a column's values are cut, frozen once, so that windows can be compared.

A shift is judged as moving shares of few bins: eighths of the first values for numbers, the most frequent
values for categories, and one bin for "not there". The engine keeps the cuts: points of others do not merge.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.cuts import Cut

if TYPE_CHECKING:
    import numpy.typing as npt

PARTS: Final = 8
MOST_VALUES: Final = 8
MISSING: Final = "none"
OTHER: Final = "other"


def cut_of(column: pa.ChunkedArray) -> Cut:
    """Return where a column is cut, from its first values.

    >>> cut_of(pa.chunked_array([[1.0, 2.0, 3.0, 4.0, None]])).edges
    (1.0, 2.0, 3.0)
    >>> cut_of(pa.chunked_array([["a", "b", "a"]])).values
    ('a', 'b')
    """
    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        values = _numbers(column)
        values = values[np.isfinite(values)]
        if not len(values):
            return Cut()
        if values.min() == values.max():
            constant = float(values.min())
            return Cut(edges=(float(np.nextafter(constant, -np.inf)), constant))
        quantiles = np.quantile(values, np.arange(1, PARTS) / PARTS, method="lower")
        return Cut(edges=tuple(float(edge) for edge in np.unique(quantiles) if edge < values.max()))
    counts = pc.value_counts(_texts(column).drop_null()).to_pylist()
    ranked = sorted(counts, key=lambda entry: (-entry["counts"], entry["values"]))
    return Cut(values=tuple(entry["values"] for entry in ranked[:MOST_VALUES]))


def counts_of(column: pa.ChunkedArray, cut: Cut) -> npt.NDArray[np.int64]:
    """Return how many rows are in each bin; numbers are counted edge by edge, without a bin for each row.

    >>> counts_of(pa.chunked_array([[1.0, 2.0, 3.0, None]]), Cut(edges=(2.0,))).tolist()
    [2, 1, 1]
    """
    bins = len(names_of(cut))
    if cut.values or not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        return np.bincount(codes_of(column, cut), minlength=bins)
    values = _numbers(column)
    finite = np.isfinite(values)
    there = values if finite.all() else values[finite]
    upto = [np.count_nonzero(there <= edge) for edge in cut.edges]
    return np.array([*np.diff([0, *upto, len(there)]), len(values) - len(there)], dtype=np.int64)


def codes_of(column: pa.ChunkedArray, cut: Cut) -> npt.NDArray[np.int64]:
    """Return the bin of each row, from 0; the last is "not there".

    A value on an edge is below it: bins are open to the left and closed to the right.
    """
    bins = len(names_of(cut))
    if cut.values or not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        texts = _texts(column)
        found = pc.index_in(texts, value_set=pa.array(cut.values, pa.string()), skip_nulls=True)
        codes = np.asarray(pc.fill_null(found, len(cut.values)), dtype=np.int64)
        codes[np.asarray(texts.is_null())] = bins - 1
        return codes
    values = _numbers(column)
    codes = np.searchsorted(np.array(cut.edges), values, side="left").astype(np.int64)
    codes[~np.isfinite(values)] = bins - 1
    return codes


def names_of(cut: Cut) -> list[str]:
    """Return the names of a column's bins, in the order of their codes.

    >>> names_of(Cut(edges=(1.0, 2.5)))
    ['≤1', '1…2.5', '>2.5', 'none']
    >>> names_of(Cut(values=("a",)))
    ['a', 'other', 'none']
    """
    if cut.values:
        return [*cut.values, OTHER, MISSING]
    if not cut.edges:
        return ["any", MISSING]
    texts = [f"{edge:g}" for edge in cut.edges]
    if len(set(texts)) < len(texts):
        texts = [repr(edge) for edge in cut.edges]
    between = [f"{low}…{high}" for low, high in pairwise(texts)]
    return [f"≤{texts[0]}", *between, f">{texts[-1]}", MISSING]


def _numbers(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    return np.asarray(pc.fill_null(column.cast(pa.float64()), np.nan), dtype=np.float64)


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.string())
