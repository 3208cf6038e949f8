"""When the loss began: the split in time after which a rise explains most, never the alert's time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.likelihood import gain, shift, sums
from aright.core.model.times import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from aright.core.diagnose.losses import Loss
    from aright.core.model.times import Micros

GRID: Final = 5 * SECOND
MAX_SPLITS: Final = 720
WITHIN: Final = 3.0
"""Splits whose gain is this close to the best (nats) may be the true one as well."""


@dataclass(frozen=True)
class Onset:
    """When something began.

    Attributes:
        at: the likeliest instant (µs, UTC).
        low: earliest that fits nearly as well.
        high: latest that does.
        gain: of "risen from here on" over "never risen" (nats).
    """

    at: Micros
    low: Micros
    high: Micros
    gain: float


def onset_of(
    time: NDArray[np.int64],
    losses: Sequence[Loss],
    start: Micros,
    end: Micros,
) -> Onset | None:
    """Return since when the losses of the rows are risen, among instants in [start, end); ``None`` if never.

    Args:
        time: per row (µs, UTC).
        losses: of the same rows.
        start: earliest instant considered.
        end: end of the rows.

    >>> import numpy as np
    >>> from aright.core.diagnose.onset import share_onset
    >>> seconds = np.arange(300) * 1_000_000
    >>> share_onset(seconds, seconds >= 200_000_000, 0.02, 0, 300_000_000).at
    200000000
    """
    grid = max(GRID, -((end - start) // -MAX_SPLITS))
    if end <= start or not losses:
        return None
    splits = int(-((end - start) // -grid))
    late = (time >= start) & (time < end)
    slot = (time[late] - start) // grid
    total = np.zeros(splits)
    for loss in losses:
        total += _since(loss.keep(late), slot, splits)
    return _best(total, slot, start, grid, 0.0)


def _since(loss: Loss, slot: NDArray[np.int64], splits: int) -> NDArray[np.float64]:
    """Return, for every split, the gain of the rows from it on."""
    width = len(loss.centres)
    each = sums(slot * width + loss.bins, loss.weight, splits * width).reshape(splits, width)
    counts = np.cumsum(each[::-1], axis=0)[::-1]
    totals = np.cumsum(sums(slot, loss.lost, splits)[::-1])[::-1]
    return gain(counts, totals, loss.centres, shift(counts, totals, loss.centres)) * loss.trust / loss.spread


def share_onset(
    time: NDArray[np.int64], hit: NDArray[np.bool_], before: float, start: Micros, end: Micros
) -> Onset | None:
    """Return since when more rows are ``hit`` than the share ``before``; ``None`` if never."""
    grid = max(GRID, -((end - start) // -MAX_SPLITS))
    if end <= start:
        return None
    splits = int(-((end - start) // -grid))
    late = (time >= start) & (time < end)
    slot = (time[late] - start) // grid
    counts = np.cumsum(sums(slot, np.ones(len(slot)), splits)[::-1])[::-1]
    totals = np.cumsum(sums(slot, hit[late].astype(np.float64), splits)[::-1])[::-1]
    rate = min(max(before, 1e-3), 1.0 - 1e-3)
    odds = np.array([np.log(rate / (1.0 - rate))])
    found = gain(counts[:, None], totals, odds, shift(counts[:, None], totals, odds))
    return _best(found, slot, start, grid, WITHIN)


def _best(
    found: NDArray[np.float64], slot: NDArray[np.int64], start: Micros, grid: Micros, least: float
) -> Onset | None:
    """Return the best split with a row right behind it: between rows no two splits can be told apart."""
    split = np.unique(slot)
    if split.size == 0 or float(found[split].max()) <= least:
        return None
    best = int(split[np.argmax(found[split])])
    near = split[found[split] >= found[best] - WITHIN]
    return Onset(
        start + best * grid, start + int(near[0]) * grid, start + int(near[-1]) * grid, float(found[best])
    )
