"""Cells over several axes, and the sums over every combination of them.

Few cells make one dense tensor, whose marginals each come from the smallest that has them. Many axes are
covered by *blocks*: sets of axes whose own tensor is small, such that every three axes are in one of them.
One pass over the cells fills a block, and ten triples come out of five axes.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from aright.core.diagnose.cube.ranges import span
from aright.core.diagnose.cube.threads import side_by_side

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

CHUNK: Final = 2**18
"""Cells summed at a time, so that their index stays in the cache."""

Codes: TypeAlias = "NDArray[np.uint8] | NDArray[np.intp]"
"""A code per cell; an axis has fewer than 256."""

REMEMBERED: Final = 2**23
"""Most block indices kept (64 MB): with more cells they are made again for every sum."""

Element = tuple[tuple[int, int], ...]
"""A conjunction: (axis, code) pairs in the order of the axes, a code as ``ranges`` has it; empty for all."""

Marginals = dict[tuple[int, ...], "NDArray[np.float64]"]
"""By axes kept: the sums over all other axes, stacked along a first axis of their own."""


def sums_of(codes: Codes, weights: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Return the sum of weights per code.

    >>> sums_of(np.array([0, 2, 2]), np.array([1.0, 2.0, 3.0]), 3).tolist()
    [1.0, 0.0, 5.0]
    """
    return np.asarray(np.bincount(codes, weights=weights, minlength=size), dtype=np.float64)


def place(codes: Sequence[Codes], sizes: Sequence[int]) -> NDArray[np.intp]:
    """Return every cell's place in a tensor of these sizes, by Horner's scheme in as few bytes as do.

    >>> place([np.array([0, 1]), np.array([2, 2])], [2, 3]).tolist()
    [2, 5]
    """
    small = np.prod([float(each) for each in sizes]) <= BLOCK
    index: NDArray[np.intp] = codes[0].astype(np.uint16 if small else np.intp)
    for each, size in zip(codes[1:], sizes[1:], strict=True):
        index *= index.dtype.type(size)
        index += each.astype(index.dtype, copy=False)
    return index.astype(np.intp, copy=False)


@cache
def plan(sizes: tuple[int, ...], deepest: int) -> tuple[tuple[tuple[int, ...], tuple[int, ...], int], ...]:
    """Return how to sum a tensor over axes: kept axes, the smallest sums that have them, the axis to sum.

    >>> plan((2, 3), 2)
    (((0,), (0, 1), 1), ((1,), (0, 1), 0))
    """
    every = len(sizes)
    steps = []
    for size in range(every - 1, 0, -1):
        for kept in combinations(range(every), size):
            gone = min((axis for axis in range(every) if axis not in kept), key=lambda axis: sizes[axis])
            source = tuple(sorted((*kept, gone)))
            steps.append((kept, source, source.index(gone)))
    needed: set[tuple[int, ...]] = set()
    for kept, source, _ in reversed(steps):
        if len(kept) <= deepest or kept in needed:
            needed.add(source)
    return tuple(step for step in steps if len(step[0]) <= deepest or step[0] in needed)


def marginals(tensors: NDArray[np.float64], deepest: int) -> Marginals:
    """Return the sums of several tensors over every set of up to ``deepest`` axes.

    Args:
        tensors: stacked along the first axis, which is kept.
        deepest: most axes kept.

    >>> sums = marginals(np.ones((1, 2, 3)), 2)
    >>> sums[0,].tolist(), sums[1,].tolist(), sums[0, 1].shape
    ([[3.0, 3.0]], [[2.0, 2.0, 2.0]], (1, 2, 3))
    """
    found: Marginals = {tuple(range(tensors.ndim - 1)): tensors}
    for kept, source, gone in plan(tensors.shape[1:], deepest):
        found[kept] = found[source].sum(axis=gone + 1)
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
        ordered: of every axis, how many of the first codes are neighbouring intervals; none without it.

    Attributes:
        shape: codes per axis.
        ordered: as given.
        codes: per axis, the code of every cell.
        deepest: most conditions of an element.
    """

    def __init__(
        self,
        shape: Sequence[int],
        codes: Sequence[Codes],
        whole: Grid | None = None,
        ordered: Sequence[int] = (),
    ) -> None:
        self.shape = tuple(shape)
        self.ordered = tuple(ordered) or (0,) * len(self.shape)
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
        self._indices = [self._index(each, slice(None)) for each in self._blocks] if kept else None
        self._distinct = dense and self._indices is not None and _distinct(self._indices[0], self.shape)

    def __len__(self) -> int:
        return len(self.codes[0]) if self.codes else 0

    def sums(self, layers: NDArray[np.float64]) -> Marginals:
        """Return the sums of values over all elements.

        Args:
            layers: several values per cell: shape (layers, cells).

        >>> grid = Grid((2, 2), [np.array([0, 0, 1]), np.array([0, 1, 1])])
        >>> grid.sums(np.ones((1, 3)))[1,].tolist()
        [[1.0, 2.0]]
        """

        def of(at: int) -> Marginals:
            return marginals(self._tensors(layers, at, self._blocks[at]), self.deepest)

        found: Marginals = {}
        parts = side_by_side(of, range(len(self._blocks)), len(self))
        for block, part in zip(self._blocks, parts, strict=True):
            for kept, sums in part.items():
                found.setdefault(tuple(block[each] for each in kept), sums)
        return found

    def _tensors(self, layers: NDArray[np.float64], at: int, block: tuple[int, ...]) -> NDArray[np.float64]:
        shape = tuple(self.shape[each] for each in block)
        size = int(np.prod(shape))
        tensors = np.zeros((len(layers), size))
        if self._indices is not None and self._distinct:
            tensors[:, self._indices[at]] = layers
            return tensors.reshape(-1, *shape)
        for start in range(0, len(self), CHUNK):
            rows = slice(start, start + CHUNK)
            index = self._index(block, rows) if self._indices is None else self._indices[at][rows]
            for layer, values in enumerate(layers):
                tensors[layer] += sums_of(index, values[rows], size)
        return tensors.reshape(-1, *shape)

    def _index(self, block: tuple[int, ...], rows: slice) -> NDArray[np.intp]:
        """Return the place of some cells in a block's tensor."""
        return place([self.codes[each][rows] for each in block], [self.shape[each] for each in block])

    def inside(self, element: Element) -> NDArray[np.bool_]:
        """Return which cells belong to an element.

        >>> grid = Grid((2, 2), [np.array([0, 0, 1]), np.array([0, 1, 1])])
        >>> grid.inside(((0, 0),)).tolist(), grid.inside(()).tolist()
        ([True, True, False], [True, True, True])
        """
        mask = np.ones(len(self), dtype=np.bool_)
        for axis, code in element:
            low, high = span(code)
            own = self.codes[axis]
            mask &= own == low if low == high else (own >= low) & (own <= high)
        return mask

    def part(self, cells: NDArray[np.intp], element: Element) -> Grid:
        """Return the grid of some cells of an element, whose axes of one code shrink to it.

        >>> Grid((2, 2), [np.array([0, 0, 1]), np.array([0, 1, 1])]).part(np.array([2]), ((0, 1),)).shape
        (1, 2)
        """
        chosen = {axis for axis, code in element if span(code) == (code, code)}
        shape = [1 if axis in chosen else size for axis, size in enumerate(self.shape)]
        codes = [
            np.zeros(len(cells), dtype=np.uint8) if axis in chosen else each[cells]
            for axis, each in enumerate(self.codes)
        ]
        return Grid(shape, codes, self)

    def elements(self, live: NDArray[np.bool_]) -> int:
        """Return how many elements without ranges, which cost more, have a live cell.

        >>> grid = Grid((2, 2), [np.array([0, 0, 1]), np.array([0, 1, 1])])
        >>> grid.elements(np.array([True, True, False]))
        5
        """
        counts = self.sums(live.astype(np.float64)[np.newaxis])
        return sum(int((each > 0.5).sum()) for each in counts.values())


def _distinct(index: NDArray[np.intp], shape: tuple[int, ...]) -> bool:
    """Return whether every cell has a place of its own."""
    return bool((np.bincount(index, minlength=int(np.prod(shape))) <= 1).all())
