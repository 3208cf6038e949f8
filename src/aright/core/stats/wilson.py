"""Wilson's score interval for a mean of values in [0, 1]."""

from __future__ import annotations

from math import sqrt
from typing import Final, NamedTuple

Z_95: Final = 1.959963984540054
"""The two-sided 95 % quantile of the standard normal."""


class Interval(NamedTuple):
    """A confidence interval.

    Attributes:
        low: lower end.
        high: upper end.
    """

    low: float
    high: float


def wilson(n: float, total: float, *, z: float = Z_95, dispersion: float = 1.0) -> Interval:
    """Return the interval of a share, good for small counts and for shares near 0 and 1.

    Args:
        n: how many units were counted, ≥ 0; without any the interval is all of [0, 1].
        total: the sum of their values, in [0, n].
        z: normal quantile of the confidence wanted, two-sided.
        dispersion: variance over that of independent 0/1 values; counts are divided by it.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22
    (1927).

    >>> interval = wilson(100, 12)
    >>> round(interval.low, 3), round(interval.high, 3)
    (0.07, 0.198)
    """
    if n <= 0:
        return Interval(0.0, 1.0)
    size = n / dispersion
    share = min(max(total / n, 0.0), 1.0)
    square = z * z
    centre = share + square / (2 * size)
    spread = z * sqrt(share * (1 - share) / size + square / (4 * size * size))
    scale = 1 + square / size
    return Interval(max((centre - spread) / scale, 0.0), min((centre + spread) / scale, 1.0))
