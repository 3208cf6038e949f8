"""Which features moved, inside the part hit and outside of it: one row per unit, in coarse bins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.features import Bin
from aright.core.diagnose.freshness import ages, change_of
from aright.core.stats.chi_square import chi_square
from aright.core.stats.holm import holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from aright.core.diagnose.features import Feature
    from aright.core.diagnose.freshness import Change, Pairs
    from aright.core.diagnose.rows import Rows

LEVEL: Final = 0.01
"""Family-wise error over all features, by Holm's method."""

VISIBLE: Final = 0.05
"""Least share of rows that must have moved to be worth a sentence."""


@dataclass(frozen=True, eq=False)
class Move:
    """One feature's movement.

    Attributes:
        feature: the feature, binned, over the scene's rows.
        distance: share of the units inside that moved to another bin (total variation), in [0, 1].
        outside: the same outside; 0 where there is no outside.
        odd: codes of the bins out of the ordinary that more rows are in now.
        ageing: whether it grows like a clock where it is above all that was seen before.
        change: how often it changes inside.
        stopped: whether it has stopped changing inside, while outside it goes on (where there is an outside).
        moved: whether the distance is beyond chance, or it has stopped.
    """

    feature: Feature
    distance: float
    outside: float
    odd: tuple[int, ...]
    ageing: bool
    change: Change
    stopped: bool
    moved: bool

    def has(self, kind: Bin) -> bool:
        """Tell whether more rows are now in bins of that kind."""
        return any(self.feature.bins[code] is kind for code in self.odd)


def moves_of(rows: Rows, features: Sequence[Feature], inside: NDArray[np.bool_], pairs: Pairs) -> list[Move]:
    """Return every feature's movement, in the features' order."""
    one = one_per_unit(rows)
    everyone = bool(inside.all())
    tested = [distance_of(each, one & inside, rows.now) for each in features]
    clear = [p <= LEVEL for p in holm([p for _, p in tested])]
    found = []
    for feature, (distance, _), sure in zip(features, tested, clear, strict=True):
        outside = 0.0 if everyone else distance_of(feature, one & ~inside, rows.now)[0]
        values = np.where(np.isfinite(feature.value), feature.value, np.nan)
        change = change_of(values, rows.now, inside, pairs)
        stopped = change.stopped and (everyone or not change_of(values, rows.now, ~inside, pairs).stopped)
        moved = sure and distance >= VISIBLE and not _restless(rows, feature, one & inside, distance)
        odd = odd_bins(feature, rows, inside) if moved else ()
        above = np.isin(feature.codes, [code for code in odd if feature.bins[code] is Bin.ABOVE])
        ageing = moved and ages(feature.value, rows.time, rows.now & inside & above, pairs)
        found.append(Move(feature, distance, outside, odd, ageing, change, stopped, moved or stopped))
    return found


def _restless(rows: Rows, feature: Feature, mask: NDArray[np.bool_], distance: float) -> bool:
    """Tell whether a feature moved nearly as far within the reference: a clock or a counter always does."""
    early = rows.time < np.median(rows.time[~rows.now])
    usual, p_value = distance_of(feature, mask & ~rows.now, ~early)
    return usual > 0.5 * distance and p_value < LEVEL


def one_per_unit(rows: Rows) -> NDArray[np.bool_]:
    """Mark the last row of every unit on either side, so that a burst of one unit is no movement."""
    order = np.lexsort((rows.time, rows.now, rows.unit))
    unit, now = rows.unit[order], rows.now[order]
    last = np.ones(len(order), dtype=np.bool_)
    last[:-1] = (unit[1:] != unit[:-1]) | (now[1:] != now[:-1])
    mask = np.zeros(len(order), dtype=np.bool_)
    mask[order[last]] = True
    return mask


def odd_bins(feature: Feature, rows: Rows, inside: NDArray[np.bool_]) -> tuple[int, ...]:
    """Return the bins out of the ordinary that more rows are in now."""
    rise = feature.shares(rows.now & inside) - feature.shares(~rows.now & inside)
    kinds = {
        kind: sum(float(rise[code]) for code, each in enumerate(feature.bins) if each is kind) for kind in Bin
    }
    return tuple(
        code
        for code, kind in enumerate(feature.bins)
        if kind is not Bin.USUAL and rise[code] > 0.0 and kinds[kind] >= VISIBLE
    )


def distance_of(feature: Feature, mask: NDArray[np.bool_], now: NDArray[np.bool_]) -> tuple[float, float]:
    """Return total variation between before and now among ``mask``, and the p-value of both being alike."""
    size = len(feature.bins)
    before = np.bincount(feature.codes[mask & ~now], minlength=size)
    after = np.bincount(feature.codes[mask & now], minlength=size)
    if min(before.sum(), after.sum()) < 10.0:
        return 0.0, 1.0
    distance = 0.5 * float(np.abs(before / before.sum() - after / after.sum()).sum())
    return distance, chi_square(before, after)
