"""What a figure usually is, and how surprising another one would be."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import numpy as np

from aright.core.contract.season import Fit, fit
from aright.core.stats.beta_binomial import beta_binomial_sf
from aright.core.stats.student import student_p

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.contract.keys import Level, Rate
    from aright.core.contract.season import Design

UNSURE: Final = 3.0
"""How much wider than usual figures may be at times of day that history does not cover."""

NEAR: Final = 6.0
"""Squared standard deviations within which a share is no surprise."""

_DULL: Final = 1.9
"""Student's t whose p-value is above .05 whatever its degrees of freedom, as the normal's is: .057."""

_FEW_EVENTS: Final = 20
_TELLING: Final = 0.5


class Surprise(NamedTuple):
    """How a window's figure compares.

    Attributes:
        p_value: two-sided, of this figure alone.
        expected: what it usually is at this time.
        seen: what it is.
    """

    p_value: float
    expected: float
    seen: float


class RateBaseline(msgspec.Struct, frozen=True):
    """What a share usually is.

    Attributes:
        k, n: events and trials of all reference windows.
        size: trials of a usual window.
        dispersion: variance between windows over that of independent trials, ≥ 1 (upper limit).
        course: over the day, or None where it is one share all day.
        farthest: largest distance of a reference window from the course.
    """

    k: int
    n: int
    size: float
    dispersion: float = 1.0
    course: Fit | None = None
    farthest: float = 0.0

    def share(self, row: Sequence[float]) -> float:
        """Return the share expected at one row of the design, never wholly 0 or 1."""
        pooled = (self.k + 0.5) / (self.n + 1)
        share = self.course.at(row) if self.course else pooled
        least = 0.5 / (self.n + 1)
        return min(max(share, least), 1 - least)

    def surprise(self, seen: Rate, row: Sequence[float], *, covered: bool) -> Surprise:
        """Return how surprising a window's count is; ``covered`` where history knows this time of day."""
        share, now = self.share(row), seen.k / seen.n
        gap = abs(now - share)
        if seen.n * 2 >= self.size and gap <= self.farthest * (1.05 if covered else UNSURE):
            return Surprise(1.0, share, now)
        trials = min(float(seen.n), self.size)
        noise = (self.dispersion / trials) * (1.0 if covered else UNSURE**2)
        noise += self.dispersion * (self.course.size if self.course else 1) / (self.n + 1)
        if gap * gap < NEAR * share * (1 - share) * noise:
            return Surprise(1.0, share, now)
        shared = max((noise * seen.n - 1) / max(seen.n - 1, 1), 1e-7)
        precision = max(1 / shared - 1, 1e-3)
        if now > share:
            p = beta_binomial_sf(seen.k, seen.n, share, precision)
        else:
            p = beta_binomial_sf(seen.n - seen.k, seen.n, 1 - share, precision)
        return Surprise(min(1.0, 2 * p), share, now)


def learn_rate(rates: Sequence[Rate], design: Design, *, floor: float = 0.0) -> RateBaseline:
    """Return what a share usually is.

    Args:
        rates: of the windows, each with n > 0, at least one.
        design: their rows, shape (m, …).
        floor: the least that the share is taken for, such as Good and Turing's estimate of unseen values.

    The variation between windows is Pearson's X² about the course over its degrees of freedom, raised by its
    own standard error, for it was estimated; of windows that expect an event or so, for quiet hours say
    nothing of loud ones. A count within the range of the reference is no surprise.

    Source: P. McCullagh and J. A. Nelder, Generalized Linear Models, 2nd ed. (1989), §4.5.

    >>> from aright.core.contract.keys import Rate
    >>> usual = learn_rate([Rate(10, 100)] * 20, np.ones((20, 3)))
    >>> usual.k, usual.n, round(usual.dispersion, 2)
    (200, 2000, 1.0)
    """
    k, n = sum(rate.k for rate in rates), sum(rate.n for rate in rates)
    trials = np.asarray([rate.n for rate in rates], np.float64)
    size = float(np.median(trials))
    if floor * n > k:
        k = math.ceil(floor * n)
        return RateBaseline(k, n, size, 2.0)
    if k in (0, n) or len(rates) < 4:
        return RateBaseline(k, n, size, 1.0 if k in (0, n) else 2.0)
    shares = np.asarray([rate.k for rate in rates], np.float64) / trials
    course = fit(design, shares, trials) if min(k, n - k) >= _FEW_EVENTS else None
    pooled = (k + 0.5) / (n + 1)
    if course and course.size > 1:
        least = 0.5 / (n + 1)
        expected = np.clip([course.at(row) for row in design.tolist()], least, 1 - least)
    else:
        course, expected = None, np.full(len(rates), pooled)
    spread = trials * (shares - expected) ** 2 / (expected * (1 - expected))
    telling = trials * np.minimum(expected, 1 - expected) >= _TELLING
    spread = spread[telling] if telling.sum() > 2 * (course.size if course else 2) else spread
    free = max(len(spread) - (course.size if course else 1), 1)
    pearson = float(spread.sum()) / free
    dispersion = max(1.0, pearson * (1 + math.sqrt(2 / free)) * _follow(course))
    farthest = float(np.abs(shares - expected).max())
    return RateBaseline(k, n, size, max(dispersion, 1.0) if pearson > 1 else 1.0, course, farthest)


def _follow(course: Fit | None) -> float:
    return course.follow**2 if course else 1.0


class LevelBaseline(msgspec.Struct, frozen=True):
    """What a level usually is.

    Attributes:
        course: over the day.
        size: values that a usual window's level is made from.
        windows: how many windows it was learnt from.
    """

    course: Fit
    size: float
    windows: int

    def far(self, seen: Level, row: Sequence[float], *, covered: bool) -> bool:
        """Whether a level is farther from its course than any reference window of as many values could be."""
        fewer = math.sqrt(max(self.size / max(seen.n, 1), 1.0)) * (1.0 if covered else UNSURE)
        return abs(seen.value - self.course.at(row)) > self.course.farthest * 1.05 * fewer

    def surprise(self, seen: Level, row: Sequence[float], *, floor: float, covered: bool) -> Surprise:
        """Return how surprising a window's level is.

        Args:
            seen: the level.
            row: of the design, for the window's time.
            floor: the least standard deviation believed.
            covered: whether history knows this time of day.

        Student's t about the course. Windows with fewer values than usual vary more: by the square root, as
        if all variation between windows were sampling; nor is a window believed to be surer than its own
        values say, for their spread may depend on the hour too. A p-value above .05 may be told as 1.
        """
        expected = self.course.at(row)
        if not self.far(seen, row, covered=covered):
            return Surprise(1.0, expected, seen.value)
        gap = abs(seen.value - expected)
        fewer = max(self.size / max(seen.n, 1), 1.0)
        unsure = 1.0 if covered else UNSURE
        extra = self.course.size / self.windows
        if self.course.drifts:
            extra += max(abs(float(row[1])) - 1, 0.0) ** 2
        spread = max(self.course.spread, floor) * self.course.follow
        noise = max(spread * math.sqrt(fewer), seen.error)
        t = gap / (noise * math.sqrt(1 + extra) * unsure)
        if t < _DULL:
            return Surprise(1.0, expected, seen.value)
        return Surprise(student_p(t, min(self.course.free, max(seen.n - 1, 1))), expected, seen.value)


def learn_level(levels: Sequence[Level], design: Design) -> LevelBaseline:
    """Return what a level usually is; at least one window, ``design`` of shape (m, …).

    >>> from aright.core.contract.keys import Level
    >>> usual = learn_level([Level(x, 50) for x in (1.0, 2.0, 3.0)], np.ones((3, 3)))
    >>> usual.course.coefficients, usual.size
    ([2.0], 50.0)
    """
    values = np.asarray([level.value for level in levels], np.float64)
    sizes = np.asarray([level.n for level in levels], np.float64)
    return LevelBaseline(fit(design, values, sizes), float(np.median(sizes)), len(levels))
