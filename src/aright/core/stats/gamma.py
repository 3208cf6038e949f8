"""Tails of the gamma distribution and of its special case χ², to full precision, without SciPy."""

from __future__ import annotations

import math
from typing import Final

_NORMAL_FROM: Final = 1e5  # shapes from which the Wilson–Hilferty approximation errs by less than 1e-6 in z
_STEPS: Final = 20_000
_TINY: Final = 1e-300


def chi_square_sf(x: float, df: float) -> float:
    """Return the probability that χ² with ``df`` > 0 degrees of freedom (or parts) is at least ``x``.

    >>> round(chi_square_sf(3.841459, 1), 6)
    0.05
    """
    return gamma_sf(x / 2, df / 2)


def gamma_sf(x: float, shape: float) -> float:
    """Return Q(shape, x): the probability that a gamma variable of ``shape`` > 0 is at least ``x``."""
    return 1.0 if x <= 0 else _tails(x, shape)[1]


def gamma_cdf(x: float, shape: float) -> float:
    """Return P(shape, x): the probability that a gamma variable of ``shape`` > 0 is at most ``x``.

    >>> gamma_cdf(0.5, 2.0) + gamma_sf(0.5, 2.0)
    1.0
    """
    return 0.0 if x <= 0 else _tails(x, shape)[0]


def _tails(x: float, shape: float) -> tuple[float, float]:
    """Return P and Q, the smaller one computed and the larger one its complement.

    Series below the mean, Lentz's continued fraction above it: Numerical Recipes (3rd ed.), 6.2.
    """
    if math.isinf(x):
        return 1.0, 0.0
    if shape > _NORMAL_FROM:
        z = 3 * math.sqrt(shape) * ((x / shape) ** (1 / 3) - 1 + 1 / (9 * shape))
        return 0.5 * math.erfc(-z / math.sqrt(2)), 0.5 * math.erfc(z / math.sqrt(2))
    log_front = shape * math.log(x) - x - math.lgamma(shape)
    front = math.exp(log_front) if log_front > -745 else 0.0
    if x < shape + 1:
        lower = min(1.0, front * _series(x, shape))
        return lower, 1 - lower
    upper = min(1.0, front * _fraction(x, shape))
    return 1 - upper, upper


def _series(x: float, shape: float) -> float:
    term = total = 1 / shape
    for step in range(1, _STEPS):
        term *= x / (shape + step)
        total += term
        if term < total * 1e-16:
            break
    return total


def _fraction(x: float, shape: float) -> float:
    b = x + 1 - shape
    c = 1 / _TINY
    d = 1 / b
    value = d
    for step in range(1, _STEPS):
        a = -step * (step - shape)
        b += 2
        d = a * d + b
        d = 1 / (d if abs(d) > _TINY else _TINY)
        c = b + a / c
        c = c if abs(c) > _TINY else _TINY
        value *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return value
