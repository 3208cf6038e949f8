"""The greedy search for the elements that explain most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from aright.core.diagnose.cube.grid import Element, Grid

SURE: Final = 3.0
"""Nats beyond its price that a finding needs: one false in twenty (e⁻³) over *all* that could be named."""

MOST_ROOTS: Final = 30
"""Roots looked for; more of them are no answer that anybody could act on."""


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
    return set(parent) <= set(child)


class Search:
    """The greedy search: the best element first, its cells taken out, and so on.

    Evidence is a number per cell and effect: the logarithm of a likelihood ratio, which adds up over the
    cells of an element. Taking an element out touches only the sums that its cells are in.

    Args:
        grid: the cells.
        layers: evidence per cell, one array per effect.
        price: of naming an element (nats).

    Attributes:
        free: cells of no root found so far.
    """

    def __init__(self, grid: Grid, layers: Sequence[NDArray[np.float64]], price: float) -> None:
        self._grid = grid
        self._layers = layers
        self._price = price
        self._sums = [grid.sums(each) for each in layers]
        self._best: list[dict[tuple[int, ...], tuple[float, int]]] = [{} for _ in layers]
        self.free = grid.inside(())

    def best(self) -> Found | None:
        """Return the element with most evidence; of equals the one with fewest conditions."""
        top: tuple[float, int, tuple[int, ...], int] | None = None
        for layer, sums in enumerate(self._sums):
            known = self._best[layer]
            for kept in sorted(sums, key=len):
                if kept not in known:
                    at = int(sums[kept].argmax())
                    known[kept] = (float(sums[kept].flat[at]), at)
                gain, at = known[kept]
                if top is None or gain > top[0] * (1.0 + 1e-9) + 1e-9:
                    top = (gain, layer, kept, at)
        if top is None:
            return None
        gain, layer, kept, at = top
        where = np.unravel_index(at, self._sums[layer][kept].shape)
        element = tuple((axis, int(code)) for axis, code in zip(kept, where, strict=True))
        return Found(element, layer, gain, self._price)

    def take(self, element: Element) -> None:
        """Take an element's cells out of all evidence."""
        cells = np.flatnonzero(self._grid.inside(element) & self.free)
        part = self._grid.part(cells, element)
        chosen = dict(element)
        for values, sums, known in zip(self._layers, self._sums, self._best, strict=True):
            for kept, gone in part.sums(values[cells]).items():
                where = tuple(
                    slice(chosen[axis], chosen[axis] + 1) if axis in chosen else slice(None) for axis in kept
                )
                sums[kept][where] -= gone
            known.clear()
        self.free[cells] = False


def search(
    grid: Grid, layers: Sequence[NDArray[np.float64]], price: float, sure: float = SURE
) -> tuple[list[Found], NDArray[np.bool_]]:
    """Return the elements found, the clearest first, and which cells are in none of them.

    A parent found after its child takes the child's place: never are both reported.

    >>> from aright.core.diagnose.cube.grid import Grid
    >>> grid = Grid((2, 3), [np.repeat([0, 1], 3), np.tile([0, 1, 2], 2)])
    >>> found, free = search(grid, [np.array([0.0, 0.0, 0.0, 5.0, 5.0, 5.0])], price=2.0)
    >>> [(each.element, each.gain) for each in found], free.tolist()
    ([(((0, 1),), 15.0)], [True, True, True, False, False, False])
    """
    if not layers:
        return [], grid.inside(())
    looking = Search(grid, layers, price)
    found: list[Found] = []
    while len(found) < MOST_ROOTS:
        each = looking.best()
        if each is None or each.net <= sure:
            break
        found = [known for known in found if not covers(each.element, known.element)]
        found.append(each)
        looking.take(each.element)
    return found, looking.free
