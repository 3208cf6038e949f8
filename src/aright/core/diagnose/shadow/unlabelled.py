"""Two versions without the truth of what they are given: where they differ, and how unsure they are.

Where no truth is known of the inputs of now, three weaker questions are asked of the same replays:

- *Do the versions differ?* The answer that was served stands for the truth. The version that gave it is run
  again, and how far it is from itself (it may not be deterministic) is taken off how far the other version is
  from it. A version that answers like the one before cannot be the worse one: where the two differ by less
  than ``SAME``, the new one is acquitted. That they differ convicts nobody.
- *Does the new version lose more on the reference inputs*, whose truth has come by now? That is the model's
  part, by the truth.
- *Are they less sure?* How unsure an answer is (one minus its confidence) is weighed as a loss would be. A
  version that is less sure on the same inputs, or inputs of now on which both are less sure, are suspect.

So "neither" is never said without the truth: inputs on which both versions are sure and wrong look like any
others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.shadow.effects import Effect, pooled, worse_by
from aright.core.diagnose.shadow.pool import Pairs, Pool
from aright.core.diagnose.shadow.weighing import EARLY, FEWEST, LAST, Weighed, is_there, judge, margin_of

if TYPE_CHECKING:
    from aright.core.diagnose.shadow.pool import Floats, Ints

SAME: Final = 0.02
"""Share of the answers by which versions that answer alike may differ, beyond their own noise."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What replays of one side showed; arrays have the shape (pairs,), NaN where it is not known.

    Attributes:
        unit: of all stored rows of the side.
        row: which of them each pair is.
        again: how far the version that served is from the answer that it gave then.
        other: how far the other version is from that answer.
        unsure: how unsure the old and the new version are.
        lost: what the old and the new version lose by the truth.
        served_unsure: how unsure the answers were that were served, of all stored rows.
        served_lost: what these lost.
    """

    unit: Ints
    row: Ints
    again: Floats
    other: Floats
    unsure: tuple[Floats, Floats]
    lost: tuple[Floats, Floats]
    served_unsure: Floats
    served_lost: Floats

    def differ(self, units: int) -> Effect | None:
        """Return how far the versions are apart, their own noise taken off."""
        pairs = Pairs(self.row, self.again, self.other).known()
        return worse_by(Pool(self.unit, np.zeros(len(self.unit))), pairs, units)


@dataclass(frozen=True, eq=False)
class Glimpse:
    """What is seen without the truth of the inputs of now.

    Attributes:
        verdict: ``data`` | ``model`` | ``both`` | ``unclear``.
        pairs: inputs of reference and now.
        differ: how far the versions are apart; ``None`` where that is not known.
        alike: whether they answer alike; ``None`` where it is not known.
        truth: by how much the new version loses more on reference inputs, by their truth.
        unsure: what the versions' own doubts say.
    """

    verdict: str
    pairs: tuple[int, int]
    differ: Effect | None
    alike: bool | None
    truth: Effect | None
    unsure: Weighed | None


def glimpse(before: Seen, now: Seen, *, last: bool = True, changed: bool = True) -> Glimpse:
    """Return what replays say without the truth of the inputs of now.

    Args:
        before: of the reference.
        now: of now.
        last: whether no further look will be taken.
        changed: whether another version serves now than before; one that does not cannot be what changed.
    """
    p = LAST if last else EARLY
    units = int(max(before.unit.max(), now.unit.max())) + 1
    apart = before.differ(units), now.differ(units)
    differ = pooled(apart[0], apart[1]) if apart[0] and apart[1] else apart[0] or apart[1]
    there = None if differ is None else is_there(differ, SAME, p)
    alike = None if there is None else not there
    truth, guilty = _by_truth(before, units, p)
    unsure = _by_doubt(before, now, last=last, changed=changed)
    doubted, inputs = _there(unsure, p)
    if guilty is None or not changed:
        guilty = False if alike or not changed else doubted
    known = last or (guilty is not None and inputs is not None)
    named = {(True, True): "both", (True, False): "model", (False, True): "data"}
    verdict = named.get((bool(guilty), bool(inputs)), "unclear") if known else "unclear"
    return Glimpse(verdict, (len(before.row), len(now.row)), differ, alike, truth, unsure)


def _by_truth(before: Seen, units: int, p: float) -> tuple[Effect | None, bool | None]:
    """Return what the new version loses more on the reference inputs whose truth is known."""
    known = np.isfinite(before.served_lost)
    if int(known.sum()) < FEWEST:
        return None, None
    place = np.cumsum(known) - 1
    pool = Pool(before.unit[known], before.served_lost[known])
    seen = known[before.row]
    pairs = Pairs(place[before.row[seen]], before.lost[0][seen], before.lost[1][seen]).known()
    effect = worse_by(pool, pairs, units)
    return effect, (is_there(effect, margin_of(pool, 0.0), p) if effect is not None else None)


def _by_doubt(before: Seen, now: Seen, *, last: bool, changed: bool) -> Weighed | None:
    """Return what the versions' own doubts say, taken for losses; ``None`` where they tell of none."""
    pools, pairs = [], []
    for side in (before, now):
        known = np.isfinite(side.served_unsure)
        if int(known.sum()) < FEWEST:
            return None
        place = np.cumsum(known) - 1
        pools.append(Pool(side.unit[known], side.served_unsure[known]))
        seen = known[side.row]
        pairs.append(Pairs(place[side.row[seen]], side.unsure[0][seen], side.unsure[1][seen]).known())
    return judge(pools[0], pools[1], pairs[0], pairs[1], last=last, changed=changed)


def _there(unsure: Weighed | None, p: float) -> tuple[bool | None, bool | None]:
    if unsure is None or unsure.model is None or unsure.inputs is None:
        return None, None
    return is_there(unsure.model, unsure.margin, p), is_there(unsure.inputs, unsure.margin, p)
