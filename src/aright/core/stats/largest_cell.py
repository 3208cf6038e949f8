"""The one category whose share changed most, with a p-value that knows it was looked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aright.core.stats.fisher import fisher_exact

if TYPE_CHECKING:
    from aright.core.stats.binned import Counts

_LOOKED_AT = 3


@dataclass(frozen=True, slots=True)
class LargestCell:
    """The category that stands out most.

    Attributes:
        p_value: of its change, times the number of categories.
        change: its share in the current sample less its share in the reference.
    """

    p_value: float
    change: float


def largest_cell(reference: Counts, current: Counts) -> LargestCell:
    """Test whether any one category came more or less often; X² drowns one that spikes among a thousand.

    Fisher's exact test of the three cells that stand out most, by Bonferroni over all of them. Categories
    that expect less than one row in the smaller sample are one cell, so that a crowd of new ones is seen.

    Args:
        reference: counts per category, shape (k,).
        current: the same of the current sample.

    >>> found = largest_cell(np.array([90, 5, 5]), np.array([60, 35, 5]))
    >>> found.p_value < 1e-5, round(found.change, 2)
    (True, 0.3)
    """
    one, two = _pool_rare(reference, current)
    n, m = int(one.sum()), int(two.sum())
    cells = int(np.count_nonzero(one + two))
    if cells < 2 or not n or not m:
        return LargestCell(1.0, 0.0)
    changes = two / m - one / n
    pooled = (one + two) / (n + m)
    noise = np.sqrt(np.maximum(pooled * (1 - pooled), 1 / (n + m) ** 2))
    order = np.argsort(-np.abs(changes) / noise, kind="stable")[:_LOOKED_AT]
    ps = [fisher_exact(int(one[place]), n, int(two[place]), m) for place in order]
    best = int(np.argmin(ps))
    tried = 1 if cells == 2 else cells  # of two cells, the one is the other's complement
    return LargestCell(min(1.0, ps[best] * tried), float(changes[order[best]]))


def _pool_rare(reference: Counts, current: Counts) -> tuple[Counts, Counts]:
    """Return the counts, cells that expect less than one row in the smaller sample made one, the last."""
    pooled = reference + current
    smaller = min(int(reference.sum()), int(current.sum()))
    rare = pooled * smaller < int(pooled.sum())
    if not rare.any():
        return reference, current
    common = ~rare
    return (
        np.append(reference[common], reference[rare].sum()),
        np.append(current[common], current[rare].sum()),
    )
