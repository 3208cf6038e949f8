"""Which features moved, inside the part hit and outside of it: one row per unit, in coarse bins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from aright.core.diagnose.features import Bin
from aright.core.diagnose.freshness import ages, change_of
from aright.core.stats.chi_square import chi_square
from aright.core.stats.gamma import gamma_sf
from aright.core.stats.holm import holm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from aright.core.diagnose.features import Feature
    from aright.core.diagnose.freshness import Change, Pairs
    from aright.core.diagnose.rows import Rows

Compare: TypeAlias = "Callable[[Feature, NDArray[np.bool_], NDArray[np.bool_]], tuple[float, float]]"
"""Takes a feature, the rows looked at and which are the later side; returns how far it moved, and the p-value
of both sides being alike."""

LEVEL: Final = 0.01
"""Family-wise error over all features, by Holm's method."""

FEWEST: Final = 10
"""Units on either side that can be compared."""

PAIRED: Final = 0.5
"""Share of the later side's units that must have been there before for each to be its own baseline."""

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


def moves_of(
    rows: Rows,
    features: Sequence[Feature],
    inside: NDArray[np.bool_],
    pairs: Pairs,
    compare: Compare | None = None,
) -> list[Move]:
    """Return every feature's movement, in the features' order.

    Args:
        rows: the reference and the rows judged.
        features: binned, over these rows.
        inside: the part looked at.
        pairs: consecutive rows of a unit.
        compare: how two sides are held against each other: each unit's last row where it is not given.
    """
    compare = compare or by_last_row(rows)
    everyone = bool(inside.all())
    tested = [compare(each, inside, rows.now) for each in features]
    clear = [p <= LEVEL for p in holm([p for _, p in tested])]
    found = []
    for feature, (distance, _), sure in zip(features, tested, clear, strict=True):
        outside = 0.0 if everyone else compare(feature, ~inside, rows.now)[0]
        values = np.where(np.isfinite(feature.value), feature.value, np.nan)
        change = change_of(values, rows.now, inside, pairs)
        stopped = change.stopped and (everyone or not change_of(values, rows.now, ~inside, pairs).stopped)
        moved = sure and distance >= VISIBLE and not _restless(rows, feature, inside, distance, compare)
        odd = odd_bins(feature, rows, inside) if moved else ()
        above = np.isin(feature.codes, [code for code in odd if feature.bins[code] is Bin.ABOVE])
        ageing = moved and ages(feature.value, rows.time, rows.now & inside & above, pairs)
        found.append(Move(feature, distance, outside, odd, ageing, change, stopped, moved or stopped))
    return found


def _restless(
    rows: Rows, feature: Feature, inside: NDArray[np.bool_], distance: float, compare: Compare
) -> bool:
    """Tell whether a feature moved nearly as far within the reference: a clock or a counter always does."""
    early = rows.time < np.median(rows.time[~rows.now])
    usual, p_value = compare(feature, inside & ~rows.now, ~early)
    return usual > 0.5 * distance and p_value < LEVEL


def by_last_row(rows: Rows) -> Compare:
    """Return what compares two sides by the last row of every unit on each."""
    one = one_per_unit(rows)
    return lambda feature, mask, later: distance_of(feature, mask & one, later)


def by_all_rows(rows: Rows) -> Compare:
    """Return what compares two sides by all rows of every unit, each unit weighing as one.

    One row per unit tells no more of a hundred cameras after a day than after a minute, and each look draws
    it anew, so that what moved comes and goes. A unit's share in each bin over all of its rows tells more the
    longer it is seen.
    """
    return lambda feature, mask, later: distance_by_units(feature, mask, later, rows.unit)


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
    if min(before.sum(), after.sum()) < FEWEST:
        return 0.0, 1.0
    distance = 0.5 * float(np.abs(before / before.sum() - after / after.sum()).sum())
    return distance, chi_square(before, after)


def distance_by_units(
    feature: Feature, mask: NDArray[np.bool_], later: NDArray[np.bool_], unit: NDArray[np.int64]
) -> tuple[float, float]:
    """Return total variation between two sides' mean shares over units, and the p-value of both being alike.

    The shares are tested by χ² on as many rows as they are worth, which is fewer than there are since rows of
    one unit are alike: the design effect of J. N. K. Rao and A. J. Scott, JASA 76 (1981). Where most units
    of the later side were there before, these alone are looked at, each as its own baseline.

    Args:
        feature: binned.
        mask: the rows looked at.
        later: which rows are the later side.
        unit: code of each row's unit.
    """
    size = len(feature.bins)
    sides = [_shares_of(feature.codes[side], unit[side], size) for side in (mask & ~later, mask & later)]
    if min(len(each.unit) for each in sides) < FEWEST:
        return 0.0, 1.0
    both, first, second = np.intersect1d(sides[0].unit, sides[1].unit, return_indices=True)
    if len(both) >= max(FEWEST, PAIRED * len(sides[1].unit)):
        before, after = sides[0].share[first], sides[1].share[second]
        return _distance(before.mean(axis=0), after.mean(axis=0)), _sign_flips(after - before)
    before, after = (_worth(each) for each in sides)
    return _distance(before, after), chi_square(before, after)


@dataclass(frozen=True, eq=False)
class _Shares:
    """Units, and each one's share of rows in every bin, shape (units, bins); how many rows these are of."""

    unit: NDArray[np.int64]
    share: NDArray[np.float64]
    rows: int


def _shares_of(codes: NDArray[np.int32], unit: NDArray[np.int64], size: int) -> _Shares:
    known, number = np.unique(unit, return_inverse=True)
    count = np.bincount(number * size + codes, minlength=len(known) * size).reshape(len(known), size)
    return _Shares(known, count / np.maximum(count.sum(axis=1, keepdims=True), 1), len(codes))


def _distance(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    return 0.5 * float(np.abs(before / before.sum() - after / after.sum()).sum())


def _sign_flips(change: NDArray[np.float64]) -> float:
    """Return the p-value of units' changes being as likely as their opposites.

    The squared length of their sum is held against all ways to flip their signs, whose mean and variance are
    known exactly and matched by a gamma law. Each unit is its own baseline, so how units differ is no noise.

    Args:
        change: by unit and bin, shape (units, bins).
    """
    own = (change * change).sum(axis=1)
    mean = float(own.sum())
    variance = 2.0 * (float(((change.T @ change) ** 2).sum()) - float(own @ own))
    if mean <= 0.0 or variance <= 1e-12 * mean * mean:
        return 1.0
    total = change.sum(axis=0)
    return gamma_sf(float(total @ total) * mean / variance, mean * mean / variance)


def _worth(side: _Shares) -> NDArray[np.float64]:
    """Return mean shares over units times the rows they are worth."""
    units = len(side.unit)
    mean = side.share.mean(axis=0)
    spread = float(((side.share - mean) ** 2).sum()) / (units - 1)
    plain = float((mean * (1.0 - mean)).sum())
    rows = min(units * plain / spread, float(side.rows)) if spread > 0.0 else float(side.rows)
    return np.asarray(mean * rows, dtype=np.float64)
