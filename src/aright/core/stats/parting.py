"""Where two curves part: from which step on one is away from the other by more than that one scatters."""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]

FEWEST: Final = 5
"""Points that the curves must share."""

_WIDTH: Final = 7
"""Points that the running median takes together."""

_TIMES: Final = 4.0
"""Standard deviations of the scatter that are no parting."""

_NEAR: Final = 0.05
"""Share of the baseline's own value that is none, since a second run of the same training differs, too."""

_RANGE: Final = 0.02
"""Share of the baseline's range that is none."""

_STRETCH: Final = 0.05
"""Share of the shared points for which the curves must stay apart."""


class Parting(NamedTuple):
    """Where curves part.

    Attributes:
        step: the first step of the first stretch in which they are apart.
        until: the last step of it where they come together again; ``None`` where they are apart at the end.
        ratio: median distance there, in tolerances: above 1.
    """

    step: int
    until: int | None
    ratio: float


def parting(baseline: tuple[FloatArray, FloatArray], other: tuple[FloatArray, FloatArray]) -> Parting | None:
    """Return where a curve leaves the baseline, ``None`` where it does not or where too little is shared.

    Both are smoothed by a running median. The tolerance is four times the baseline's scatter about its own
    smoothed course (median absolute deviation), but at least 5 % of its value and 2 % of its range. It is a
    rule for people to look there, not a test: how far two runs of the same training part is not known. The
    step is right to within three of the points.

    Args:
        baseline: steps, rising, and values, each of shape (n,).
        other: likewise, of another length.

    >>> steps = np.arange(50.0)
    >>> parting((steps, 10 - steps / 10), (steps, np.where(steps < 20, 10 - steps / 10, 9)))
    Parting(step=20, until=None, ratio=7.483)
    """
    start, end = max(baseline[0][0], other[0][0]), min(baseline[0][-1], other[0][-1])
    grid = np.unique(np.concatenate([baseline[0], other[0]]))
    grid = grid[(grid >= start) & (grid <= end)]
    if min(len(grid), len(baseline[0]), len(other[0])) < FEWEST:
        return None
    course = _smooth(baseline[1])
    mine = np.interp(grid, baseline[0], course)
    scatter = 1.4826 * float(np.median(np.abs(baseline[1] - course)))
    breadth = float(np.quantile(mine, 0.95) - np.quantile(mine, 0.05))
    tolerance = np.maximum(max(_TIMES * scatter, _RANGE * breadth), _NEAR * np.abs(mine))
    tolerance = np.maximum(tolerance, np.finfo(np.float64).tiny)
    away = np.abs(np.interp(grid, other[0], _smooth(other[1])) - mine) / tolerance
    return _first(grid, away, max(3, int(_STRETCH * len(grid))))


def _first(grid: FloatArray, away: FloatArray, fewest: int) -> Parting | None:
    """Return the first stretch of at least ``fewest`` points that are away."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], away > 1, [False]]).astype(np.int8)))
    for start, end in edges.reshape(-1, 2):
        if end - start >= fewest:
            until = None if end == len(grid) else int(grid[end - 1])
            return Parting(int(grid[start]), until, round(float(np.median(away[start:end])), 3))
    return None


def _smooth(values: FloatArray) -> FloatArray:
    """Return the running median; towards the ends it takes fewer points, so that the ends stay."""
    reach = _WIDTH // 2
    smoothed = values.copy()
    for at in range(len(values)):
        near = min(reach, at, len(values) - 1 - at)
        smoothed[at] = np.median(values[at - near : at + near + 1])
    return smoothed
