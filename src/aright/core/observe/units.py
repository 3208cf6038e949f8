"""Counting by randomisation unit: somebody who asks ten times counts once.

A mean over units of each unit's own mean (Deng, Knoblich & Lu, "Applying the Delta Method in Metric
Analytics", KDD 2018, on why the unit of analysis must be that of randomisation). Retry bursts and heavy users
thus weigh no more than anybody else.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def unit_weights(units: Codes, groups: Codes) -> Floats:
    """Return for each row one over how many rows its unit has in its group.

    Args:
        units: unit number of each row, from 0; shape (rows,).
        groups: group number of each row, from 0; shape (rows,).

    >>> unit_weights(np.array([0, 0, 1]), np.array([0, 0, 0])).tolist()
    [0.5, 0.5, 1.0]
    """
    if not len(units):
        return np.zeros(0)
    keys = groups * (int(units.max()) + 1) + units
    _, which, counts = np.unique(keys, return_inverse=True, return_counts=True)
    weights: Floats = 1.0 / counts[which]
    return weights


def count_units(groups: Codes, weights: Floats, n_groups: int) -> Floats:
    """Return how many units each group has; shape (n_groups,)."""
    return np.bincount(groups, weights, minlength=n_groups).astype(np.float64)


def sum_units(groups: Codes, weights: Floats, values: Floats, n_groups: int) -> Floats:
    """Return for each group the sum over its units of their mean value; shape (n_groups,).

    >>> groups, units = np.array([0, 0, 0]), np.array([0, 0, 1])
    >>> sum_units(groups, unit_weights(units, groups), np.array([1.0, 0.0, 1.0]), 1).tolist()
    [1.5]
    """
    return np.bincount(groups, weights * values, minlength=n_groups).astype(np.float64)
