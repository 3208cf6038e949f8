"""Which stored rows to replay: those that lost apart from the others, as many of each as tells most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from aright.core.diagnose.shadow.pool import Ints, Pairs, Pool

FLOOR: Final = 0.1
"""Least part of a side's replays that each of its two strata gets, so that neither is ever unknown."""


class Drawing:
    """Draws rows of one side without repeats, in an order that a seed gives.

    Where the loss is rare, few rows tell how often the old version answers right what the new one got wrong,
    and drawing blindly would hardly ever meet them. Rows that lost and rows that did not are therefore drawn
    apart, and each stratum counts for its known share of the side (Neyman, On the two different aspects of
    the representative method, Journal of the Royal Statistical Society 97, 1934). Half are of either at
    first; then as many as the stratum's share × the spread of its pairs calls for, his best allocation.

    Args:
        pool: the side.
        rng: gives the order.
    """

    def __init__(self, pool: Pool, rng: np.random.Generator) -> None:
        self._share = float(pool.weight[pool.lost].sum() / max(pool.weight.sum(), 1e-12))
        self._lost = pool.lost
        self._left = [rng.permutation(np.flatnonzero(self._lost == side)) for side in (False, True)]
        self._taken = [0, 0]

    @property
    def left(self) -> int:
        """Rows that were not drawn yet."""
        return sum(map(len, self._left))

    def take(self, rows: int, pairs: Pairs) -> Ints:
        """Return up to ``rows`` further rows, given what came of those before."""
        known = sum(self._taken) + rows
        of_lost = round(known * self._part(pairs)) - self._taken[1]
        of_lost = min(max(of_lost, 0), rows, len(self._left[1]))
        of_rest = min(rows - of_lost, len(self._left[0]))
        of_lost = min(rows - of_rest, len(self._left[1]))
        drawn = [self._draw(0, of_rest), self._draw(1, of_lost)]
        return np.concatenate(drawn).astype(np.int64)

    def _draw(self, side: int, rows: int) -> Ints:
        drawn, self._left[side] = self._left[side][:rows], self._left[side][rows:]
        self._taken[side] += rows
        return drawn

    def _part(self, pairs: Pairs) -> float:
        """Return which part of the replays should be of rows that lost."""
        if not len(pairs):
            return 0.5
        spread = []
        for side in (False, True):
            seen = pairs.worse[self._lost[pairs.row] == side]
            # one more pair that differs: a stratum where none did yet is not known to have none
            spread.append(float(np.sqrt((seen @ seen + 1.0) / (len(seen) + 1.0))))
        rest, lost = (1.0 - self._share) * spread[0], self._share * spread[1]
        return min(max(lost / (rest + lost), FLOOR), 1.0 - FLOOR)
