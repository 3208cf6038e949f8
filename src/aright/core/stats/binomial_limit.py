"""One-sided confidence limits of a binomial share, for whole arrays of counts and without tables."""

from __future__ import annotations

from statistics import NormalDist
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]


def upper_limit(n: FloatArray, total: FloatArray, *, delta: float) -> FloatArray:
    """Return the upper limits that are too low with probability ``delta`` at most.

    The Paulson–Camp–Pratt approximation of Clopper and Pearson's limit, within 2 % of it. Counts need not
    be whole, so that they may have been divided by an over-dispersion; below one event the limit is drawn
    straight between the exact one of no events and that of one.

    Args:
        n: units counted, shape (k,), > 0.
        total: the sum of their values, shape (k,), in [0, n].
        delta: probability that a limit is too low, in (0, 0.5).

    Source: C. R. Blyth, Approximate binomial confidence limits, JASA 81 (1986), formula C.

    >>> upper_limit(np.array([2000.0, 2000.0]), np.array([0.0, 6.0]), delta=1e-3).round(4).tolist()
    [0.0034, 0.009]
    """
    z = NormalDist().inv_cdf(1 - delta)
    none = 1 - delta ** (1 / n)
    limit = _paulson(n, np.clip(total, 1.0, None), z)
    weight = np.clip(total, 0.0, 1.0)
    return np.clip(none + weight * (limit - none), np.clip(total / n, 0.0, 1.0), 1.0)


def lower_limit(n: FloatArray, total: FloatArray, *, delta: float) -> FloatArray:
    """Return the lower limits that are too high with probability ``delta`` at most; see ``upper_limit``.

    >>> lower_limit(np.array([2000.0]), np.array([500.0]), delta=1e-3).round(3).tolist()
    [0.221]
    """
    return 1 - upper_limit(n, n - total, delta=delta)


def _paulson(n: FloatArray, total: FloatArray, z: float) -> FloatArray:
    more, rest = total + 1, n - total
    b = 81 * more * rest - 9 * n - 8
    c = -3 * z * np.sqrt(np.maximum(9 * more * rest * (9 * n + 5 - z * z) + n + 1, 0.0))
    d = 81 * more * more - 9 * more * (2 + z * z) + 1
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = (more / rest) ** 2 * ((b + c) / d) ** 3
        limit = 1 / (1 + odds)
    return np.where((rest <= 0) | ~np.isfinite(limit), 1.0, limit)
