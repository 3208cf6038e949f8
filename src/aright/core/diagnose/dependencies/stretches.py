"""Own onset search: the stretch of steps in which a series stands out most, whatever an alarm's time says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

CELLS: Final = 2_000_000
"""Sums held at once."""


class Stretches(NamedTuple):
    """Per row: the first step, the step behind the last, and the scan statistic."""

    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]
    found: Floats


def worst_stretches(score: Floats) -> Stretches:
    """Return, per row, the stretch of steps whose scores, added, stand out most for its length.

    The scan statistic Σz / √n over all stretches: the likelihood ratio of a constant shift within it.

    Args:
        score: shape (rows, steps), standard deviations, NaN where unknown (then 0).

    Source: J. Glaz, J. Naus, S. Wallenstein, Scan Statistics, Springer 2001.

    >>> found = worst_stretches(np.array([[0.0, 0.1, 4.0, 5.0, -0.2]]))
    >>> int(found.first[0]), int(found.last[0]), round(float(found.found[0]), 2)
    (2, 4, 6.36)
    """
    rows, steps = score.shape
    total = np.zeros((rows, steps + 1))
    np.cumsum(np.where(np.isfinite(score), score, 0.0), axis=1, out=total[:, 1:])
    first, last = np.triu_indices(steps + 1, 1)
    scale = 1.0 / np.sqrt(last - first)
    best, found = np.zeros(rows, np.int64), np.zeros(rows)
    many = max(CELLS // len(first), 1)
    for at in range(0, rows, many):
        sums = (total[at : at + many][:, last] - total[at : at + many][:, first]) * scale
        best[at : at + many] = sums.argmax(axis=1)
        found[at : at + many] = sums.max(axis=1)
    return Stretches(first[best], last[best], found)
