"""The budget of false alarms, and how streams share it."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]


def budget_weights(groups: IntArray, units: FloatArray, wide: BoolArray) -> FloatArray:
    """Return the weights, with mean 1, that streams' e-detectors have in their family.

    Wide streams (all traffic, model versions) have half of the budget in equal parts. The narrow ones have
    the other
    half: each signal of each segment attribute the same, and within it segments by their size, so that many
        small
    segments do not drown a large one.

    Args:
        groups: number of each stream's signal and attribute, shape (k,).
        units: units per window in its reference, shape (k,), > 0.
        wide: which streams are wide, shape (k,).

    >>> groups, units = np.array([0, 1, 1]), np.array([100.0, 75.0, 25.0])
    >>> budget_weights(groups, units, np.array([True, False, False]))
    array([1.5  , 1.125, 0.375])
    """
    in_group = np.bincount(groups, units)[groups]
    raw = np.where(wide, 1.0, units / in_group)
    of_kind = np.where(wide, raw[wide].sum(), raw[~wide].sum())
    kinds = int(wide.any()) + int((~wide).any())
    return np.asarray(raw / of_kind * len(raw) / max(kinds, 1), dtype=np.float64)
