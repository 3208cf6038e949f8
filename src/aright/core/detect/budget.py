"""The budget of false alarms, and how streams share it."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]


def budget_weights(groups: IntArray, units: FloatArray, wide: BoolArray, others: int = 0) -> FloatArray:
    """Return the weights, with mean 1, that streams' e-detectors have in their family.

    Wide streams (all traffic, model versions), narrow ones, and those that are no shares have the same part
    of the budget. The wide ones and the others have equal parts of theirs. Of the narrow ones, each signal of
    each segment attribute has the same, and within it segments by their size, so that many small segments do
    not drown a large one.

    Args:
        groups: number of each stream's signal and attribute, shape (k,).
        units: units per window in its reference, shape (k,), > 0.
        wide: which streams are wide, shape (k,).
        others: how many further tests there are, such as those of service metrics; their weights come last.

    >>> groups, units = np.array([0, 1, 1]), np.array([100.0, 75.0, 25.0])
    >>> budget_weights(groups, units, np.array([True, False, False]))
    array([1.5  , 1.125, 0.375])
    >>> budget_weights(groups[:1], units[:1], np.array([True]), others=3)
    array([2.        , 0.66666667, 0.66666667, 0.66666667])
    """
    in_group = np.bincount(groups, units)[groups]
    raw = np.concatenate((np.where(wide, 1.0, units / in_group), np.ones(others)))
    parts = np.concatenate((np.where(wide, 0, 1), np.full(others, 2))).astype(np.int64)
    sums = np.bincount(parts, raw)
    return np.asarray(raw / sums[parts] * len(raw) / max(int(np.count_nonzero(sums)), 1), dtype=np.float64)
