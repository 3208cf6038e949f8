"""Theil and Sen's slope: the median of the slopes between all pairs, with its interval."""

from __future__ import annotations

import math
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]


class Slope(NamedTuple):
    """A slope per unit of x, with the limits that Kendall's variance leaves possible."""

    value: float
    low: float
    high: float


def theil_sen(x: FloatArray, y: FloatArray, *, deviate: float) -> Slope:
    """Return the slope of y over x; up to 29 % of the points may be anything at all.

    Args:
        x: shape (n,), rising; n ≥ 3 and a few hundred at most, since all pairs are formed.
        y: shape (n,); independent apart from the slope, for the interval to hold.
        deviate: normal deviate of the interval, such as 3.

    Source: P. K. Sen, Estimates of the regression coefficient based on Kendall's tau, JASA 63 (1968).

    >>> x = np.arange(20.0)
    >>> y = 2 * x
    >>> y[3] = 500.0
    >>> theil_sen(x, y, deviate=2.0).value
    2.0
    """
    first, second = np.triu_indices(len(x), 1)
    slopes = np.sort((y[second] - y[first]) / (x[second] - x[first]))
    n, pairs = len(x), len(slopes)
    reach = deviate * math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    low = max(math.floor((pairs - reach) / 2), 0)
    high = min(math.ceil((pairs + reach) / 2), pairs - 1)
    return Slope(float(np.median(slopes)), float(slopes[low]), float(slopes[high]))
