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


def window_starts(steps: int, width: int) -> list[int]:
    """Return where windows of a width begin in a reference, evenly spread, at most 300.

    >>> window_starts(6, 5), window_starts(4, 5)
    ([0, 1], [])
    """
    last = steps - width
    if last < 0:
        return []
    count = min(last + 1, MAX_WINDOWS)
    return sorted({int(each) for each in np.linspace(0, last, count)})


FEW_WINDOWS: Final = 20
"""Healthy windows below which their shares cannot tell one in twenty."""


def chance_without(strength: float, nodes: int) -> float:
    """Return how likely the largest of many scores is to be this large where nothing healthy is known.

    Cantelli's inequality 1 / (1 + s²), which holds whatever the distribution, times the nodes looked at.

    >>> chance_without(99.0, 40) < 0.01, chance_without(2.0, 40)
    (True, 1.0)
    """
    return min(1.0, max(nodes, 1) / (1.0 + strength * strength))


def chance_of(strength: float, healthy: Floats) -> float:
    """Return how likely a healthy window is to look as strong as this one, in (0, 1].

    Where some do, their share. Beyond them the tail goes on as a power of the strength, as heavy as the
    strongest tenth say (Hill's estimator), but no lighter than its square: a few windows say little of tails.

    Args:
        strength: of the window that is judged.
        healthy: strengths of healthy windows, any order.

    Source: B. M. Hill, A simple general approach to inference about the tail of a distribution, Annals of
    Statistics 3 (1975).

    >>> chance_of(1.0, np.arange(99.0)) > 0.9, chance_of(1e4, np.arange(99.0)) < 0.01
    (True, True)
    """
    count = len(healthy)
    reached = int((healthy >= strength).sum())
    if reached or not count:
        return (reached + 1) / (count + 1)
    ordered = np.sort(healthy)
    top = ordered[-max(count // 10, 1) :]
    if top[0] <= 0.0:
        return 1.0 / (count + 1)
    power = min(1.0 / max(float(np.log(top / top[0]).mean()), 1e-9), 2.0)
    return float((strength / top[-1]) ** -power / (count + 1))


def nobody_of(chance: float) -> float:
    """Return the probability that nobody is to blame: even odds at the level of blame.

    >>> nobody_of(0.05), round(nobody_of(1.0), 2)
    (0.5, 0.95)
    """
    return chance / (chance + BLAME_LEVEL)
