"""Coarse cells for distances: as many values in each, so that a distance means the same for every column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from aright.core.stats.binned import Counts


def equal_mass(basis: Counts, cells: int, *samples: Counts) -> list[Counts]:
    """Return the samples' counts over at most ``cells`` runs of cells, each about an equal part of ``basis``.

    Args:
        basis: counts over ordered fine cells, shape (k,), summing to more than 0.
        cells: how many coarse cells to aim at; fewer come out where single fine cells hold more than a part.
        samples: counts over the same fine cells, each of shape (k,).

    >>> [counts.tolist() for counts in equal_mass(np.array([2, 2, 2, 2]), 2, np.array([1, 0, 3, 1]))]
    [[1, 4]]
    """
    middle = (np.cumsum(basis) - basis / 2) / basis.sum()
    places = np.minimum((middle * cells).astype(np.int64), cells - 1)
    starts = np.flatnonzero(np.diff(places, prepend=-1))
    return [np.add.reduceat(sample, starts) for sample in samples]
