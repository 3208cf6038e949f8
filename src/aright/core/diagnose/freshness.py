"""Freshness, told by values and never by names: does a feature age, and has it stopped changing?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.model.times import SECOND

if TYPE_CHECKING:
    from numpy.typing import NDArray

TICKS: Final = (1.0, 1_000.0, 1.0 / 60.0, 1.0 / 3_600.0, 1.0 / 86_400.0)
"""Growth per second of an age in seconds, milliseconds, minutes, hours and days."""

FEW_PAIRS: Final = 30


@dataclass(frozen=True, eq=False)
class Pairs:
    """Rows and the row before of the same unit, on the same side.

    Attributes:
        earlier: row numbers.
        later: row numbers.
        gap: seconds between them.
    """

    earlier: NDArray[np.int64]
    later: NDArray[np.int64]
    gap: NDArray[np.float64]


def pairs_of(unit: NDArray[np.int64], time: NDArray[np.int64], now: NDArray[np.bool_]) -> Pairs:
    """Return consecutive rows of every unit.

    >>> pairs = pairs_of(np.array([1, 2, 1]), np.array([0, 5, 9]) * 1_000_000, np.zeros(3, dtype=bool))
    >>> pairs.earlier.tolist(), pairs.later.tolist(), pairs.gap.tolist()
    ([0], [2], [9.0])
    """
    order = np.lexsort((time, now, unit))
    first, second = order[:-1], order[1:]
    same = (unit[first] == unit[second]) & (now[first] == now[second]) & (time[first] < time[second])
    first, second = first[same], second[same]
    return Pairs(first, second, (time[second] - time[first]) / SECOND)


def ages(value: NDArray[np.float64], time: NDArray[np.int64], mask: NDArray[np.bool_], pairs: Pairs) -> bool:
    """Tell whether a feature grows like a clock among the rows of ``mask``: for all of them, or per unit.

    >>> second = np.arange(100)
    >>> alone = pairs_of(second, second * 1_000_000, np.zeros(100, dtype=bool))
    >>> ages(3.0 + second, second * 1_000_000, np.ones(100, dtype=bool), alone)
    True
    >>> ages(3.0 + second % 7, second * 1_000_000, np.ones(100, dtype=bool), alone)
    False
    """
    known = mask & np.isfinite(value)
    if int(known.sum()) < FEW_PAIRS:
        return False
    seconds = (time[known] - time[known].min()) / SECOND
    spread = float(np.var(seconds))
    if spread > 0.0:
        centred = value[known] - value[known].mean()
        slope = float(((seconds - seconds.mean()) * centred).mean()) / spread
        fitted = slope * slope * spread / max(float(np.var(centred)), 1e-12)
        if fitted > 0.95 and any(abs(slope / tick - 1.0) < 0.1 for tick in TICKS):
            return True
    held = known[pairs.earlier] & known[pairs.later]
    if int(held.sum()) < FEW_PAIRS:
        return False
    growth = (value[pairs.later] - value[pairs.earlier])[held] / pairs.gap[held]
    return any(float((np.abs(growth / tick - 1.0) < 0.1).mean()) > 0.6 for tick in TICKS)


@dataclass(frozen=True)
class Change:
    """How often a feature changes from one row of a unit to the next.

    Attributes:
        pairs: pairs of current rows.
        now: share that changed.
        expected: share expected from the reference, for the same gaps in time.
    """

    pairs: int
    now: float
    expected: float

    @property
    def stopped(self) -> bool:
        """Whether it used to change and hardly does any more, beyond chance."""
        error = np.sqrt(max(self.expected * (1.0 - self.expected), 1e-4) / max(self.pairs, 1))
        return bool(
            self.pairs >= FEW_PAIRS
            and self.expected >= 0.1
            and self.now <= 0.3 * self.expected
            and self.expected - self.now > 5.0 * error
        )


def change_of(
    codes: NDArray[np.float64], now: NDArray[np.bool_], mask: NDArray[np.bool_], pairs: Pairs
) -> Change:
    """Return how often values change among current rows of ``mask``, against reference pairs of like gaps.

    Args:
        codes: the feature's values; pairs with NaN are left out.
        now: which rows are current.
        mask: the rows looked at.
        pairs: of all rows.
    """
    known = np.isfinite(codes[pairs.earlier]) & np.isfinite(codes[pairs.later])
    changed = (codes[pairs.earlier] != codes[pairs.later]) & known
    ours = known & mask[pairs.earlier] & mask[pairs.later]
    late, early = ours & now[pairs.later], ours & ~now[pairs.later]
    if int(late.sum()) < FEW_PAIRS or int(early.sum()) < FEW_PAIRS:
        return Change(int(late.sum()), 0.0, 0.0)
    edges = np.quantile(pairs.gap[late], (0.25, 0.5, 0.75))
    stratum = np.searchsorted(edges, pairs.gap, "right")
    count = np.bincount(stratum[early], minlength=4)
    rate = np.bincount(stratum[early & changed], minlength=4) / np.maximum(count, 1)
    rate = np.where(count >= 5, rate, float(changed[early].mean()))
    return Change(int(late.sum()), float(changed[late].mean()), float(rate[stratum[late]].mean()))
