"""Tables without a fault, drawn cell by cell or row by row, and the most evidence that any part of one has.

Values are drawn from the deviations of the cells that no clear root has, laid on other cells: nothing is
assumed of how they are distributed. Counts and rows are drawn from what is expected of them, with all the
spread that the past shows. The same sums over the same elements are then searched as for what was seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.cube.counts import RISES, rise
from aright.core.diagnose.cube.deviations import EFFECTS
from aright.core.diagnose.cube.grid import Grid
from aright.core.diagnose.cube.ranges import variants
from aright.core.diagnose.cube.saturation import saturated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from aright.core.diagnose.cube.counts import Spread
    from aright.core.diagnose.cube.grid import Codes, Marginals

    Draw = Callable[[np.random.Generator], float]

FAR: Final = 3.0
"""Scores beyond this are drawn from the tail (a little too far: Marsaglia 1964, with none rejected)."""

WANDERING: Final = 1e-4
"""A squared coefficient of variation of rates below this is as good as none."""


def of_values(
    grid: Grid, scores: NDArray[np.float64], live: NDArray[np.bool_], quiet: NDArray[np.bool_]
) -> Draw:
    """Return how to draw the maximum of values whose scores are those of quiet cells in another order.

    Far scores are drawn anew from the tail of the normal distribution that they were laid on: the farthest
    cell would else be in every draw, and never be told from noise.

    A shift δ of n cells whose scores add up to s has the evidence δ s − n δ²/2: two sums do for all shifts.
    It is a little more than what single cells are allowed to count, never less.

    Args:
        grid: the cells.
        scores: normal scores per cell.
        live: cells that have a score.
        quiet: cells of no clear root.

    >>> grid = Grid((2, 3), [np.repeat([0, 1], 3), np.tile([0, 1, 2], 2)])
    >>> everywhere = np.ones(6, dtype=bool)
    >>> draw = of_values(grid, np.array([3.0, 0.0, 0.0, 0.0, 0.0, 0.0]), everywhere, everywhere)
    >>> draw(np.random.default_rng(0))
    4.5
    """
    at = np.flatnonzero(live)
    pool = scores[live & quiet] if bool((live & quiet).any()) else scores[live]
    cells = [each for _, each in _all(grid, live.astype(np.float64)[np.newaxis])]
    shares = [1.0 / np.maximum(each, 1.0) for each in cells]
    layer = np.zeros((1, len(grid)))

    def draw(rng: np.random.Generator) -> float:
        drawn = rng.permutation(pool) if pool.size == at.size else rng.choice(pool, at.size)
        far = np.flatnonzero(np.abs(drawn) > FAR)
        drawn[far] = np.sign(drawn[far]) * np.sqrt(FAR**2 - 2.0 * np.log1p(-rng.random(far.size)))
        layer[0, at] = drawn
        most = 0.0
        for (toll, each), size, share in zip(_all(grid, layer), cells, shares, strict=True):
            sums = np.abs(each)
            shift = np.maximum(sums * share, EFFECTS[0])
            most = max(most, float((shift * (sums - 0.5 * size * shift)).max()) - toll)
        return most

    return draw


def _all(grid: Grid, layers: NDArray[np.float64]) -> list[tuple[float, NDArray[np.float64]]]:
    """Return the sums over all elements, those with ranges too, and what naming those costs."""
    return [
        (toll, each)
        for kept, sums in grid.sums(layers).items()
        for _, toll, each in variants(kept, sums, grid.ordered)
    ]


def of_counts(
    grid: Grid,
    usual: NDArray[np.float64],
    spread: NDArray[np.float64],
    live: NDArray[np.bool_],
    price: float,
    learned: Sequence[NDArray[np.float64]] = (),
) -> Draw:
    """Return how to draw the maximum of counts that are negative binomial about what is usual.

    What is usual was learned from a past that is a draw itself: where few events were lost in it, all cells
    of an attribute's value are wrongly expected together, by as much as chance makes of so many.

    Args:
        grid: the cells.
        usual: mean per cell.
        spread: squared coefficient of variation of each cell's rate.
        live: cells that are looked at.
        price: of naming an element (nats).
        learned: per axis, how many lost events of the past each code's share was learned from.

    >>> grid = Grid((2, 3), [np.repeat([0, 1], 3), np.tile([0, 1, 2], 2)])
    >>> draw = of_counts(grid, np.full(6, 50.0), np.full(6, 0.01), np.ones(6, dtype=bool), 3.0)
    >>> 0.0 < draw(np.random.default_rng(0)) < 10.0
    True
    """
    shape = 1.0 / np.maximum(spread, 1e-6)
    mean = np.where(live, usual, 0.0)

    def draw(rng: np.random.Generator) -> float:
        rate = mean * rng.gamma(shape) / shape
        for codes, events in zip(grid.codes, learned, strict=bool(learned)):
            rate *= (rng.gamma(events) / events)[codes]
        lost = rng.poisson(rate).astype(np.float64)
        layers = np.array(
            [np.where(live, saturated(rise(lost, usual, spread, each), price), 0.0) for each in RISES]
        )
        return max(float(each.max()) - toll for toll, each in _all(grid, layers))

    return draw


class Losing:
    """Rows that lose something, drawn from what is expected of all rows.

    Args:
        grid: all rows.
        expected: losses per row.
        alike: a grid over the same axes whose blocks are kept.
    """

    def __init__(self, grid: Grid, expected: NDArray[np.float64], alike: Grid) -> None:
        self._grid, self._alike = grid, alike
        self._upto = np.cumsum(expected)

    def sums(
        self, rng: np.random.Generator, factor: float, spread: Spread, wander: Sequence[NDArray[np.float64]]
    ) -> Marginals:
        """Return the losses of every element of one more draw.

        Args:
            rng: what it is drawn by.
            factor: on all that is expected.
            spread: losses come in clumps of ``spread.chance``.
            wander: a factor per code of every axis; empty for none.
        """
        total = float(self._upto[-1]) if self._upto.size else 0.0
        count = int(rng.poisson(total * factor / spread.chance))
        at = np.searchsorted(self._upto, np.sort(rng.random(count)) * total, side="right")
        codes: list[Codes] = [each[np.minimum(at, len(self._grid) - 1)] for each in self._grid.codes]
        lost = np.full(count, spread.chance)
        for each, factors in zip(codes, wander, strict=bool(wander)):
            lost *= factors[each]
        return Grid(self._grid.shape, codes, self._alike).sums(lost[np.newaxis])


def wandering(shape: Sequence[int], spread: Spread, rng: np.random.Generator) -> list[NDArray[np.float64]]:
    """Return a factor per code of every axis, with the squared coefficient of variation that rates have.

    >>> from aright.core.diagnose.cube.counts import Spread
    >>> wandering([2, 3], Spread(), np.random.default_rng(0))
    []
    """
    if spread.rate < WANDERING:
        return []
    return [rng.gamma(1.0 / spread.rate, spread.rate, size) for size in shape]
