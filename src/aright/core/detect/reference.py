"""References: what is healthy for each stream, with the limits that its few windows leave possible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.detect.history import BLOCKS, SQUARES, TOTAL, UNITS
from aright.core.stats.binomial_limit import lower_limit, upper_limit
from aright.core.stats.e_process import shifted
from aright.core.stats.overdispersion import pearson, upper_dispersion

if TYPE_CHECKING:
    from aright.core.detect.settings import Settings

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]

SMALLEST_DISPERSION: Final = 0.02
_SURELY: Final = 0.999
_MANY_BLOCKS: Final = 32

MEAN, LOW, HIGH, DISPERSION, WINDOWS = range(5)
"""Columns of a reference."""


def make_references(sums: FloatArray, settings: Settings) -> FloatArray:
    """Return references, shape (streams, 5), from a history's sums, shape (streams, levels, 4).

    The limits are confidence limits of the mean for counts divided by the over-dispersion, and at least the
    smallest change worth looking for away from it.
    """
    first = sums[:, 0]
    n, total = first[:, UNITS], first[:, TOTAL]
    mean = np.clip(total / n, 0.0, 1.0)
    dispersion = _dispersion(sums, settings.dispersion_confidence)
    units, sum_ = n / dispersion, mean * n / dispersion
    ratio = np.full_like(mean, settings.smallest_odds_ratio)
    high = np.maximum(upper_limit(units, sum_, delta=settings.delta), shifted(mean, ratio))
    low = np.minimum(lower_limit(units, sum_, delta=settings.delta), shifted(mean, 1 / ratio))
    return np.stack((mean, low, high, dispersion, first[:, BLOCKS]), axis=1)


def _dispersion(sums: FloatArray, confidence: float) -> FloatArray:
    """Return the over-dispersion to reckon with.

    At least 1 unless it is surely less, since 0/1 values of few windows look tamer than they are; blocks of
    several windows count where they surely vary more, which is how slow swings over the day show.
    """
    windows = sums[:, 0, BLOCKS]
    single = pearson(windows, sums[:, 0, UNITS], sums[:, 0, TOTAL], sums[:, 0, SQUARES])
    usual = np.maximum(upper_dispersion(single, windows, confidence=confidence), 1.0)
    surely = upper_dispersion(single, windows, confidence=_SURELY)
    result = np.where(surely < 1.0, surely, usual)
    for level in range(1, sums.shape[1]):
        many = np.flatnonzero(sums[:, level, BLOCKS] >= _MANY_BLOCKS)
        if not many.size:
            break
        blocks, n, total, squares = sums[many, level].T
        least = upper_dispersion(pearson(blocks, n, total, squares), blocks, confidence=1 - confidence)
        result[many] = np.maximum(result[many], least)
    return np.asarray(np.maximum(result, SMALLEST_DISPERSION), dtype=np.float64)
