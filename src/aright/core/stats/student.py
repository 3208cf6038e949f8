"""Have two means moved apart? Student's t, with a spread that a small or even sample cannot fake."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_NORMAL_FROM: Final = 1e7
_STEPS: Final = 20_000
_TINY: Final = 1e-300


class Sample(NamedTuple):
    """What a test of means needs to know of a sample.

    Attributes:
        n: how many values.
        mean: of them; NaN without any.
        variance: of them, by n - 1; 0 for one value.
    """

    n: int
    mean: float
    variance: float


def sample_of(values: npt.NDArray[np.float64]) -> Sample:
    """Return the moments of finite values; shape (values,)."""
    n = len(values)
    if not n:
        return Sample(0, math.nan, 0.0)
    return Sample(n, float(values.mean()), float(values.var(ddof=1)) if n > 1 else 0.0)


def means_p(one: Sample, two: Sample) -> float:
    """Return the two-sided p-value of a difference of means: the larger of Welch's and of Student's.

    Welch's needs no equal spreads; Student's, which pools them, needs no spread in the smaller sample, so
    that a handful of equal values is not certainty. 1 where neither can be had.

    >>> means_p(Sample(5_000, 0.78, 0.17), Sample(1, 1.0, 0.0)) > 0.5
    True
    >>> round(means_p(Sample(50, 0.0, 1.0), Sample(50, 0.5, 1.0)), 4)
    0.0141
    """
    gap = two.mean - one.mean
    parts = [each.variance / each.n if each.n else 0.0 for each in (one, two)]
    free = [max(each.n - 1, 0) for each in (one, two)]
    degrees = sum(free)
    if not degrees or not one.n or not two.n:
        return 1.0
    pooled = sum(each.variance * df for each, df in zip((one, two), free, strict=True)) / degrees
    if pooled <= 0:
        return 1.0
    answers = [student_p(gap / math.sqrt(pooled * (1 / one.n + 1 / two.n)), degrees)]
    below = sum(part * part / df for part, df in zip(parts, free, strict=True) if df)
    if below > 0:
        answers.append(student_p(gap / math.sqrt(sum(parts)), sum(parts) ** 2 / below))
    return max(answers)


def student_p(t: float, df: float) -> float:
    """Return the probability that Student's t with ``df`` > 0 degrees of freedom is as far from 0 as ``t``.

    >>> round(student_p(2.228139, 10), 6), round(student_p(1.959964, 1e9), 6)
    (0.05, 0.05)
    """
    if df >= _NORMAL_FROM:
        return math.erfc(abs(t) / math.sqrt(2))
    square = t * t / df
    return _beta(1 / (1 + square), df / 2, math.log1p(square)) if square else 1.0


def student_quantile(df: float, p: float = 0.05) -> float:
    """Return the t that is exceeded on either side together with probability ``p``.

    >>> round(student_quantile(10), 4), round(student_quantile(1e9), 4)
    (2.2281, 1.96)
    """
    low, high = 0.0, 1.0
    while student_p(high, df) > p:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if student_p(middle, df) > p else (low, middle)
    return high


def _beta(x: float, a: float, fall: float) -> float:
    """Return the regularised incomplete beta function I_x(a, 1/2); ``fall`` is -log x, exact near x = 1.

    Numerical Recipes (3rd ed.), 6.4.
    """
    b = 0.5
    rest = -math.expm1(-fall)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) - a * fall + b * math.log(rest)
    front = math.exp(log_front)
    if x < (a + 1) / (a + b + 2):
        return min(1.0, front * _fraction(x, a, b) / a)
    return max(0.0, 1 - front * _fraction(rest, b, a) / b)


def _fraction(x: float, a: float, b: float) -> float:
    """Return the continued fraction of the incomplete beta function, by Lentz's method."""
    c, d = 1.0, 1 / _far(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _far(1 + term * d)
            c = _far(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value


def _far(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
