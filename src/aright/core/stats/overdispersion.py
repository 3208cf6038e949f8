"""Over-dispersion: how much more (or less) counts vary between windows than independent 0/1 values do."""

from __future__ import annotations

from statistics import NormalDist
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]


def pearson(m: FloatArray, n: FloatArray, total: FloatArray, squares: FloatArray) -> FloatArray:
    """Return Pearson's estimate of the over-dispersion of a series of windows, from sums that merge.

    Args:
        m: windows, shape (k,), ≥ 2.
        n: sum over windows of the units counted.
        total: sum over windows of their totals.
        squares: sum over windows of total² / units.

    1 is what independent 0/1 values give; values that vary less than 0/1 give less.
    Source: P. McCullagh and J. A. Nelder, Generalized Linear Models, 2nd ed. (1989), §4.5.

    >>> totals, one = np.array([30.0, 20.0, 24.0, 26.0]), np.ones(1)
    >>> pearson(4 * one, 400 * one, totals.sum() * one, (totals**2 / 100).sum() * one).round(2)
    array([0.92])
    """
    share = (total + 0.5) / (n + 1)
    excess = np.maximum(squares - total * total / n, 0.0)
    return np.asarray(excess / (share * (1 - share) * (m - 1)), dtype=np.float64)


def chi_square_quantile(p: float, freedom: FloatArray) -> FloatArray:
    """Return quantiles of χ² by Wilson and Hilferty's cube root.

    From 10 degrees of freedom on within 1 %; at the thousandth up to 7 % too small, which is careful.

    >>> chi_square_quantile(0.1, np.array([19.0])).round(1)
    array([11.7])
    """
    step = 2 / (9 * freedom)
    root = 1 - step + NormalDist().inv_cdf(p) * np.sqrt(step)
    return np.asarray(freedom * np.maximum(root, 1e-3) ** 3, dtype=np.float64)


def upper_dispersion(estimate: FloatArray, m: FloatArray, *, confidence: float) -> FloatArray:
    """Return the limit above the over-dispersion that few windows leave possible.

    Args:
        estimate: Pearson's estimates, shape (k,).
        m: windows each was made from, ≥ 2.
        confidence: probability that the truth is below, such as 0.9; below 0.5 gives a lower limit.

    >>> upper_dispersion(np.array([1.0]), np.array([20.0]), confidence=0.9).round(2)
    array([1.63])
    """
    freedom = m - 1
    return np.asarray(estimate * freedom / chi_square_quantile(1 - confidence, freedom), dtype=np.float64)
