"""The season of a series, kept only where it foretells rows that it was not learned from."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.stats.autoregression import filtered, fit_autoregression
from aright.core.stats.seasonal_lines import NO_SEASON, Seasonal, find_lines, solved, waves

FloatArray: TypeAlias = npt.NDArray[np.float64]

_CHANCE: Final = 1e-3
_LEARNED_SHARE: Final = 0.67
_LEAST_GAIN: Final = 0.995
_MOST_GAPS: Final = 2.0


def season_of(framed: FloatArray, clock: FloatArray, periods: tuple[float, ...]) -> Seasonal:
    """Return the season of framed values, shape (n,), at instants in rows; ``periods`` that are known help.

    Frequencies come from the periodogram (see :mod:`aright.core.stats.seasonal_lines`), known periods and
    their multiples make them exact. The weights learned from the first two thirds must make the last third's
    one-row-ahead error smaller, else there is no season.
    """
    grid = gridded(framed, clock)
    if grid is None:
        return NO_SEASON
    rows = np.arange(len(grid))
    line = np.polynomial.Polynomial.fit(rows, grid, 1)(rows)
    frequencies = _snapped(find_lines(grid - line, chance=_CHANCE), periods, len(grid))
    if not len(frequencies):
        return NO_SEASON
    first = int(_LEARNED_SHARE * len(framed))
    tried = _fitted(framed[:first], clock[:first], frequencies)
    if not _foretells(framed, tried(clock), first):
        return NO_SEASON
    return _fitted(framed, clock, frequencies)


def gridded(values: FloatArray, clock: FloatArray) -> FloatArray | None:
    """Return values at whole rows of the clock, gaps filled by straight lines; None where most are gaps.

    >>> gridded(np.array([1.0, 3.0]), np.array([0.0, 2.0]))
    array([1., 2., 3.])
    """
    at = clock - clock[0]
    if at[-1] > _MOST_GAPS * len(values) or np.ptp(values) == 0:
        return None
    return np.asarray(np.interp(np.arange(int(at[-1]) + 1), at, values), dtype=np.float64)


def _snapped(frequencies: FloatArray, periods: tuple[float, ...], n: int) -> FloatArray:
    result = frequencies.copy()
    for period in periods:
        multiple = np.round(frequencies * period)
        near = (multiple > 0) & (np.abs(frequencies - multiple / period) < 0.6 / n)
        result = np.where(near, multiple / period, result)
    return np.unique(result)


def _fitted(values: FloatArray, clock: FloatArray, frequencies: FloatArray) -> Seasonal:
    span = max(float(clock[-1] - clock[0]), 1.0)
    slope = (clock - clock[0]) / span - 0.5
    basis = np.concatenate((waves(frequencies, clock), np.ones((len(clock), 1)), slope[:, None]), axis=1)
    return Seasonal(frequencies, solved(basis, values)[:-2])


def _foretells(framed: FloatArray, season: FloatArray, first: int) -> bool:
    without = _one_ahead(framed, first)
    return _one_ahead(framed - season, first) < _LEAST_GAIN * without


def _one_ahead(values: FloatArray, first: int) -> float:
    centred = values - np.median(values[:first])
    lags = fit_autoregression(centred[:first], most=12)
    errors = filtered(centred, lags)[first:]
    reach = 4 * float(np.median(np.abs(errors))) + 1e-12
    return float((np.clip(errors, -reach, reach) ** 2).mean())
