"""The greedy search for the elements that explain most."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.cube.ranges import element_of, places, span, variants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from aright.core.diagnose.cube.grid import Element, Grid

SURE: Final = 3.0
"""Nats beyond its price that a finding needs: one false in twenty (e⁻³) over *all* that could be named."""

MOST_ROOTS: Final = 30
"""Roots looked for; more of them are no answer that anybody could act on."""


EQUAL: Final = 1e-9
"""Evidence that differs by less than this share is equal: sums over the same cells in another order."""


@dataclass(frozen=True)
class Found:
    """An element that deviates.

    Attributes:
        element: which.
        layer: index of the effect that fits it best.
        gain: evidence for it (nats).
        price: the logarithm of how many elements could have been named.
    """

    element: Element
    layer: int
    gain: float
    price: float

    @property
    def net(self) -> float:
        """Return the evidence beyond the price (nats)."""
        return self.gain - self.price


def covers(parent: Element, child: Element) -> bool:
    """Return whether every row of ``child`` is one of ``parent``.

    >>> covers(((0, 1),), ((0, 1), (2, 5))), covers(((0, 1),), ((0, 2),))
    (True, False)
    """
    inner = {axis: span(code) for axis, code in child}
    outer = {axis: span(code) for axis, code in parent}
    return all(
        axis in inner and low <= inner[axis][0] and inner[axis][1] <= high
        for axis, (low, high) in outer.items()
    )


def joined(found: list[Found], new: Found) -> list[Found]:
    """Return what was found with one more: a parent takes its children's place, and their evidence.

    >>> child, parent = Found(((0, 1), (1, 2)), 0, 20.0, 5.0), Found(((0, 1),), 0, 10.0, 5.0)
    >>> [(each.element, each.gain) for each in joined([child], parent)]
    [(((0, 1),), 30.0)]
    """
    children = [each for each in found if covers(new.element, each.element)]
    whole = replace(new, gain=new.gain + sum(each.gain for each in children))
    return [*(each for each in found if each not in children), whole]


class Search:
    """The greedy search: the best element first, its cells taken out, and so on.

    Evidence is a number per cell and effect: the logarithm of a likelihood ratio, which adds up over the
    cells of an element. Taking an element out touches only the sums that its cells are in.

    Args:
        grid: the cells.
        layers: evidence: shape (effects, cells).
        price: of naming an element (nats).

    Attributes:
        free: cells of no root found so far.
    """

    def __init__(self, grid: Grid, layers: NDArray[np.float64], price: float) -> None:
        self._grid = grid
        self._layers = layers
        self._price = price
        self._sums = grid.sums(layers)
        self.free = grid.inside(())

    def best(self) -> Found:
        """Return the element with most evidence; of equals the one with fewest conditions."""
        best = [each for kept in self._sums for each in self._best_over(kept)]
        most = max(each.gain for each in best)
        equal = [each for each in best if each.gain >= most - EQUAL * max(most, 1.0)]
        return min(equal, key=lambda each: (len(each.element), each.element))

    def _best_over(self, kept: tuple[int, ...]) -> Iterator[Found]:
        ordered = self._grid.ordered
        for ranged, toll, sums in variants(kept, self._sums[kept], ordered):
            at = int(sums.argmax())
            layer, *where = np.unravel_index(at, sums.shape)
            element = element_of(kept, [int(each) for each in where], ranged, ordered)
            yield Found(element, int(layer), float(sums.flat[at]) - toll, self._price)

    def take(self, element: Element) -> None:
        """Take an element's cells out of all evidence."""
        cells = np.flatnonzero(self._grid.inside(element) & self.free)
        for kept, gone in self._grid.part(cells, element).sums(self._layers[:, cells]).items():
            self._sums[kept][(slice(None), *places(kept, element))] -= gone
        self.free[cells] = False


def search(
    grid: Grid, layers: NDArray[np.float64], price: float, sure: float = SURE
) -> tuple[list[Found], NDArray[np.bool_]]:
    """Return the elements found, the clearest first, and which cells are in none of them.

    A parent found after its child takes the child's place: never are both reported.

    >>> from aright.core.diagnose.cube.grid import Grid
    >>> grid = Grid((2, 3), [np.repeat([0, 1], 3), np.tile([0, 1, 2], 2)])
    >>> found, free = search(grid, np.array([[0.0, 0.0, 0.0, 5.0, 5.0, 5.0]]), price=2.0)
    >>> [(each.element, each.gain) for each in found], free.tolist()
    ([(((0, 1),), 15.0)], [True, True, True, False, False, False])
    """
    if not len(layers):
        return [], grid.inside(())
    looking = Search(grid, layers, price)
    found: list[Found] = []
    while len(found) < MOST_ROOTS:
        each = looking.best()
        if each.net <= sure:
            break
        found = joined(found, each)
        looking.take(each.element)
    return found, looking.free
