"""The two-sample χ² test on counts of categories, for many categories and few rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aright.core.stats.gamma import gamma_sf

if TYPE_CHECKING:
    from aright.core.stats.binned import Counts, Floats


def chi_square(reference: Counts | Floats, current: Counts | Floats) -> float:
    """Return the p-value of the two samples being of one distribution over unordered categories.

    Pearson's X² with both samples' sizes. The textbook χ² law needs five expected rows in every cell, which
    a thousand categories never have; so its mean and variance given all margins, which are known exactly,
    are matched by a gamma law instead.

    Args:
        reference: counts per category, shape (k,); not whole where rows are worth less than one each.
        current: the same of the current sample.

    Sources: J. B. S. Haldane, Biometrika 31 (1940); R. B. Dawson, Biometrika 41 (1954).

    >>> chi_square(np.array([50, 30, 20]), np.array([20, 30, 50])) < 1e-5
    True
    >>> chi_square(np.array([500, 300, 200]), np.array([50, 30, 20])) > 0.99
    True
    """
    seen = np.flatnonzero(reference + current)
    pooled = (reference + current)[seen].astype(np.float64)
    n, m = float(reference.sum()), float(current.sum())
    cells = len(pooled)
    if cells < 2 or not n or not m or n + m < 4:
        return 1.0
    size = n + m
    expected = pooled * m / size
    statistic = float(((current[seen] - expected) ** 2 / expected).sum()) * size / n
    mean, variance = _moments(pooled, n, m)
    if variance <= 0:
        return 1.0
    return gamma_sf(statistic * mean / variance, mean * mean / variance)


def _moments(pooled: Floats, n: float, m: float) -> tuple[float, float]:
    """Return the exact mean and variance of X² over all tables with these margins (pooled > 0, n + m ≥ 4)."""
    size, cells = n + m, len(pooled)
    rows = (size - 2) / (size - 1)
    columns = (size - cells) * (cells - 1) / (size - 1)
    row_evenness = (size / n + size / m - 4) / (size - 2)
    column_evenness = (size * float((1 / pooled).sum()) - cells**2) / (size - 2)
    mean = (cells - 1) * size / (size - 1)
    variance = (
        2 * size / (size - 3) * (rows - row_evenness) * (columns - column_evenness)
        + size**2 / (size - 1) * row_evenness * column_evenness
    )
    return mean, variance
