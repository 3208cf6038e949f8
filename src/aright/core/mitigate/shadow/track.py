"""What is counted of one metric in a shadow: its bets, of all traffic and of the parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from aright.core.mitigate.canary.units import UnitSet
from aright.core.mitigate.canary.values import losses_of, sides
from aright.core.mitigate.shadow.pairs import blocks, evened, sample
from aright.core.stats.paired_bets import PairedBets

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from aright.core.mitigate.shadow.matching import Matched
    from aright.core.model.release import Metric

FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


class Track:
    """One metric's bets, one for each way in which it may be worse.

    Args:
        metric: which.
        width: how many streams there are.
        margin: ratio that is still good enough; 0 for none.
    """

    def __init__(self, metric: Metric, width: int, margin: float) -> None:
        self.metric = metric
        self.margin = margin
        self.bets = [PairedBets(width, (margin,)) for _ in range(sides(metric.name))]
        self._failed = [UnitSet() for _ in self.bets]

    def extend(self, width: int) -> None:
        """Take up further streams."""
        for bets in self.bets:
            bets.extend(width)

    def count(self, found: Matched, streams: Streams) -> None:
        """Count the pairs of a look, and the uncopied answers beside them."""
        name = self.metric.name
        mine = losses_of(name, _column(found.candidate, name), None)
        shown = losses_of(name, _column(found.stable, name), None)
        rest = losses_of(name, _column(found.others, name), None)
        apart = evened(found.others, found.stable) if found.others.num_rows else np.zeros(0, bool)
        for bets, failed, c, s, r in zip(self.bets, self._failed, mine, shown, rest, strict=True):
            pairs = sample(found.stable, failed, c, s)
            others = sample(found.others, failed, np.where(apart, r, np.nan))
            others = others.where(~np.isin(others.unit, pairs.unit))
            for stream, inside, outside in streams.of(pairs.row, others.row):
                (candidate, stable), (loss,) = pairs.where(inside).loss, others.where(outside).loss
                bets.add(stream, candidate, stable, blocks(loss, len(candidate)))
            lost = (pairs.loss[0] > 0) | (pairs.loss[1] > 0)
            failed.add(np.unique(np.concatenate([pairs.unit[lost], others.unit[others.loss[0] > 0]])))


class Streams:
    """Which streams the rows of a look belong to; stream 0 is all.

    Args:
        pairs: per attribute, the stream of each copied answer.
        others: likewise, of each uncopied one.
    """

    def __init__(self, pairs: Sequence[Codes], others: Sequence[Codes]) -> None:
        self._pairs = pairs
        self._others = others

    def of(
        self, pairs: Codes, others: Codes
    ) -> list[tuple[int, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]]:
        """Return stream by stream which of the chosen rows are in it; streams without a pair are left out."""
        if not len(pairs):
            return []
        found = [(0, np.ones(len(pairs), dtype=bool), np.ones(len(others), dtype=bool))]
        for mine, theirs in zip(self._pairs, self._others, strict=True):
            here, there = mine[pairs], theirs[others]
            found += [(int(stream), here == stream, there == stream) for stream in np.unique(here)]
        return found


def _column(rows: pa.Table, name: str) -> FloatArray:
    return np.asarray(rows[name].to_numpy(), dtype=np.float64)
