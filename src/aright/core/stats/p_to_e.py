"""From p-values to e-values, so that a rank test can stand in a family of e-values."""

from __future__ import annotations

import math

_LEAST_LOG: float = -600.0


def e_from_log_p(log_p: float) -> float:
    """Return (1 − p + p ln p) / (p ln² p): an e-value, whatever the p-value's null is.

    It is the mean of the calibrators κp^(κ − 1) over all κ in (0, 1), so nothing is chosen; it gives away
    little more than a factor of ln² p.

    Args:
        log_p: natural logarithm of a p-value, ≤ 0; smaller than −600 counts as −600.

    Source: V. Vovk, R. Wang, E-values: calibration, combination and applications, Annals of Statistics 49
    (2021), eq. (2).

    >>> round(e_from_log_p(math.log(1e-6)), 0), e_from_log_p(0.0)
    (5239.0, 0.5)
    """
    log = max(log_p, _LEAST_LOG)
    if log > -1e-4:
        return 0.5
    p = math.exp(log)
    return (1 - p + p * log) / (p * log * log)
