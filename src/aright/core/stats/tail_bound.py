"""An exact bound on how likely a mean of few values is by chance: the Chernoff–Hoeffding bound."""

from __future__ import annotations

from math import log


def log_evidence(n: float, total: float, limit: float) -> float:
    """Return −ln of a bound on P(mean ≥ total / n) where the true mean is at most ``limit``.

    Holds for any independent values in [0, 1], for every n, without any approximation: the bound is
    exp(−n KL(mean ‖ limit)). A mean not beyond the limit gives 0, which is no evidence.

    Args:
        n: values counted, ≥ 0; need not be whole.
        total: their sum, in [0, n].
        limit: the largest mean that is still fine, in (0, 1).

    Source: W. Hoeffding, Probability inequalities for sums of bounded random variables, JASA 58 (1963),
    theorem 1.

    >>> round(log_evidence(3, 1, 0.001), 2), round(log_evidence(1000, 30, 0.001), 1)
    (5.0, 73.5)
    >>> log_evidence(100, 1, 0.02), log_evidence(0, 0, 0.02)
    (0.0, 0.0)
    """
    if n <= 0:
        return 0.0
    mean = min(max(total / n, 0.0), 1.0)
    if mean <= limit:
        return 0.0
    divergence = mean * log(mean / limit)
    if mean < 1:
        divergence += (1 - mean) * log((1 - mean) / (1 - limit))
    return n * divergence
