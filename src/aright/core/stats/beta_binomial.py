"""Tails of the beta-binomial distribution: counts whose share itself varies."""

from __future__ import annotations

import math
from typing import Final

_MOST_PRECISE: Final = 1e7  # beyond it the share is as good as certain and log-gammas lose digits


def beta_binomial_sf(k: int, n: int, share: float, precision: float) -> float:
    """Return the probability of at least ``k`` of ``n`` where the share is drawn from a beta distribution.

    Args:
        k: events, in [0, n].
        n: trials, ≥ 0.
        share: mean of the beta distribution, in (0, 1).
        precision: a + b of the beta distribution, > 0; the share's variance is share (1 - share) / (1 + it).

    Source: J. G. Skellam, Journal of the Royal Statistical Society B 10 (1948).

    >>> round(beta_binomial_sf(1, 1, 0.3, 5.0), 6), round(beta_binomial_sf(2, 2, 0.5, 2.0), 6)
    (0.3, 0.333333)
    >>> beta_binomial_sf(3, 500, 0.5 / 20_001, 20_001) < 1e-4
    True
    """
    if k <= 0:
        return 1.0
    if k > n:
        return 0.0
    precision = min(precision, _MOST_PRECISE)
    a, b = share * precision, (1 - share) * precision
    if k <= n * share:  # sum the shorter, lower tail
        return max(0.0, 1 - _upper(n - k + 1, n, b, a))
    return _upper(k, n, a, b)


def _upper(k: int, n: int, a: float, b: float) -> float:
    """Return P(X ≥ k) by summing its probabilities upwards, each from the one before."""
    log_first = (
        math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
        + math.lgamma(k + a) + math.lgamma(n - k + b) - math.lgamma(n + a + b)
        + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    )  # fmt: skip
    if log_first < -740:
        return 0.0
    term = total = math.exp(log_first)
    for x in range(k, n):
        term *= (n - x) * (x + a) / ((x + 1) * (n - x - 1 + b))
        total += term
        if term < total * 1e-15:
            break
    return min(1.0, total)
