"""Cells over several axes, and the sums over every combination of them.

Few cells make one dense tensor, whose marginals each come from the smallest that has them. Many axes are
covered by *blocks*: sets of axes whose own tensor is small, such that every three axes are in one of them.
One pass over the cells fills a block, and ten triples come out of five axes.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.likelihood import sums as sums_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ALL_DEPTHS: Final = 6
"""With no more axes than this, in one tensor, every combination is looked at; else up to ``DEPTH``."""

DEPTH: Final = 3

DENSE: Final = 2**18
"""Most cells of one tensor over all axes."""

BLOCK: Final = 2**16
"""Most cells of a block: half a megabyte, which stays in a core's cache."""

REMEMBERED: Final = 2**23
"""Most block indices kept (64 MB): with more cells they are made again for every sum."""

Element = tuple[tuple[int, int], ...]
"""A conjunction: (axis, code) pairs in the order of the axes; empty for everything."""

Marginals = dict[tuple[int, ...], "NDArray[np.float64]"]
"""By axes kept: the sums over all other axes."""


def marginals(tensor: NDArray[np.float64], deepest: int) -> Marginals:
    """Return a tensor's sums over every set of up to ``deepest`` axes, each from the smallest that has it.

    >>> sums = marginals(np.ones((2, 3)), 2)
    >>> sums[0,].tolist(), sums[1,].tolist(), sums[0, 1].shape
    ([3.0, 3.0], [2.0, 2.0, 2.0], (2, 3))
    """
    every = tensor.ndim
    found: Marginals = {tuple(range(every)): tensor}
    for size in range(every - 1, 0, -1):
        for kept in combinations(range(every), size):
            wider = (tuple(sorted((*kept, more))) for more in range(every) if more not in kept)
            source = min(wider, key=lambda each: found[each].size)
            (gone,) = set(source) - set(kept)
            found[kept] = found[source].sum(axis=source.index(gone))
    return {kept: sums for kept, sums in found.items() if len(kept) <= deepest}


def blocks_of(shape: Sequence[int], deepest: int = DEPTH, limit: int = BLOCK) -> list[tuple[int, ...]]:
    """Return sets of axes such that every ``deepest`` of them are in one, few and with small tensors.

    >>> blocks_of((10, 10, 10, 10), deepest=2, limit=1000)
    [(0, 1, 2), (0, 1, 3), (2, 3)]
    """
    size = min(deepest, len(shape))
    left = set(combinations(range(len(shape)), size))
    found = []
    while left:
        block = min(left)
        while True:
            wider = [tuple(sorted((*block, more))) for more in range(len(shape)) if more not in block]
            fit = [each for each in wider if np.prod([float(shape[at]) for at in each]) <= limit]
            new = [sum(some in left for some in combinations(each, size)) for each in fit]
            if max(new, default=0) <= sum(some in left for some in combinations(block, size)):
                break
            block = fit[int(np.argmax(new))]
        left -= set(combinations(block, size))
        found.append(block)
    return found


class Grid:
    """Cells and what elements they belong to.

    Args:
        shape: codes per axis.
        codes: per axis, the code of every cell.
        whole: the grid that this one is a part of, whose blocks it keeps.

    Attributes:
        shape: codes per axis.
        codes: per axis, the code of every cell.
        deepest: most conditions of an element.
    """

    def __init__(
        self, shape: Sequence[int], codes: Sequence[NDArray[np.intp]], whole: Grid | None = None
    ) -> None:
        self.shape = tuple(shape)
        self.codes = tuple(codes)
        axes = len(self.shape)
        dense = float(np.prod([float(each) for each in shape])) <= DENSE
        self.deepest: int = axes if dense and axes <= ALL_DEPTHS else min(DEPTH, axes)
        self._blocks: list[tuple[int, ...]] = [tuple(range(axes))]
        if whole is not None:
            self.deepest, self._blocks = whole.deepest, whole._blocks  # noqa: SLF001 - one of its own
        elif not dense:
            self._blocks = blocks_of(self.shape, self.deepest)
        kept = len(self) * len(self._blocks) <= REMEMBERED
        self._indices = [self._index(each) for each in self._blocks] if kept else None

    def __len__(self) -> int:
        return len(self.codes[0]) if self.codes else 0

    def sums(self, values: NDArray[np.float64]) -> Marginals:
        """Return the sums of values, one per cell, over all elements.

        >>> Grid((2, 2), [np.array([0, 0, 1]), np.array([0, 1, 1])]).sums(np.ones(3))[1,].tolist()
        [1.0, 2.0]
        """
        found: Marginals = {}
        for at, block in enumerate(self._blocks):
            shape = tuple(self.shape[each] for each in block)
            index = self._index(block) if self._indices is None else self._indices[at]
            tensor = sums_of(index, values, int(np.prod(shape))).reshape(shape)
            for kept, sums in marginals(tensor, self.deepest).items():
                found.setdefault(tuple(block[each] for each in kept), sums)
        return found

    def _index(self, block: tuple[int, ...]) -> NDArray[np.intp]:
        parts = tuple(self.codes[each] for each in block)
        index: NDArray[np.intp] = np.ravel_multi_index(parts, tuple(self.shape[each] for each in block))
        return index

    def inside(self, element: Element) -> NDArray[np.bool_]:
        """Return which cells belong to an element.

        >>> grid = Grid((2, 2), [np.array([0, 0, 1]), np.array([0, 1, 1])])
        >>> grid.inside(((0, 0),)).tolist(), grid.inside(()).tolist()
        ([True, True, False], [True, True, True])
        """
        mask = np.ones(len(self), dtype=np.bool_)
        for axis, code in element:
            mask &= self.codes[axis] == code
        return mask

    def part(self, cells: NDArray[np.intp], element: Element) -> Grid:
        """Return the grid of some cells of an element, whose own axes shrink to one code.

        >>> Grid((2, 2), [np.array([0, 0, 1]), np.array([0, 1, 1])]).part(np.array([2]), ((0, 1),)).shape
        (1, 2)
        """
        chosen = {axis for axis, _ in element}
        shape = [1 if axis in chosen else size for axis, size in enumerate(self.shape)]
        codes = [
            np.zeros(len(cells), dtype=np.intp) if axis in chosen else each[cells]
            for axis, each in enumerate(self.codes)
        ]
        return Grid(shape, codes, self)

    def elements(self, live: NDArray[np.bool_]) -> int:
        """Return how many elements have a live cell.

        >>> grid = Grid((2, 2), [np.array([0, 0, 1]), np.array([0, 1, 1])])
        >>> grid.elements(np.array([True, True, False]))
        5
        """
        counts = self.sums(live.astype(np.float64))
        return sum(int((each > 0.5).sum()) for each in counts.values())
