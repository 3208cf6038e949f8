"""Rare values that deviate by themselves get a code of their own again.

Values beyond the most frequent are pooled, or an axis would be endless. One of them at fault is a thin part
of the pool; so each is looked at by itself, against what was expected of its rows, and those that stand out
by more than the choice among all rare ones explains are told apart before the search is done anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.cube.counts import RISES, Spread, rise
from aright.core.diagnose.cube.grid import sums_of
from aright.core.diagnose.cube.search import SURE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from aright.core.diagnose.cube.axes import Axis
    from aright.core.diagnose.cube.search import Found

MOST: Final = 16
"""Values that get a code of their own: more are no exceptions: the pool is the better name."""

STRENGTH: Final = 1.0
"""Losses of the past that "like its pool" is worth, for a value that has its own past."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What some rows show.

    Attributes:
        at: which rows of the table.
        actual: what each shows.
        usual: what was expected of it.
    """

    at: NDArray[np.intp]
    actual: NDArray[np.float64]
    usual: NDArray[np.float64]

    def by(self, of: NDArray[np.intp], size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return both summed per value."""
        own = of[self.at]
        return sums_of(own, self.actual, size), sums_of(own, self.usual, size)


@dataclass(frozen=True, eq=False)
class Compared:
    """Rows of now, and for losses those of the past.

    Attributes:
        now: rows that are judged.
        variance: of the rows of now.
        before: rows of the past; ``None`` for real against predicted values.
        spread: how losses vary.
    """

    now: Seen
    variance: NDArray[np.float64]
    before: Seen | None = None
    spread: Spread = field(default_factory=Spread)

    def evidence(self, of: NDArray[np.intp], size: int) -> NDArray[np.float64]:
        """Return the evidence (nats) that each value deviates by itself.

        >>> now = Seen(np.arange(3), np.array([9.0, 1.0, 1.0]), np.ones(3))
        >>> Compared(now, np.ones(3)).evidence(np.array([0, 1, 1]), 2).tolist()
        [32.0, 0.0]
        """
        actual, usual = self.now.by(of, size)
        if self.before is None:
            variance = sums_of(of[self.now.at], self.variance, size)
            return (actual - usual) ** 2 / (2.0 * np.maximum(variance, 1e-12))
        before, before_usual = self.before.by(of, size)
        known, unit = before + STRENGTH, self.spread.chance
        expected = usual * known / (before_usual + STRENGTH)
        doubt = self.spread.rate + unit / known
        gains = [rise(actual / unit, expected / unit, doubt, each) for each in RISES]
        return np.asarray(np.max(gains, axis=0), dtype=np.float64)


def restored(axes: Sequence[Axis], compared: Compared) -> list[Axis]:
    """Return the axes, with codes of their own for rare values that deviate by themselves."""
    found = []
    for axis in axes:
        if axis.values is None:
            found.append(axis)
            continue
        gain = compared.evidence(axis.values.of, len(axis.values.names))[list(axis.values.rare)]
        clear = np.flatnonzero(gain > float(np.log(len(gain))) + SURE)
        found.append(axis.restored([axis.values.rare[at] for at in clear]) if clear.size <= MOST else axis)
    return found


def pooled(axes: Sequence[Axis], found: Sequence[Found]) -> bool:
    """Return whether a root is a pool: then those restored from it are no exceptions beside it."""
    return any(axes[axis].pooled == code for each in found for axis, code in each.element if axes)
