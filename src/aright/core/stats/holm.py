"""Holm's step-down correction: many tests, one bound on the probability of any false alarm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the adjusted p-values in the order given; those at or below α are found at family-wise level α.

    Valid under any dependence, and never weaker than Bonferroni's. NaN counts as 1.

    Source: S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of
    Statistics 6 (1979).

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    values = np.nan_to_num(np.asarray(p_values, np.float64), nan=1.0)
    order = np.argsort(values, kind="stable")
    raised = np.minimum(1.0, values[order] * np.arange(len(values), 0, -1))
    adjusted = np.empty(len(values))
    adjusted[order] = np.maximum.accumulate(raised)
    return [float(value) for value in adjusted]
