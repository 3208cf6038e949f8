"""Disagreement of two versions, the stable version's disagreement with itself taken off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from msgspec.structs import replace

from aright.core.mitigate.canary.units import UnitSet
from aright.core.mitigate.shadow.apart import distances
from aright.core.mitigate.shadow.pairs import sample
from aright.core.stats.paired_bets import PairedBets

if TYPE_CHECKING:
    from aright.core.mitigate.shadow.matching import Matched
    from aright.core.mitigate.shadow.track import Streams
    from aright.core.model.release import Policy

DISAGREEMENT: Final = "disagreement"
"""Name of the metric; it does not know who is right."""


def of_canaries(policy: Policy) -> Policy:
    """Return the policy without disagreement, which only copies of the same request can tell.

    >>> from aright.core.model.release import Metric, Policy
    >>> of_canaries(Policy(metrics=(Metric(name="error_share"), Metric(name="disagreement")))).metrics
    (Metric(name='error_share', on_harm='roll_back', margin=None),)
    """
    return replace(policy, metrics=tuple(each for each in policy.metrics if each.name != DISAGREEMENT))


class Differing:
    """Bets that the candidate is farther from the stable version than that is from itself.

    Where the stable version was run twice on a request, (other answer of the candidate, same answer of the
    second run) is held against (same answer of the candidate, other answer of the second run). A
    candidate that answers as the stable version does, noise and all, has as many of the one as of the other.

    Args:
        width: how many streams there are.
        allowed: share of the answers that may differ beyond that.
        threshold: of scores; ``None`` where they have none.
    """

    def __init__(self, width: int, allowed: float, threshold: float | None) -> None:
        self.bets = PairedBets(width)
        self._failed = UnitSet()
        self._allowed = allowed
        self._threshold = threshold
        self.compared = 0
        self.apart = 0.0
        """Sum of distances over all pairs, also those whose noise is not known."""

    @property
    def share(self) -> float:
        """How far the versions' answers are apart on average; 0 for no answer at all."""
        return self.apart / self.compared if self.compared else 0.0

    def extend(self, width: int) -> None:
        """Take up further streams."""
        self.bets.extend(width)

    def count(self, found: Matched, streams: Streams) -> None:
        """Count the pairs of a look."""
        other = distances(found.stable, found.candidate, self._threshold)
        there = np.isfinite(other)
        self.compared += int(there.sum())
        self.apart += float(other[there].sum())
        again = np.full(found.stable.num_rows, np.nan)
        shown = found.stable.take(found.again_of)
        again[found.again_of] = distances(shown, found.again, self._threshold)
        pairs = sample(found.stable, self._failed, other, again)
        for stream, inside, _ in streams.of(pairs.row, np.zeros(0, dtype=np.int64)):
            mine, noise = pairs.where(inside).loss
            self.bets.add(stream, mine, np.minimum(noise + self._allowed, 1.0))
        self._failed.add(np.unique(pairs.unit[(pairs.loss[0] > 0) | (pairs.loss[1] > 0)]))
