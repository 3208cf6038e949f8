"""References: what is healthy for each stream, with the limits that its few windows leave possible."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.stats.binomial_limit import lower_limit, upper_limit
from aright.core.stats.e_process import shifted

if TYPE_CHECKING:
    from aright.core.detect.settings import Settings

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]

MEAN, LOW, HIGH, DISPERSION, WINDOWS, UNITS_EACH = range(6)
"""Columns of a reference; the last is the units counted per window."""


def make_references(sums: FloatArray, dispersion: FloatArray, settings: Settings) -> FloatArray:
    """Return references, shape (streams, 6), from histories' sums, shape (streams, levels, 4).

    The limits are confidence limits of the mean for counts divided by the over-dispersion, and at least the
    smallest change worth looking for away from it.
    """
    blocks, n, total, _ = sums[:, 0].T
    mean = np.clip(total / n, 0.0, 1.0)
    units, events = n / dispersion, mean * n / dispersion
    ratio = np.full_like(mean, settings.smallest_odds_ratio)
    high = np.maximum(upper_limit(units, events, delta=settings.delta), shifted(mean, ratio))
    low = np.minimum(lower_limit(units, events, delta=settings.delta), shifted(mean, 1 / ratio))
    return np.stack((mean, low, high, dispersion, blocks, n / blocks), axis=1)
