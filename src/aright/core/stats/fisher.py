"""Fisher's exact test: has the share of rows with a property changed?"""

from __future__ import annotations

import math

import numpy as np

from aright.core.stats.pearson_three import two_sided

_LONGEST = 50_000


def fisher_exact(reference: int, n: int, current: int, m: int) -> float:
    """Return the two-sided p-value of ``reference`` out of ``n`` rows against ``current`` out of ``m``.

    The probability, given all four margins, of a table no likelier than the one seen. Beyond a million or so
    rows the tail comes from the first three moments, with a correction for continuity.

    Source: R. A. Fisher, Statistical Methods for Research Workers (1925); two-sided by point probability.

    >>> round(fisher_exact(1, 10, 11, 14), 6)  # R's fisher.test documentation: 0.002759
    0.002759
    """
    hits, size = reference + current, n + m
    if not 0 < hits < size or not n or not m:
        return 1.0
    share = hits / size
    mean = m * share
    sd = math.sqrt(m * share * (1 - share) * n / (size - 1))
    gap = abs(current - mean)
    reach = max(gap, 12 * sd) + 2
    low = max(0, m + hits - size, math.floor(mean - reach))
    high = min(m, hits, math.ceil(mean + reach))
    if high - low > _LONGEST:
        skewness = (size - 2 * hits) * (size - 2 * m) / (size * (size - 2) * sd)
        return two_sided(math.copysign(max(0.0, gap - 0.5), current - mean) / sd, skewness)
    ks = np.arange(low, high, dtype=np.float64)
    steps = np.log((hits - ks) * (m - ks) / ((ks + 1) * (n - hits + ks + 1)))
    log_mass = np.concatenate(([0.0], np.cumsum(steps)))
    mass = np.exp(log_mass - log_mass.max())
    seen = mass[current - low]
    return min(1.0, float(mass[mass <= seen * (1 + 1e-7)].sum() / mass.sum()))
