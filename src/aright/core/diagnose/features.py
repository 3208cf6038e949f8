"""Features in coarse bins: the usual range in eighths, and what is out of the ordinary by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from aright.core.diagnose.rows import codes_of, numbers
from aright.core.model.columns import FEATURE, names_with, source_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from aright.core.diagnose.rows import Rows

EIGHTHS: Final = 8
FEW: Final = 16
"""A number with no more values than this in the reference is binned by value."""

MAX_FEATURES: Final = 500
"""Features looked at, in the schema's order, so that hostile rows cannot make a diagnosis endless."""


class Bin(Enum):
    """What a bin holds."""

    USUAL = "usual"
    NULL = "empty"
    NOT_FINITE = "not finite"
    CONSTANT = "one and the same value"
    BELOW = "below all that was seen before"
    ABOVE = "above all that was seen before"
    UNSEEN = "a value never seen before"


@dataclass(frozen=True, eq=False)
class Feature:
    """One feature, binned.

    Attributes:
        name: the feature.
        source: where it comes from.
        codes: bin per row.
        bins: what each bin holds.
        value: per row as a number; NaN where it is none.
        constant: the value that the ``CONSTANT`` bin holds; ``None`` without one.
    """

    name: str
    source: str
    codes: NDArray[np.int32]
    bins: tuple[Bin, ...]
    value: NDArray[np.float64]
    constant: float | None = None

    def shares(self, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the share of each bin among the rows of ``mask``; zeros where there are none."""
        count = np.bincount(self.codes[mask], minlength=len(self.bins)).astype(np.float64)
        return np.asarray(count / max(float(count.sum()), 1.0), dtype=np.float64)

    def keep(self, mask: NDArray[np.bool_]) -> Feature:
        """Return only the rows where ``mask`` holds."""
        return replace(self, codes=self.codes[mask], value=self.value[mask])


def features_of(rows: Rows, inside: NDArray[np.bool_]) -> list[Feature]:
    """Return the binned features; ``inside`` says where a constant value is looked for."""
    names = names_with(rows.table.schema, FEATURE)[:MAX_FEATURES]
    return [_feature(rows, name, inside) for name in names]


def is_category(kind: pa.DataType) -> bool:
    """Tell whether a column of that type holds categories rather than numbers."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind))


def _feature(rows: Rows, name: str, inside: NDArray[np.bool_]) -> Feature:
    column = rows.table[FEATURE + name]
    null = np.asarray(column.is_null().to_numpy(), dtype=np.bool_)
    if is_category(column.type):
        return _categories(rows, name, null)
    return _numeric(rows, name, null, numbers(rows.table, FEATURE + name), inside)


def _categories(rows: Rows, name: str, null: NDArray[np.bool_]) -> Feature:
    """Bin by value; a value that no reference row has is unseen."""
    values, codes = codes_of(rows.table, FEATURE + name, EIGHTHS * 8)
    known = np.bincount(codes[~rows.now & ~null], minlength=len(values) + 1)
    named = (Bin.USUAL if known[code] else Bin.UNSEEN for code in range(len(values)))
    bins = (*named, Bin.USUAL, Bin.NULL)
    codes = np.where(null, len(values) + 1, codes).astype(np.int32)
    return Feature(name, source_of(name), codes, bins, np.full(len(rows), np.nan))


def _numeric(
    rows: Rows, name: str, null: NDArray[np.bool_], value: NDArray[np.float64], inside: NDArray[np.bool_]
) -> Feature:
    finite = np.isfinite(value)
    known = value[finite & ~rows.now]
    distinct = np.unique(known)
    constant = _constant(value[finite & rows.now & inside], known, distinct)
    edges, low, high = _edges(known, distinct)
    usual = len(edges) + 1
    codes = np.searchsorted(edges, np.nan_to_num(value), "right").astype(np.int32)
    codes = np.where(finite & (value < low), usual, codes)
    codes = np.where(finite & (value > high), usual + 1, codes)
    if constant is not None:
        codes = np.where(value == constant, usual + 2, codes)
    codes = np.where(finite, codes, usual + 3)
    codes = np.where(null, usual + 4, codes).astype(np.int32)
    bins = (Bin.USUAL,) * usual + (Bin.BELOW, Bin.ABOVE, Bin.CONSTANT, Bin.NOT_FINITE, Bin.NULL)
    return Feature(name, source_of(name), codes, bins, value, constant)


def _edges(
    known: NDArray[np.float64], distinct: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float, float]:
    """Return inner edges, and the range beyond which a value is out of the ordinary."""
    if known.size == 0:
        return np.zeros(0), np.inf, -np.inf
    low, high = float(distinct[0]), float(distinct[-1])
    slack = 0.1 * (high - low) if len(distinct) > FEW else 0.0
    if len(distinct) <= FEW:
        return (distinct[1:] + distinct[:-1]) / 2.0, low, high
    return np.unique(np.quantile(known, np.arange(1, EIGHTHS) / EIGHTHS)), low - slack, high + slack


def _constant(
    now: NDArray[np.float64], before: NDArray[np.float64], distinct: NDArray[np.float64]
) -> float | None:
    """Return the value that far more current rows have than before, where there were many values before."""
    if now.size < 20 or len(distinct) <= FEW:
        return None
    values, counts = np.unique(now, return_counts=True)
    most = int(np.argmax(counts))
    share = counts[most] / now.size
    usual = float((before == values[most]).mean())
    return float(values[most]) if share >= max(0.2, 3.0 * usual + 0.1) else None
