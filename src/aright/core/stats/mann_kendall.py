"""Mann and Kendall's test: do values rise with time?"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]

_FARTHEST = 30.0


def rising_log_p(values: FloatArray, *, effective: float = 1.0) -> float:
    """Return the logarithm of the one-sided p-value for "they rise", by the normal approximation.

    Valid for exchangeable values; ties count for nothing. Of a perfect rise the exact value, 1/n!, is far
    smaller than the approximation's, so that this errs to the careful side where it matters.

    Args:
        values: in order of time, shape (n,), n ≥ 3 and a few hundred at most, since all pairs are formed.
        effective: the share of them that counts as independent.

    Source: H. B. Mann, Nonparametric tests against trend, Econometrica 13 (1945).

    >>> round(rising_log_p(np.arange(10.0)), 1), round(rising_log_p(np.array([3.0, 1.0, 2.0])), 1)
    (-10.1, -0.7)
    """
    first, second = np.triu_indices(len(values), 1)
    balance = float(np.sign(values[second] - values[first]).sum())
    n = len(values)
    deviate = (balance - math.copysign(1, balance)) / math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    deviate *= math.sqrt(effective)
    return math.log(math.erfc(min(deviate, _FARTHEST) / math.sqrt(2)) / 2)
