"""Evidence that values rise steadily, which neither noise nor a random walk does by itself."""

from __future__ import annotations

import math
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.stats.mann_kendall import rising_log_p
from aright.core.stats.p_to_e import e_from_log_p

FloatArray: TypeAlias = npt.NDArray[np.float64]

_WALKS: Final = (5.95, 5.4)
_WALKS_WITHOUT_WAVES: Final = (7.7, 7.6)
_MOST: Final = 1e4
_DEVIATES: Final = 2.0


def steady_rise_e_value(values: FloatArray, *, without_waves: bool = False) -> float:
    """Return an e-value against "this is noise, or a random walk".

    It is the mean of two. One is Mann and Kendall's, its variance inflated by the autocorrelation that is
    left when a straight line is taken off, at its upper limit (Hamed and Rao): it sees a small rise of
    many values, where they are nearly independent. The other holds the line's rise against what is left
    beside the line, as random walks have it, whose rises look straight surprisingly often (Durlauf and
    Phillips): it sees a steep rise whatever is left. Of 2 · 10⁶ random walks of 24, 48 and 96 steps the
    ratio was beyond 5.95 in a tenth, and beyond 5.4 more for every further power of ten, to 10⁻⁵; that
    line is carried on. (Where the waves of two days were taken off: beyond 7.7, and 7.6 more.)

    Args:
        values: equally spaced, shape (n,), 12 ≤ n ≤ a few hundred.
        without_waves: whether ``without_waves`` has taken something off.

    Sources: K. Hamed, A. Rao, A modified Mann–Kendall trend test for autocorrelated data, Journal of
    Hydrology 204 (1998); S. Durlauf, P. Phillips, Trends versus random walks in time series analysis,
    Econometrica 56 (1988).

    >>> noise = np.random.default_rng(1).normal(size=48)
    >>> rising = np.arange(48.0)
    >>> steady_rise_e_value(rising + noise) > 1e4, steady_rise_e_value(noise.cumsum()) < 2
    (True, True)
    """
    rows = np.arange(len(values)) - (len(values) - 1) / 2
    slope = float(rows @ values) / float(rows @ rows)
    rest = values - values.mean() - slope * rows
    left = math.sqrt(float(rest @ rest) / len(rest))
    if slope <= 0:
        return 0.5
    rise = slope * (len(rows) - 1)
    ratio = _MOST if left * _MOST <= rise else rise / left
    tenth, decade = _WALKS_WITHOUT_WAVES if without_waves else _WALKS
    walk = -math.log(10) * (1 + (ratio - tenth) / decade) if ratio > tenth else 0.0
    related = float(rest[1:] @ rest[:-1]) / max(float(rest @ rest), 1e-300)
    related = max(related + _DEVIATES / math.sqrt(len(rest)), 0.0)
    if related >= 1:
        return e_from_log_p(walk) / 2
    of_ranks = rising_log_p(values, effective=(1 - related) / (1 + related))
    return (e_from_log_p(walk) + e_from_log_p(of_ranks)) / 2


def without_waves(at: FloatArray, values: FloatArray, *, period: float) -> FloatArray:
    """Return values without the wave of a period and its half, which a straight line is fitted beside.

    Args:
        at: instants, over two periods at least, shape (n,).
        values: shape (n,), n ≥ 12.
        period: in the unit of ``at``.

    >>> at = np.arange(0, 4, 0.1)
    >>> bool(np.allclose(without_waves(at, at + np.sin(2 * np.pi * at), period=1.0), at))
    True
    """
    phase = 2 * np.pi * (at - at[0]) / period
    waves = np.stack((np.sin(phase), np.cos(phase), np.sin(2 * phase), np.cos(2 * phase)), axis=1)
    line = np.stack((np.ones(len(at)), (at - at.mean()) / max(float(np.ptp(at)), 1e-300)), axis=1)
    weights, *_ = np.linalg.lstsq(np.concatenate((line, waves), axis=1), values, rcond=None)
    return np.asarray(values - waves @ weights[2:], dtype=np.float64)
