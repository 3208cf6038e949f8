"""Very many rows that hardly share a cell: evidence of elements from their sums, not of cells.

The rows are summed once over every element of up to three conditions: losses and what main effects expect of
them, before and now. An element's own past corrects the expectation. Taking a root out subtracts the sums of
its rows alone, so that a second root costs little.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.cube.counts import (
    OUTLYING,
    RISES,
    error_of_common,
    main_effects,
    product,
    rise,
    spread_of,
    strength_of,
)
from aright.core.diagnose.cube.fitting import ALIKE, COMMON, FACTORS, Fit
from aright.core.diagnose.cube.grid import Grid, place, sums_of
from aright.core.diagnose.cube.nulls import Losing, wandering
from aright.core.diagnose.cube.ranges import element_of, places, span, variants
from aright.core.diagnose.cube.search import MOST_ROOTS, SURE, Found, joined
from aright.core.diagnose.cube.threads import side_by_side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from aright.core.diagnose.cube.counts import Spread
    from aright.core.diagnose.cube.grid import Element, Marginals
    from aright.core.diagnose.cube.nulls import Draw

LEARNED: Final = 100_000
"""Rows of the past that main effects are learned from: a tenth of them tells a rate to some per cent."""

FAINT: Final = 0.5
"""Share of the price below which the maximum of noise need not be known: it hardly ever is so small."""

ROWS: Final = 5.0
"""Losses to be expected or seen in an element for it to be looked at."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of the past or of now.

    Attributes:
        codes: per axis.
        possible: events per row.
        lost: of them.
        period: per row; empty for now.
    """

    codes: tuple[NDArray[np.uint8], ...]
    possible: NDArray[np.float64]
    lost: NDArray[np.float64]
    period: NDArray[np.intp]


@dataclass(eq=False)
class _Side:
    """One side's grids: of all rows with what is expected, and of those with losses, and which these are."""

    every: Grid
    expected: NDArray[np.float64]
    losing: Grid
    lost: NDArray[np.float64]
    at: NDArray[np.intp]

    def sums(self) -> tuple[Marginals, Marginals]:
        """Return losses and expected losses of every element."""
        return self.losing.sums(self.lost[np.newaxis]), self.every.sums(self.expected[np.newaxis])

    def part(self, element: Element, taken: Sequence[Element]) -> _Side:
        """Return the rows of an element alone that no element before it has."""
        some, few = (
            np.flatnonzero(each.inside(element) & _free(each, taken)) for each in (self.every, self.losing)
        )
        return _Side(
            self.every.part(some, element),
            self.expected[some],
            self.losing.part(few, element),
            self.lost[few],
            self.at[few],
        )


def fit_rows(shape: Sequence[int], past: Rows, now: Rows, ordered: Sequence[int] = ()) -> tuple[Grid, Fit]:
    """Return the roots of losses that rows show now against the past, and the grid of the rows of now.

    Args:
        shape: codes per axis.
        past: rows of the past.
        now: rows that are judged.
        ordered: of every axis, how many of the first codes are neighbouring intervals.

    >>> rng = np.random.default_rng(0)
    >>> def rows(count, worse):
    ...     codes = tuple(rng.integers(0, 4, count).astype(np.uint8) for _ in range(3))
    ...     rate = np.where((codes[0] == 1) & (codes[2] == 3), worse, 0.1)
    ...     lost = (rng.random(count) < rate).astype(float)
    ...     return Rows(codes, np.ones(count), lost, np.zeros(count, dtype=np.intp))
    >>> _, fit = fit_rows((4, 4, 4), rows(20_000, 0.1), rows(5_000, 0.3))
    >>> [each.element for each in fit.found]
    [((0, 1), (2, 3))]
    """
    step = max(len(past.lost) // LEARNED, 1)
    some = Rows(
        tuple(each[::step] for each in past.codes), past.possible[::step], past.lost[::step], past.period
    )
    effects = main_effects(Grid(shape, some.codes), some.possible, some.lost)
    before, after = (_side(shape, each, effects, ordered) for each in (past, now))
    spread = _spread(before, past.period)
    search = _Search(before, after, spread)
    total = float(now.lost.sum()) / max(float(after.expected.sum()), 1e-9)
    tries = [search.roots(1.0)]
    for factor in (total, _outside(after, tries[0][1])):
        factor = float(np.clip(factor, *FACTORS))  # noqa: PLW2901 - the factor that is tried
        if abs(factor - 1.0) >= ALIKE:
            tries.append(search.roots(factor))
    _, found, common = max(tries, key=lambda each: each[0])
    free = _free(after.every, [each.element for each in found])
    periods = int(past.period.max(initial=0)) + 1
    totals = sums_of(past.period, past.possible, periods), sums_of(past.period, past.lost, periods)
    error = error_of_common(totals, float(after.expected.sum()), float(past.lost.sum()))
    variance = after.expected * spread.chance
    clear = (common - 1.0) / error
    draw = search.noise(common)
    fit = Fit(found, free, common, clear, now.lost, after.expected, variance, now.possible, draw)
    return after.every, replace(fit, usual=before.expected, spread=spread)


def _side(
    shape: Sequence[int],
    rows: Rows,
    effects: tuple[NDArray[np.float64], ...],
    ordered: Sequence[int],
) -> _Side:
    expected = product(effects, rows.codes)
    expected *= rows.possible
    at = np.flatnonzero(rows.lost)
    few = tuple(each[at] for each in rows.codes)
    return _Side(Grid(shape, rows.codes, ordered=ordered), expected, Grid(shape, few), rows.lost[at], at)


def _outside(side: _Side, found: Sequence[Found]) -> float:
    """Return losses over expected losses of the rows in no root; 1 where there are hardly any."""
    free, losing = (_free(each, [one.element for one in found]) for each in (side.every, side.losing))
    expected = float(side.expected[free].sum())
    return float(side.lost[losing].sum()) / expected if expected > ROWS else 1.0


def _free(grid: Grid, taken: Sequence[Element]) -> NDArray[np.bool_]:
    """Return which rows are in none of some elements."""
    free = grid.inside(())
    for each in taken:
        free &= ~grid.inside(each)
    return free


def _spread(side: _Side, period: NDArray[np.intp]) -> Spread:
    """Return how much the values of single attributes vary from period to period, about their own means."""
    periods = int(period.max(initial=0)) + 1

    def of(axis: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        size = side.every.shape[axis] * periods
        few = place([side.losing.codes[axis], losing_period], [side.every.shape[axis], periods])
        every = place([side.every.codes[axis], period], [side.every.shape[axis], periods])
        return sums_of(few, side.lost, size), sums_of(every, side.expected, size)

    losing_period = period[side.at]
    found = side_by_side(of, range(len(side.every.shape)), len(side.every))
    lost, usual = (np.concatenate(each) for each in zip(*found, strict=True))
    told = usual > ROWS
    return spread_of(lost[told], usual[told], np.ones(int(told.sum())), OUTLYING)


class _Search:
    """The greedy search over the sums of elements."""

    def __init__(self, before: _Side, after: _Side, spread: Spread) -> None:
        self._before, self._after, self._spread = before, after, spread
        self._sums: list[Marginals] = [*before.sums(), *after.sums()]
        self._ordered = after.every.ordered
        named = sum(int((each > 0.0).sum()) for each in self._sums[3].values())
        self._price = float(np.log(max(named, 2)))

    def roots(self, factor: float) -> tuple[float, list[Found], float]:
        """Return what a common factor and its roots explain (nats), the roots, and the factor."""
        left: list[Marginals] = [{kept: each.copy() for kept, each in sums.items()} for sums in self._sums]
        found: list[Found] = []
        taken: list[Element] = []
        while len(found) < MOST_ROOTS:
            best = self._best(left, factor, self._price + SURE)
            if best.net <= SURE:
                break
            found = joined(found, best)
            self._take(left, best.element, taken)
            taken.append(best.element)
        worth = sum(each.net for each in found)
        if factor != 1.0:
            kept = min(left[2], key=len)
            lost, usual = (float(left[at][kept].sum()) for at in (2, 3))
            worth += (
                self._gain(np.array([lost]), np.array([usual]), np.array([lost + usual]), factor)[0] - COMMON
            )
            worth += sum(self._common(each.element, factor) for each in found)
        return worth, found, factor

    def noise(self, factor: float) -> Draw:
        """Return how to draw the maximum of rows that lose what is expected of them times a factor."""
        sides: list[Losing] = []

        def draw(rng: np.random.Generator) -> float:
            if not sides:  # made when first asked for: most answers have no root to be tested
                sides.extend(
                    Losing(each.every, each.expected, each.losing) for each in (self._before, self._after)
                )
            wander = wandering(self._after.every.shape, self._spread, rng)
            drawn = [*self._sums]
            drawn[0] = sides[0].sums(rng, 1.0, self._spread, [])
            drawn[2] = sides[1].sums(rng, factor, self._spread, wander)
            return self._best(drawn, factor, FAINT * self._price).gain

        return draw

    def _best(self, left: Sequence[Marginals], factor: float, least: float) -> Found:
        """Return the element with the most evidence; no evidence where none has ``least`` (nats)."""
        best = Found((), 0, 0.0, self._price)
        for kept in sorted(left[2], key=lambda each: (len(each), each)):
            sums = np.concatenate([each[kept] for each in left])
            strength = strength_of(sums[0], sums[1]) if len(kept) > 1 else 1.0
            for ranged, toll, each in variants(kept, sums, self._ordered):
                best = self._better(best, (kept, ranged, toll), each, (factor, strength, least))
        return best

    def _better(
        self,
        best: Found,
        named: tuple[tuple[int, ...], int, float],
        sums: NDArray[np.float64],
        told: tuple[float, float, float],
    ) -> Found:
        """Return the best so far, or an element of these sums that has more evidence."""
        before_lost, before_usual, lost, usual = sums
        factor, strength, least = told
        kept, ranged, toll = named
        known = before_lost + strength
        expected = usual * factor * known / (before_usual + strength)
        looked = np.flatnonzero(self._hopeful(lost, expected, max(best.gain, least) + toll).ravel())
        if not looked.size:
            return best
        some = lost.ravel()[looked], expected.ravel()[looked], known.ravel()[looked]
        gains = np.stack([self._gain(*some, each) for each in RISES]) - toll
        layer, at = np.unravel_index(int(gains.argmax()), gains.shape)
        if gains[layer, at] <= best.gain * (1.0 + 1e-9):
            return best
        where = [int(each) for each in np.unravel_index(int(looked[at]), lost.shape)]
        element = element_of(kept, where, ranged, self._ordered)
        return Found(element, int(layer), float(gains[layer, at]), self._price)

    def _hopeful(
        self, lost: NDArray[np.float64], expected: NDArray[np.float64], gain: float
    ) -> NDArray[np.bool_]:
        """Return which elements could be found: no spread at all would leave them enough evidence."""
        told = (lost > ROWS) & (lost > expected)
        more, usual = lost[told], np.maximum(expected[told], 1e-12)
        least = gain * self._spread.chance
        told[told] = more * np.log(more / usual) - (more - usual) > least
        return told

    def _gain(
        self,
        lost: NDArray[np.float64],
        usual: NDArray[np.float64],
        known: NDArray[np.float64],
        ratio: float,
    ) -> NDArray[np.float64]:
        """Return the evidence that elements lose ``ratio`` times what is usual, known from so many losses."""
        unit = self._spread.chance
        return rise(lost / unit, usual / unit, self._spread.rate + unit / known, ratio)

    def _common(self, element: Element, factor: float) -> float:
        """Return what a common factor explains of a root's rows."""
        kept = tuple(axis for axis, _ in element)
        where = tuple(slice(low, high + 1) for low, high in (span(code) for _, code in element))
        lost, usual = (np.array([float(self._sums[at][kept][0][where].sum())]) for at in (2, 3))
        return float(self._gain(lost, usual, lost + usual, factor)[0])

    def _take(self, left: Sequence[Marginals], element: Element, taken: Sequence[Element]) -> None:
        gone = [*self._before.part(element, taken).sums(), *self._after.part(element, taken).sums()]
        for sums, each in zip(left, gone, strict=True):
            for kept, amounts in each.items():
                sums[kept][(slice(None), *places(kept, element))] -= amounts
