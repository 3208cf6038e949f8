"""A figure of many windows as a function of the time of day, and how much it varies besides."""

from __future__ import annotations

import math
from operator import mul
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from aright.core.model.times import DAY, HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence

Series: TypeAlias = npt.NDArray[np.float64]
Design: TypeAlias = npt.NDArray[np.float64]

_PER_HARMONIC: Final = 10
_MOST_HARMONICS: Final = 3
_TREND_COSTS: Final = 12.0
_PER_HOUR: Final = 3
_WIDEST_GAP: Final = 0.26


class Clock(msgspec.Struct, frozen=True):
    """The times that history covers.

    Attributes:
        start: of the first window (µs, UTC).
        span: from the first window's start to the last one's (µs).
        harmonics: waves per day that the number of windows allows; 0 without a whole day of history.
    """

    start: int
    span: int
    harmonics: int

    def design(self, starts: Sequence[int]) -> Design:
        """Return 1, trend, waves and the hour of each window, shape (windows, 3 + 2 · harmonics)."""
        at = np.asarray([start - self.start for start in starts], np.float64)
        day = 2 * math.pi * (np.asarray(starts, np.float64) % DAY) / DAY
        columns = [np.ones(len(at)), at / max(self.span, 1)]
        for wave in range(1, self.harmonics + 1):
            columns += [np.sin(wave * day), np.cos(wave * day)]
        columns.append(np.asarray(starts, np.float64) % DAY // HOUR)
        return np.column_stack(columns)


def clock_of(starts: Sequence[int]) -> Clock:
    """Return what a history of windows allows to know of the day.

    >>> from aright.core.model.times import HOUR
    >>> clock_of([hour * HOUR for hour in range(72)]).harmonics, clock_of([0, HOUR]).harmonics
    (3, 0)
    """
    first, last = min(starts), max(starts)
    phases = np.sort((np.asarray(starts, np.float64) % DAY) / DAY)
    gaps = np.diff(phases, append=phases[0] + 1)
    whole = last - first >= 0.9 * DAY and gaps.max() <= _WIDEST_GAP
    few = int(1 / max(float(gaps.max()), 1 / 24) / 3)
    harmonics = min(_MOST_HARMONICS, len(starts) // _PER_HARMONIC, max(few, 1)) if whole else 0
    return Clock(first, last - first, harmonics)


class Fit(msgspec.Struct, frozen=True):
    """A figure's course.

    Attributes:
        coefficients: of the design's columns, in order; trailing zeros left out.
        hours: instead of these, one value for each hour of the day, where the course has steps.
        spread: standard deviation of windows about the course.
        free: degrees of freedom left.
        farthest: the largest distance of any window from the course, as if it were one of usual weight.
        follow: by how much the spread grows because neighbouring windows go together.
    """

    coefficients: list[float]
    spread: float
    free: int
    farthest: float
    follow: float = 1.0
    hours: list[float] = []

    @property
    def size(self) -> int:
        """Return how many numbers describe the course."""
        return len(self.hours) or sum(value != 0 for value in self.coefficients) or 1

    @property
    def drifts(self) -> bool:
        """Whether it goes one way all the time, as counters and clocks do."""
        return len(self.coefficients) > 1 and self.coefficients[1] != 0

    def at(self, row: Sequence[float]) -> float:
        """Return the value expected at one row of the design."""
        if self.hours:
            return self.hours[int(row[-1])]
        value: float = sum(map(mul, self.coefficients, row))
        return value


def fit(design: Design, values: Series, weights: Series) -> Fit:
    """Return the course that explains most for its size (BIC), by weighted least squares.

    Args:
        design: of the windows, shape (m, 2 + 2h), from ``Clock.design``.
        values: of the figure, shape (m,), m ≥ 1, finite.
        weights: of the windows, shape (m,), > 0; such as their number of documents.

    >>> hours = [hour * 3_600_000_000 for hour in range(72)]
    >>> rows = clock_of(hours).design(hours)
    >>> course = fit(rows, 5 + 2 * rows[:, 2], np.ones(72))
    >>> round(course.at(rows[6].tolist()), 3), course.drifts
    (7.0, False)
    """
    m, width = design.shape
    if not m:
        raise ValueError("a course needs at least one window: give a history that is not empty")
    best: tuple[float, list[int], Series, Series] = (math.inf, [0], np.zeros(1), values)
    total = float((weights * (values - np.average(values, weights=weights)) ** 2).sum())
    flat = total <= 1e-18 * max(1.0, float((weights * values * values).sum()))
    for chosen in _models(width - 1)[: 1 if flat else None]:
        if len(chosen) * 3 > m and len(chosen) > 1:
            continue
        part = design[:, chosen] * np.sqrt(weights)[:, None]
        found = np.asarray(np.linalg.lstsq(part, values * np.sqrt(weights), rcond=None)[0], np.float64)
        rest: Series = values - design[:, chosen] @ found
        score = _score(weights, rest, total, len(chosen)) + (_TREND_COSTS if 1 in chosen else 0.0)
        if score < best[0] - 1e-9:
            best = (score, chosen, found, rest)
    score, chosen, found, rest = best
    if not flat and 1 not in chosen:
        steps = _steps(design[:, -1].astype(np.int64), values, weights)
        if steps is not None:
            beside = values - steps[design[:, -1].astype(np.int64)]
            if _score(weights, beside, total, 24) < score:
                return _fitted([], beside, weights, 24, steps.tolist())
    coefficients = np.zeros(max(chosen) + 1)
    coefficients[chosen] = found
    return _fitted(coefficients.tolist(), rest, weights, len(chosen), [])


def _fitted(coefficients: list[float], rest: Series, weights: Series, size: int, hours: list[float]) -> Fit:
    m = len(rest)
    free = max(m - size, 1)
    even = weights / weights.mean()
    spread = math.sqrt(float((even * rest * rest).sum()) / free) if m > size else 0.0
    farthest = float((np.abs(rest) * np.sqrt(weights / np.median(weights))).max())
    return Fit(coefficients, spread, free, farthest, _follow(rest), hours)


def _score(weights: Series, rest: Series, total: float, size: int) -> float:
    """Return the Bayesian information criterion, up to a constant."""
    m = len(rest)
    left = float((weights * rest * rest).sum())
    return m * math.log(max(left / max(total, 1e-30), 1e-12)) + size * math.log(m)


def _steps(
    hours: np.ndarray[tuple[int], np.dtype[np.int64]], values: Series, weights: Series
) -> Series | None:
    """Return the mean of each hour of the day; None where an hour has fewer than three windows."""
    if np.bincount(hours, minlength=24).min() < _PER_HOUR:
        return None
    means: Series = np.bincount(hours, weights=values * weights) / np.bincount(hours, weights=weights)
    return means


def _models(width: int) -> list[list[int]]:
    """Return the columns of the models tried: none, one, … all waves, each without and with a trend."""
    waves = [list(range(2, end)) for end in range(2, width + 1, 2)]
    return [[0, *trend, *wave] for trend in ([], [1]) for wave in waves]


def _follow(rest: Series) -> float:
    """Return √((1 + r) / (1 - r)) of the correlation r of neighbours, where that is above zero."""
    if len(rest) < 12:
        return 1.0
    square = float((rest * rest).sum())
    if square <= 0:
        return 1.0
    r = float((rest[1:] * rest[:-1]).sum()) / square
    r = min(max(r - 2 / math.sqrt(len(rest)), 0.0), 0.8)
    return math.sqrt((1 + r) / (1 - r))
