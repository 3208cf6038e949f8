"""Events counted before and now: what each cell should have lost, and how much more it may vary by nature.

The baseline of a cell is its own rate in the past, shrunk to the product of its attributes' main effects:
empirical Bayes, its strength learned from how far cells differ from that product. Counts vary more than by
chance (over-dispersion), by how much the past's periods tell: a cell is negative binomial (Poisson with a
gamma-distributed rate), which also bounds what one large cell can prove.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.cube.grid import CHUNK, place, sums_of
from aright.core.diagnose.cube.threads import side_by_side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from aright.core.diagnose.cube.grid import Codes, Grid

RISES: Final = np.concatenate([[1.1], np.exp(0.17 * np.arange(1, 26))])
"""Rate ratios looked for: from a tenth more to 70 times, each 1.19 of the one before."""

SWEEPS: Final = 12

TABLE: Final = 2**12
"""Codes of several axes whose factors are multiplied beforehand: a table that stays in the cache."""

SETTLED: Final = 1e-3
"""Factors that change by less than this share in a sweep have settled."""

LEAST_CHANCE: Final = 0.05
"""A rate near 1 varies at least by this share of what Poisson counts do."""

PSEUDO: Final = 2.0
"""Events that the prior of one main effect is worth: a factor is known to ±70 % before any data."""

STRENGTH: Final = (1.0, 100.0)
"""Least and most events that the prior of one cell is worth."""

SPIKE: Final = 4.0
"""A period of the past whose rate is so many deviations above the median had a fault of its own."""

SPIKE_SHARE: Final = 0.25
"""And above it by this share at least."""

FEWEST: Final = 5
"""Counts that a spread needs."""

OUTLYING: Final = 9.0
"""A squared standardised residual counts no more than this when the dispersion is learned."""


@dataclass(frozen=True, eq=False)
class Counted:
    """Events of every cell.

    Attributes:
        before: events possible in the past (rows, viewers).
        before_lost: those lost, between 0 and ``before``.
        now: events possible now.
        lost: those lost now.
        periods: possible and lost per (cell, period) of the past: cell, period, possible, lost.
    """

    before: NDArray[np.float64]
    before_lost: NDArray[np.float64]
    now: NDArray[np.float64]
    lost: NDArray[np.float64]
    periods: tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Past:
    """What was before, all in all.

    Attributes:
        possible: events.
        lost: of them.
        by_axis: events per code of every axis.
    """

    possible: float
    lost: float
    by_axis: tuple[NDArray[np.float64], ...]


@dataclass(frozen=True, eq=False)
class Baseline:
    """What is expected of every cell now.

    Attributes:
        expected: events lost.
        rate: usual share of its events that a cell loses.
        known: events of the past (the prior's too) that each expectation rests on.
        spread: how much a cell varies from period to period.
    """

    expected: NDArray[np.float64]
    rate: NDArray[np.float64]
    known: NDArray[np.float64]
    spread: Spread


def usual_periods(possible: NDArray[np.float64], lost: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which periods of the past are fit to be a baseline: those without a spike of their own.

    A spike is far from what most periods lose, and from what chance makes of what all others lose together:
    where few are lost in a period, most lose none, and one that does is nothing special.

    >>> usual_periods(np.full(5, 100.0), np.array([2.0, 3.0, 2.0, 40.0, 3.0])).tolist()
    [True, True, True, False, True]
    """
    rates = lost / np.maximum(possible, 1e-9)
    middle = float(np.median(rates)) if rates.size else 0.0
    spread = 1.4826 * float(np.median(np.abs(rates - middle))) if rates.size else 0.0
    usual = (middle + max(SPIKE * spread, SPIKE_SHARE * middle)) * possible
    fit = np.ones(len(rates), dtype=np.bool_)
    for _ in range(SWEEPS):
        expected = float(lost[fit].sum()) / max(float(possible[fit].sum()), 1e-9) * possible
        kept = lost <= np.maximum(usual, expected + SPIKE * np.sqrt(expected) + 1.0) + 1e-9
        if not kept.any() or bool((kept == fit).all()):
            break
        fit = kept
    return fit


def main_effects(
    grid: Grid, possible: NDArray[np.float64], lost: NDArray[np.float64]
) -> tuple[NDArray[np.float64], ...]:
    """Return a factor per code of every axis, their product is the rate of loss; the overall rate is first.

    Iterative proportional fitting, with a prior that pulls rare values to the others.

    >>> from aright.core.diagnose.cube.grid import Grid
    >>> grid = Grid((2,), [np.array([0, 1])])
    >>> rate, (a, b) = main_effects(grid, np.array([1000.0, 1000.0]), np.array([100.0, 300.0]))
    >>> round(float(rate[0]), 2), round(float(b / a), 1)
    (0.2, 3.0)
    """
    total = (float(lost.sum()) + 0.5) / (float(possible.sum()) + 1.0)
    effects = [np.ones(size) for size in grid.shape]
    rate = np.full(len(possible), total)
    for _ in range(SWEEPS):
        largest = 0.0
        for effect, codes, size in zip(effects, grid.codes, grid.shape, strict=True):
            usual = sums_of(codes, possible * rate, size) + PSEUDO
            step = (sums_of(codes, lost, size) + PSEUDO) / usual
            effect *= step  # noqa: PLW2901 - in place
            rate *= step[codes]
            largest = max(largest, float(np.abs(step - 1.0).max()))
        if largest < SETTLED:
            break
    return (np.array([total]), *effects)


def product(effects: tuple[NDArray[np.float64], ...], codes: Sequence[Codes]) -> NDArray[np.float64]:
    """Return the rate of every cell as the product of its effects.

    >>> product((np.array([0.1]), np.array([1.0, 2.0])), [np.array([0, 1, 1])]).tolist()
    [0.1, 0.2, 0.2]
    """
    total, *factors = effects
    rate = np.full(len(codes[0]) if codes else 1, float(total[0]))
    groups: list[list[int]] = []
    for axis, factor in enumerate(factors):
        if groups and np.prod([len(factors[each]) for each in groups[-1]]) * len(factor) <= TABLE:
            groups[-1].append(axis)
        else:
            groups.append([axis])
    tables = [
        (group, reduce(np.multiply.outer, (factors[axis] for axis in group)).ravel()) for group in groups
    ]

    def fill(start: int) -> None:
        rows = slice(start, start + CHUNK)
        for group, joint in tables:
            sizes = [len(factors[axis]) for axis in group]
            rate[rows] *= joint[place([codes[axis][rows] for axis in group], sizes)]
        np.clip(rate[rows], 1e-7, 0.999, out=rate[rows])

    side_by_side(fill, range(0, len(rate), CHUNK), len(rate))
    return rate


def rates_of(
    grid: Grid, possible: NDArray[np.float64], lost: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each cell's usual rate of loss, and how many events it rests on.

    Args:
        grid: the cells.
        possible: events per cell.
        lost: of them.

    >>> from aright.core.diagnose.cube.grid import Grid
    >>> grid = Grid((2, 2), [np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])])
    >>> rate, known = rates_of(grid, np.array([900.0, 0.0, 900.0, 900.0]), np.array([90.0, 0.0, 9.0, 9.0]))
    >>> rate.round(2).tolist()
    [0.1, 0.1, 0.01, 0.01]
    """
    rate = product(main_effects(grid, possible, lost), grid.codes)
    strength = strength_of(lost, possible * rate)
    return (lost + strength) / (possible + strength / rate), lost + strength


def strength_of(lost: NDArray[np.float64], usual: NDArray[np.float64]) -> float:
    """Return how many events the prior is worth that a cell's rate is the product of main effects (moments).

    >>> strength_of(np.array([100.0, 100.0]), np.array([100.0, 100.0]))
    100.0
    """
    excess = float(((lost - usual) ** 2 - usual).sum()) / max(float((usual**2).sum()), 1e-9)
    return float(np.clip(1.0 / max(excess, 1e-9), *STRENGTH))


def baseline_of(grid: Grid, counted: Counted) -> Baseline:
    """Return what is expected of every cell now, and how much its rate varies by nature."""
    rate, known = rates_of(grid, counted.before, counted.before_lost)
    cell, _, possible, lost = counted.periods
    expected = possible * rate[cell]
    told = expected > 0.5
    chance = np.maximum(1.0 - rate[cell], LEAST_CHANCE)
    spread = spread_of(lost[told], expected[told], chance[told], OUTLYING)
    return Baseline(counted.now * rate, rate, known, spread)


@dataclass(frozen=True)
class Spread:
    """How much counts vary: variance = ``chance`` × that by chance + ``rate`` × mean².

    Attributes:
        chance: 1 or more: losses come in clumps.
        rate: squared coefficient of variation of the rate itself.
    """

    chance: float = 1.0
    rate: float = 0.0

    def wider(self, other: Spread) -> Spread:
        """Return the wider of two in either respect."""
        return Spread(max(self.chance, other.chance), max(self.rate, other.rate))


def spread_of(
    lost: NDArray[np.float64], expected: NDArray[np.float64], chance: NDArray[np.float64], outlying: float
) -> Spread:
    """Return how counts vary about their means.

    Moments weighted by the inverse variance, a residual beyond ``outlying`` variances counting as that.

    Args:
        lost: counts.
        expected: their means.
        chance: variance by chance, as a share of the mean (1 for Poisson, 1 − rate for binomial counts).
        outlying: most squared standardised residual.

    >>> rng = np.random.default_rng(0)
    >>> mean = rng.gamma(1.0, 50.0, 4000)
    >>> wandering = rng.poisson(mean * rng.gamma(1 / 0.09, 0.09, 4000)).astype(float)
    >>> found = spread_of(wandering, mean, np.ones(4000), 9.0)
    >>> round(found.chance, 1), round(found.rate, 2)
    (1.0, 0.08)
    """
    found = Spread()
    if lost.size < FEWEST:
        return found
    squared = (lost - expected) ** 2
    by_chance, by_rate = chance * expected, expected**2
    for _ in range(SWEEPS):
        variance = found.chance * by_chance + found.rate * by_rate
        weight = 1.0 / variance**2
        seen = np.minimum(squared, outlying * variance)
        a, b, c = (float(weight @ each) for each in (by_chance**2, by_chance * by_rate, by_rate**2))
        d, e = float(weight @ (seen * by_chance)), float(weight @ (seen * by_rate))
        rate = max((a * e - b * d) / max(a * c - b * b, 1e-12 * a * c), 0.0)
        clumps = (d - b * rate) / a
        if clumps < 1.0:
            clumps, rate = 1.0, max((e - b) / c, 0.0)
        found = Spread(clumps, rate)
    return found


def rise(
    lost: NDArray[np.float64], expected: NDArray[np.float64], spread: NDArray[np.float64], ratio: float
) -> NDArray[np.float64]:
    """Return each cell's evidence (nats) that its rate is ``ratio`` times the expected one.

    The log-likelihood ratio of two negative binomials whose rate has the squared coefficient of variation
    ``spread``.

    >>> one = np.ones(1)
    >>> rise(10 * one, 5 * one, 1e-3 * one, 2.0).round(2).tolist()
    [1.92]
    """
    shape = 1.0 / np.maximum(spread, 1e-6)
    found: NDArray[np.float64] = lost * np.log(ratio)
    found -= (lost + shape) * np.log((shape + ratio * expected) / (shape + expected))
    return found


def error_of_common(
    totals: tuple[NDArray[np.float64], NDArray[np.float64]], expected: float, before_lost: float
) -> float:
    """Return the standard error of a common factor: by chance, and by how the past's periods differ.

    Args:
        totals: events possible and lost per period of the past.
        expected: losses expected now.
        before_lost: losses that the expectation rests on.

    >>> round(error_of_common((np.full(9, 1e4), np.full(9, 400.0)), 400.0, 3600.0), 3)
    0.053
    """
    possible, lost = totals
    kept = (possible > 0.0) & usual_periods(possible, lost)
    rates = lost[kept] / possible[kept]
    mean = float(lost[kept].mean()) if bool(kept.any()) else 0.0
    apart = 0.0
    if rates.size > 2 and mean > 0.0:
        apart = max(float(rates.var(ddof=1)) / float(rates.mean()) ** 2 - 1.0 / mean, 0.0)
    chance = 1.0 / max(expected, 0.5) + 1.0 / max(before_lost, 0.5)
    return float(np.sqrt(apart * (1.0 + 1.0 / max(rates.size, 1)) + chance))
