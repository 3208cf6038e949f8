"""How often healthy windows look as bad: the null of the maximum, from the reference itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

BLAME_LEVEL: Final = 0.05
"""Share of healthy windows on which somebody may be blamed: the usual level of a test."""
MAX_WINDOWS: Final = 300


def window_starts(steps: int, width: int, most: int = MAX_WINDOWS) -> list[int]:
    """Return where windows of a width begin in a reference, evenly spread, at most so many.

    >>> window_starts(6, 5), window_starts(4, 5)
    ([0, 1], [])
    """
    last = steps - width
    if last < 0:
        return []
    count = min(last + 1, most)
    return sorted({int(each) for each in np.linspace(0, last, count)})


BEYOND: Final = 3.0
"""Power by which chances fall beyond the strongest window: the slowest whole one that leaves a variance."""
FEW_WINDOWS: Final = 20
"""Healthy windows, none overlapping another, below which their shares cannot tell one in twenty."""


def chance_without(strength: float, nodes: int) -> float:
    """Return how likely the largest of many scores is to be this large where nothing healthy is known.

    Cantelli's inequality 1 / (1 + s²), which holds whatever the distribution, times the nodes looked at.

    >>> chance_without(99.0, 40) < 0.01, chance_without(2.0, 40)
    (True, 1.0)
    """
    return min(1.0, max(nodes, 1) / (1.0 + strength * strength))


def chance_of(strength: float, healthy: Floats, independent: int) -> float:
    """Return how likely a healthy window is to look as strong as this one, in (0, 1].

    The smaller of two estimates, since either errs upwards. Windows that look as strong are counted; that is
    too much where the reference holds incidents of its own. And the tail is drawn on as a power of the
    strength from what the windows between the 80th and the 95th percentile show, which some incidents
    among the strongest do not touch; that is too much where the tail falls faster than a power.

    Args:
        strength: of the window that is judged.
        healthy: strengths of healthy windows, any order; they may overlap.
        independent: how many of them do not overlap.

    >>> chance_of(1.0, np.arange(99.0), 99) > 0.9, chance_of(1e4, np.arange(99.0), 99) < 0.01
    (True, True)
    >>> chance_of(30.0, np.r_[np.arange(0.0, 5.0, 0.1), 80.0, 90.0], 52) < 0.03
    True
    """
    if not len(healthy):
        return 1.0
    reached = float((healthy >= strength).mean())
    counted = _one_more(reached, independent)
    if not reached and healthy.max() > 0.0:
        counted *= float(healthy.max() / strength) ** BEYOND
    if independent < FEW_WINDOWS:
        return counted
    low, high = (float(each) for each in np.quantile(healthy, (0.8, 0.95)))
    if not 0.0 < low < high < strength:
        return counted
    power = float(np.log(0.2 / 0.05) / np.log(high / low))
    return min(counted, _one_more(0.05, independent) * float((high / strength) ** power))


def _one_more(share: float, windows: int) -> float:
    """Return the share that so many windows allow for, the one that is judged counted as one more."""
    return (share * windows + 1.0) / (windows + 1.0)


def nobody_of(chance: float) -> float:
    """Return the probability that nobody is to blame: even odds at the level of blame.

    >>> nobody_of(0.05), round(nobody_of(1.0), 2)
    (0.5, 0.95)
    """
    return chance / (chance + BLAME_LEVEL)
