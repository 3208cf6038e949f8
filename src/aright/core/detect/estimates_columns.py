"""Columns as codes for an additive model: numbers in bins of the reference, categories if frequent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.stats.calibration import Term

if TYPE_CHECKING:
    from aright.core.stats.additive import CodeArray, FloatArray

FEWEST_ROWS: Final = 50
"""Of a value, for it to have a coefficient of its own."""
MOST_VALUES: Final = 64
MOST_BINS: Final = 32
FEW_NUMBERS: Final = 12
"""A column of no more different numbers is a column of categories that have an order."""
_KNOTS: Final = 10
_RANGE: Final = 4.0
"""How steep a slope is believed to be: one penalised unit over a quarter of a column's ranks."""


@dataclass(frozen=True, kw_only=True)
class NumberCoder:
    """Codes of a column of numbers: 0 for none, else 1 + its bin; beyond the ends it is in the last one.

    Attributes:
        edges: between bins; shape (bins - 1,).
        basis: shape (bins + 1, basis columns).
    """

    edges: FloatArray
    basis: FloatArray

    def codes(self, column: pa.ChunkedArray) -> CodeArray:
        """Return the codes of a column; one that is no column of numbers has none."""
        return _bin(numbers_of(column), self.edges)


@dataclass(frozen=True, kw_only=True)
class CategoryCoder:
    """Codes of a column of categories: 0 for none, then the frequent values, then one for all others.

    Attributes:
        values: the frequent ones, as text.
        basis: shape (values + 2, basis columns).
    """

    values: tuple[str, ...]
    basis: FloatArray

    def codes(self, column: pa.ChunkedArray) -> CodeArray:
        """Return the codes of a column."""
        texts = texts_of(column)
        found = pc.index_in(texts, value_set=pa.array(self.values, pa.string()))
        known = np.asarray(found.fill_null(-1), dtype=np.int32)
        codes = np.where(known < 0, len(self.values) + 1, known + 1)
        return np.where(np.asarray(texts.is_valid()), codes, 0).astype(np.int32)


def coder_of(column: pa.ChunkedArray) -> NumberCoder | CategoryCoder | None:
    """Return how a column of the reference is coded; ``None`` where it can tell nothing.

    Of few numbers and of categories, every value with at least 50 rows gets a coefficient of its own.
    Numbers otherwise get a line through ten knots of their ranks: outliers and units do not matter.

    >>> coder = coder_of(pa.chunked_array([["a"] * 60 + ["b"] * 60 + ["rare"] + [None]]))
    >>> coder.codes(pa.chunked_array([["b", "new", None, "a"]])).tolist()
    [2, 3, 0, 1]
    """
    if is_nested(column):
        return None
    coder = _number_coder(column) if is_number(column) else _category_coder(column)
    return coder if coder.basis.shape[1] else None


def term_of(coder: NumberCoder | CategoryCoder, column: pa.ChunkedArray) -> Term:
    """Return a column as codes with the basis of its coder."""
    return Term(codes=coder.codes(column), basis=coder.basis)


def is_number(column: pa.ChunkedArray) -> bool:
    """Return whether a column holds numbers or times, which have an order."""
    kind = column.type
    types = pa.types
    return bool(
        types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) or types.is_temporal(kind)
    )


def is_nested(column: pa.ChunkedArray) -> bool:
    """Return whether a column holds lists, structs or bytes, which cannot be coded."""
    kind = column.type
    return bool(pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def numbers_of(column: pa.ChunkedArray) -> FloatArray:
    """Return numbers, or times as numbers, NaN for none; what is neither is all NaN; shape (rows,)."""
    if not is_number(column):
        return np.full(len(column), np.nan)
    if pa.types.is_temporal(column.type):
        wide = pa.types.is_date32(column.type) or pa.types.is_time32(column.type)
        column = column.cast(pa.int32()).cast(pa.int64()) if wide else column.cast(pa.int64())
    values = np.asarray(pc.fill_null(column.cast(pa.float64(), safe=False), np.nan), dtype=np.float64)
    return np.where(np.isfinite(values), values, np.nan)


def texts_of(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return categories as text, whole numbers without a point."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):
        whole = pc.if_else(pc.is_finite(column), pc.round(column), None)
        all_whole = pc.all(pc.equal(whole, column)).as_py() is not False
        column = (
            whole.cast(pa.int64(), safe=False) if all_whole else pc.if_else(pc.is_nan(column), None, column)
        )
    return column.cast(pa.string())


def _number_coder(column: pa.ChunkedArray) -> NumberCoder:
    values = numbers_of(column)
    known = values[~np.isnan(values)]
    distinct = np.unique(known)
    few = len(distinct) <= FEW_NUMBERS
    if few:
        edges = np.asarray((distinct[1:] + distinct[:-1]) / 2)
    else:
        edges = np.unique(np.quantile(known, np.arange(1, MOST_BINS) / MOST_BINS))
    sizes = np.bincount(_bin(values, edges), minlength=len(edges) + 2)
    missing = [_one_hot(len(sizes), 0)] if sizes[0] >= FEWEST_ROWS else []
    columns: list[FloatArray] = []
    if few:
        columns = [_one_hot(len(sizes), code) for code in range(1, len(sizes)) if sizes[code] >= FEWEST_ROWS]
        columns = columns if len(columns) + len(missing) > 1 else []
    elif len(edges):
        inner = sizes[1:]
        rank = (np.cumsum(inner) - inner / 2) / inner.sum()
        hinges = [np.maximum(rank - knot / _KNOTS, 0.0) for knot in range(_KNOTS)]
        columns = [np.concatenate(([0.0], _RANGE * hinge)) for hinge in hinges]
    return NumberCoder(edges=edges, basis=_stack([*columns, *missing], len(sizes)))


def _category_coder(column: pa.ChunkedArray) -> CategoryCoder:
    texts = texts_of(column)
    counts = {row["values"]: row["counts"] for row in pc.value_counts(texts).to_pylist()}
    missing = counts.pop(None, 0)
    frequent = sorted(counts, key=lambda value: (-counts[value], value))[:MOST_VALUES]
    values = tuple(value for value in frequent if counts[value] >= FEWEST_ROWS)
    width = len(values) + 2
    other = sum(counts.values()) - sum(counts[value] for value in values)
    codes = [0] * (missing >= FEWEST_ROWS) + list(range(1, width - 1)) + [width - 1] * (other >= FEWEST_ROWS)
    columns = [_one_hot(width, code) for code in codes] if len(codes) > 1 else []
    return CategoryCoder(values=values, basis=_stack(columns, width))


def _bin(values: FloatArray, edges: FloatArray) -> CodeArray:
    codes = np.searchsorted(edges, np.where(np.isnan(values), 0.0, values), side="right") + 1
    return np.where(np.isnan(values), 0, codes).astype(np.int32)


def _one_hot(width: int, code: int) -> FloatArray:
    column = np.zeros(width)
    column[code] = 1.0
    return column


def _stack(columns: list[FloatArray], width: int) -> FloatArray:
    return np.stack(columns, axis=1) if columns else np.empty((width, 0))
