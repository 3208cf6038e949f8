"""Over-dispersion to reckon with, which related streams tell of together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.detect.history import BLOCKS
from aright.core.stats.overdispersion import pearson, upper_dispersion

if TYPE_CHECKING:
    from aright.core.detect.settings import Settings
    from aright.core.detect.streams import Pools

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]

SMALLEST: Final = 0.02
_SURELY: Final = 0.999
_MANY_EVENTS: Final = 5.0
_MANY_BLOCKS: Final = 32


def dispersions(sums: FloatArray, rows: IntArray, pools: Pools, settings: Settings) -> FloatArray:
    """Return these streams' over-dispersion, (rows,), from all streams' sums, (streams, levels, 4).

    A stream's own few windows leave much open, and of hundreds some look far tamer than they are. So it is
    the largest of what the segments of its signal say together (an upper limit), what it says itself (in the
    middle), and what blocks of several windows surely vary more, which is how slow swings over the day show.
    It is at least 1 unless it is surely less, as it is for means of values that vary little.
    """
    learned = sums[:, 0, BLOCKS] >= settings.learning_windows
    windows, n, total, squares = sums[learned, 0].T
    estimates = np.zeros(len(sums))
    estimates[learned] = pearson(windows, n, total, squares)
    together = _together(estimates, np.where(learned, sums[:, 0, BLOCKS] - 1, 0.0), pools, settings)
    windows, n, total, _ = sums[rows, 0].T
    own = upper_dispersion(estimates[rows], windows, confidence=0.5)
    usual = np.maximum(np.maximum(own, together[rows]), 1.0)
    surely = upper_dispersion(estimates[rows], windows, confidence=_SURELY)
    share = total / n
    many_events = n / windows * share * (1 - share) >= _MANY_EVENTS
    result = np.where(many_events & (surely < 1.0), surely, usual)
    result = np.maximum(result, _of_blocks(sums[rows], settings.dispersion_confidence))
    return np.asarray(np.maximum(result, SMALLEST), dtype=np.float64)


def _together(estimates: FloatArray, freedom: FloatArray, pools: Pools, settings: Settings) -> FloatArray:
    """Return the upper limit that each stream's pool has together.

    The attributes of a pool cut up the same units, so that only the values of one attribute are independent.
    """
    weight = np.bincount(pools.of, freedom)
    pooled = np.bincount(pools.of, freedom * estimates) / np.maximum(weight, 1.0)
    freedoms = np.maximum(weight / pools.attributes, 1.0)
    limit = upper_dispersion(pooled, freedoms + 1, confidence=settings.dispersion_confidence)
    return np.asarray(limit[pools.of], dtype=np.float64)


def _of_blocks(sums: FloatArray, confidence: float) -> FloatArray:
    result = np.zeros(len(sums))
    for level in range(1, sums.shape[1]):
        many = np.flatnonzero(sums[:, level, BLOCKS] >= _MANY_BLOCKS)
        if not many.size:
            break
        blocks, n, total, squares = sums[many, level].T
        least = upper_dispersion(pearson(blocks, n, total, squares), blocks, confidence=1 - confidence)
        result[many] = np.maximum(result[many], least)
    return result
