"""The two fits: roots of real against predicted values, and roots of counted losses."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.cube.counts import (
    LEAST_CHANCE,
    PSEUDO,
    RISES,
    Spread,
    baseline_of,
    error_of_common,
    rise,
    spread_of,
)
from aright.core.diagnose.cube.deviations import deviations, noise_of, shift_evidence
from aright.core.diagnose.cube.grid import sums_of
from aright.core.diagnose.cube.maximum import Maxima, honest
from aright.core.diagnose.cube.nulls import of_counts, of_values
from aright.core.diagnose.cube.saturation import saturated
from aright.core.diagnose.cube.search import search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from aright.core.diagnose.cube.counts import Counted
    from aright.core.diagnose.cube.grid import Grid
    from aright.core.diagnose.cube.nulls import Draw
    from aright.core.diagnose.cube.search import Found

TURNS: Final = 2
"""Roots are found, the noise is learned again from the cells outside of them, and they are found anew."""

SHAKEN: Final = 4.0
"""Outside the clearest root a squared standardised residual counts no more than this: there may be others."""

UNDOUBTED: Final = 2.0
"""Roots with less evidence than so many prices may be noise with heavy tails: they too tell what noise is."""

LEFT: Final = 0.1
"""Share of the cells that must be left outside the roots to learn from."""

COMMON: Final = 3.0
"""Nats that a common factor costs: like any finding."""

FACTORS: Final = (0.2, 5.0)
"""Common factors between these are believed; beyond, a part of the whole is the better story."""

ALIKE: Final = 0.02
"""A common factor closer to 1 than this is none: predictions and baselines have that much bias."""


@dataclass(frozen=True, eq=False)
class Fit:
    """What was found, with all that sentences and shares need.

    Attributes:
        found: the roots, the clearest first.
        free: cells of no root.
        common: factor on all that is expected, shared by the cells outside the roots.
        clear: how many standard errors that factor is from 1.
        actual: what each cell shows.
        expected: what was expected, without the common factor.
        variance: of ``actual`` where nothing is wrong.
        volume: what a share of traffic is a share of.
        draw: the most evidence that any part of one more table without these roots has.
        p_values: of the roots; empty until they are known.
        usual: losses expected in the past, per cell or per row of the past; ``None`` for values.
        spread: how losses vary.
    """

    found: Sequence[Found]
    free: NDArray[np.bool_]
    common: float
    clear: float
    actual: NDArray[np.float64]
    expected: NDArray[np.float64]
    variance: NDArray[np.float64]
    volume: NDArray[np.float64]
    draw: Draw
    p_values: Sequence[float] = ()
    usual: NDArray[np.float64] | None = None
    spread: Spread = field(default_factory=Spread)


def cleared(grid: Grid, fit: Fit, rng: np.random.Generator) -> Fit:
    """Return a fit without the roots that the maximum of noise would often reach, and p-values of the others.

    Args:
        grid: the cells.
        fit: roots and how to draw tables without them.
        rng: what tables are drawn by.
    """
    kept, p_values = honest(fit.found, Maxima(fit.draw, rng))
    if len(kept) == len(fit.found):
        return replace(fit, p_values=p_values)
    free = grid.inside(())
    for each in kept:
        free &= ~grid.inside(each.element)
    return replace(fit, found=kept, free=free, p_values=p_values)


def fit_values(grid: Grid, real: NDArray[np.float64], expected: NDArray[np.float64]) -> Fit:
    """Return the roots of real against predicted values.

    >>> from aright.core.diagnose.cube.grid import Grid
    >>> grid = Grid((8, 9, 7), [each.ravel() for each in np.indices((8, 9, 7))])
    >>> rng = np.random.default_rng(0)
    >>> expected = rng.gamma(4.0, 25.0, 8 * 9 * 7)
    >>> real = expected * rng.normal(1.0, 0.05, expected.size)
    >>> real[grid.inside(((0, 2), (2, 3)))] *= 0.6
    >>> [each.element for each in fit_values(grid, real, expected).found]
    [((0, 2), (2, 3))]
    """
    volume = (np.abs(real) + np.abs(expected)) / 2.0
    deviation = deviations(real, expected)
    live = volume > 0.0
    price = float(np.log(max(grid.elements(live), 2)))
    noise = noise_of(deviation, volume, live)
    scores = noise.scores(deviation)
    found, free = search(grid, shift_evidence(scores, live, price), price)
    for _ in range(TURNS - 1):
        quiet = live & _quiet(grid, found, price)
        if int(quiet.sum()) > LEFT * int(live.sum()):
            noise = noise_of(deviation, volume, quiet)
        scores = noise.scores(deviation)
        found, free = search(grid, shift_evidence(scores, live, price), price)
    width = noise.width
    outside = live & free
    count = max(int(outside.sum()), 1)
    typical = float(np.median(width[live])) if bool(live.any()) else 1.0
    common = (2.0 + noise.common) / max(2.0 - noise.common, 1e-9)
    middle = float(np.median(deviation[outside])) if bool(outside.any()) else 0.0
    error = 1.2533 * typical / np.sqrt(count)
    draw = of_values(grid, scores, live, _quiet(grid, found, price))
    return Fit(found, free, common, abs(middle) / error, real, expected, (width * volume) ** 2, volume, draw)


def _quiet(grid: Grid, found: Sequence[Found], price: float) -> NDArray[np.bool_]:
    """Return the cells of no root that is beyond doubt."""
    quiet = grid.inside(())
    for each in found:
        if each.gain > UNDOUBTED * price:
            quiet &= ~grid.inside(each.element)
    return quiet


def fit_counts(grid: Grid, counted: Counted) -> Fit:
    """Return the roots of losses counted now against the past.

    All that is expected may also have risen by a common factor; several are tried, and that one is kept which
    with its roots explains most.
    """
    baseline = baseline_of(grid, counted)
    live = counted.now > 0.0
    price = float(np.log(max(grid.elements(live), 2)))
    rate = np.divide(baseline.expected, counted.now, out=np.zeros_like(counted.now), where=live)
    binomial = np.maximum(1.0 - rate, LEAST_CHANCE)
    own = binomial / baseline.known
    spread = baseline.spread
    best = _with_common(grid, counted.lost, baseline.expected, (binomial, own, spread), price)
    for _ in range(TURNS - 1):
        outside = baseline.expected * best.common > 0.5
        for each in best.found[:1]:
            outside &= ~grid.inside(each.element)
        usual = baseline.expected[outside] * best.common
        spread = spread.wider(spread_of(counted.lost[outside], usual, binomial[outside], SHAKEN))
        best = _with_common(grid, counted.lost, baseline.expected, (binomial, own, spread), price)
    usual = baseline.expected * best.common
    variance = usual * binomial * spread.chance + (spread.rate + own) * usual**2
    unit = binomial * spread.chance
    learned = [
        sums_of(codes, counted.before_lost / unit, size) + PSEUDO
        for codes, size in zip(grid.codes, grid.shape, strict=True)
    ]
    draw = of_counts(grid, usual / unit, own + spread.rate, usual > 0.0, price, learned)
    _, period, possible, lost = counted.periods
    size = int(period.max(initial=0)) + 1
    totals = sums_of(period, possible, size), sums_of(period, lost, size)
    error = error_of_common(totals, float(baseline.expected.sum()), float(counted.before_lost.sum()))
    return Fit(
        best.found,
        best.free,
        best.common,
        (best.common - 1.0) / error,
        counted.lost,
        baseline.expected,
        variance,
        counted.now,
        draw,
        usual=counted.before * baseline.rate,
        spread=spread,
    )


@dataclass(frozen=True, eq=False)
class _Try:
    worth: float
    common: float
    found: list[Found]
    free: NDArray[np.bool_]


def _with_common(
    grid: Grid,
    actual: NDArray[np.float64],
    usual: NDArray[np.float64],
    variation: tuple[NDArray[np.float64], NDArray[np.float64], Spread],
    price: float,
) -> _Try:
    """Return the best of several common factors, each with its roots.

    Args:
        grid: the cells.
        actual: losses per cell.
        usual: losses expected per cell.
        variation: variance by chance per mean, squared error of the expectation itself, and the spread.
        price: of naming an element (nats).
    """
    by_chance, own, beyond = variation
    lost, expected = actual / (by_chance * beyond.chance), usual / (by_chance * beyond.chance)
    spread, live = own + beyond.rate, usual > 0.0
    total = float(expected.sum())
    ratios = (lost / np.maximum(expected, 1e-9))[live]
    factors = [1.0, _weighted_median(ratios, expected[live]), float(lost.sum()) / max(total, 1e-9)]
    best: _Try | None = None
    tried: set[float] = set()
    for first in factors:
        factor = _believed(first)
        for _ in range(2):
            if factor in tried:
                break
            tried.add(factor)
            each = _search(grid, lost, expected, spread, live, price, factor)
            if best is None or each.worth > best.worth:
                best = each
            outside = each.free & live
            factor = _believed(float(lost[outside].sum()) / max(float(expected[outside].sum()), 1e-9))
    assert best is not None  # noqa: S101 - the factor 1 is always tried
    return best


def _believed(factor: float) -> float:
    factor = float(np.clip(factor, *FACTORS))
    return 1.0 if abs(factor - 1.0) < ALIKE else round(factor, 3)


def _search(
    grid: Grid,
    lost: NDArray[np.float64],
    expected: NDArray[np.float64],
    spread: NDArray[np.float64],
    live: NDArray[np.bool_],
    price: float,
    factor: float,
) -> _Try:
    usual = expected * factor
    layers = np.array(
        [np.where(live, saturated(rise(lost, usual, spread, each), price), 0.0) for each in RISES]
    )
    found, free = search(grid, layers, price)
    worth = sum(each.net for each in found)
    if factor != 1.0:
        worth = float(saturated(rise(lost, expected, spread, factor), price)[live & free].sum()) - COMMON
        claimed = ~free
        for each in found:
            mask = grid.inside(each.element) & claimed
            claimed &= ~mask
            ratio = factor * float(RISES[each.layer])
            own = rise(lost[mask], expected[mask], spread[mask], ratio)
            worth += float(saturated(own, price).sum()) - price
    return _Try(worth, factor, found, free)


def _weighted_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    order = np.argsort(values)
    rank = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(rank, rank[-1] / 2.0)]) if rank.size and rank[-1] > 0 else 1.0
