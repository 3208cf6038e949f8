"""How far a series strays when all is well: robust, and never next to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

LEVEL_SHARE: Final = 0.02
"""Of a level, so much counts as no change, however still the series was."""
DEVIATION_SHARE: Final = 0.2
"""Of the standard deviation: a series that rests but for rare bursts is allowed these."""


def median_of(values: Floats) -> Floats:
    """Return medians along the last axis, NaN left out, 0 where nothing is known.

    >>> median_of(np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, np.nan]])).tolist()
    [2.0, 0.0]
    """
    return quantile_of(values, 0.5)


def quantile_of(values: Floats, q: float) -> Floats:
    """Return quantiles along the last axis, NaN left out, 0 where nothing is known.

    Args:
        values: shape (…, steps).
        q: in [0, 1]; between two values it is interpolated.

    >>> quantile_of(np.array([[0.0, 1.0, np.nan, 2.0]]), 0.25).tolist()
    [0.5]
    """
    ordered = np.sort(values, axis=-1)
    count = np.isfinite(ordered).sum(axis=-1)
    place = np.maximum(count - 1, 0) * q
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, np.maximum(count - 1, 0))
    below = np.take_along_axis(ordered, low[..., None], -1)[..., 0]
    above = np.take_along_axis(ordered, high[..., None], -1)[..., 0]
    found: Floats = np.where(count > 0, below + (above - below) * (place - low), 0.0)
    return found


def spread_of(values: Floats, level: Floats) -> Floats:
    """Return max(MAD / 0.6745, IQR / 1.35, 2 % of the level, 0.2 σ) of each row.

    Each floor is for a sort of series on which the others fail: the interquartile range for one with two
    levels, the level's share for one that hardly moves, the deviation's for one that rests but for bursts.

    Args:
        values: shape (series, steps), NaN where unknown.
        level: shape (series,): what two per cent are taken of.

    >>> spread_of(np.full((1, 9), 100.0), np.array([100.0])).tolist()
    [2.0]
    """
    middle = median_of(values)
    away = median_of(np.abs(values - middle[:, None])) / 0.6745
    range_ = (quantile_of(values, 0.75) - quantile_of(values, 0.25)) / 1.35
    still, bursts = LEVEL_SHARE * np.abs(level), DEVIATION_SHARE * _deviation(values)
    found: Floats = np.maximum(np.maximum(away, range_), np.maximum(still, bursts))
    return found


def _deviation(values: Floats) -> Floats:
    known = np.isfinite(values)
    count = np.maximum(known.sum(axis=-1), 1)
    filled = np.where(known, values, 0.0)
    mean = filled.sum(axis=-1) / count
    off = np.where(known, filled - mean[..., None], 0.0)
    found: Floats = np.sqrt((off * off).sum(axis=-1) / count)
    return found
