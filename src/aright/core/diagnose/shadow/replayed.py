"""Stored inputs on two versions, from answers to a verdict in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from aright.core.diagnose.shadow.answers import apart, loss_of, scale_of, unsureness
from aright.core.diagnose.shadow.looks import MOST, look_by_look
from aright.core.diagnose.shadow.pool import Pool
from aright.core.diagnose.shadow.telling import told, told_without_truth
from aright.core.diagnose.shadow.unlabelled import Seen, glimpse
from aright.core.diagnose.shadow.weighing import FEWEST, weigh

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aright.core.diagnose.shadow.answers import Truth
    from aright.core.diagnose.shadow.pool import Floats, Ints, Pairs
    from aright.core.diagnose.shadow.unlabelled import Glimpse
    from aright.core.model.evidence import Replayed
    from aright.core.model.replay import Output


@dataclass(frozen=True, eq=False)
class Rows:
    """Stored rows of one side, all served by one version.

    Attributes:
        unit: code of the randomisation unit per row, the same code on both sides for the same unit.
        served: the answers that were given.
        truth: what they should have been; ``None`` where that is not known.
    """

    unit: Ints
    served: Sequence[Output]
    truth: Sequence[Truth | None]


class Ask(Protocol):
    """Runs stored inputs on both versions."""

    def __call__(self, rows: Ints, *, current: bool) -> tuple[Sequence[Output], Sequence[Output]]:
        """Return the answers of the old and of the new version to rows of a side, in their order.

        Fewer than asked for, as many of both, mean that time is up.
        """
        ...


def replayed(
    reference: Rows,
    current: Rows,
    ask: Ask,
    *,
    versions: tuple[str, str],
    rng: np.random.Generator,
    changed: bool = True,
    most: int = MOST,
) -> Replayed:
    """Return what replaying stored inputs on two versions says.

    Args:
        reference: stored rows that the old version served, or the new one where that served before as well.
        current: stored rows that the new version served.
        ask: runs rows on both.
        versions: the names of the old and the new one.
        rng: which rows are drawn.
        changed: whether another version serves now than before.
        most: inputs that are replayed at most.
    """
    scale = scale_of([*reference.served], [*reference.truth])
    lost = [_lost(side.served, side.truth, scale) for side in (reference, current)]
    if min(int(np.isfinite(each).sum()) for each in lost) < FEWEST:
        seen = _look(
            reference, current, ask, lost=(lost[0], lost[1]), scale=scale, rng=rng, changed=changed, most=most
        )
        return told_without_truth(seen, *versions)
    known = [np.flatnonzero(np.isfinite(each)) for each in lost]
    pools = [
        Pool(side.unit[at], each[at])
        for side, at, each in zip((reference, current), known, lost, strict=True)
    ]

    def run(rows: Ints, *, current: bool) -> tuple[Floats, Floats]:
        side, at = (now, known[1][rows]) if current else (before, known[0][rows])
        old, new = ask(at, current=current)
        truth = [side.truth[each] for each in at[: len(old)]]
        return _lost(old, truth, scale), _lost(new, truth, scale)

    before, now = reference, current
    return told(weigh(pools[0], pools[1], run, rng=rng, most=most, changed=changed), *versions)


def _look(
    reference: Rows,
    current: Rows,
    ask: Ask,
    *,
    lost: tuple[Floats, Floats],
    scale: float,
    rng: np.random.Generator,
    changed: bool,
    most: int,
) -> Glimpse:
    """Return what replays say without the truth of now; rows are drawn blindly, for none is known to lose."""
    sides = reference, current
    kept: list[_Kept] = [_Kept(), _Kept()]

    def run(rows: Ints, *, current: bool) -> tuple[Floats, Floats]:
        old, new = ask(rows, current=current)
        kept[current].add(rows[: len(old)], old, new)
        return np.zeros(len(old)), np.zeros(len(old))  # these pairs only count what was drawn

    def judged(_before: Pairs, _now: Pairs, last: bool) -> tuple[Glimpse, bool]:  # noqa: FBT001 - see Judge
        seen = [
            _seen(side, answers, loss, scale, by_new=bool(at) or not changed)
            for at, (side, answers, loss) in enumerate(zip(sides, kept, lost, strict=True))
        ]
        found = glimpse(seen[0], seen[1], last=last, changed=changed)
        return found, found.verdict != "unclear"

    blank = [Pool(side.unit, np.zeros(len(side.unit))) for side in sides]
    return look_by_look((blank[0], blank[1]), run, judged, rng=rng, most=most)


class _Kept:
    """The answers of one side so far."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.old: list[Output] = []
        self.new: list[Output] = []

    def add(self, rows: Ints, old: Sequence[Output], new: Sequence[Output]) -> None:
        self.rows += rows.tolist()
        self.old += old
        self.new += new


def _seen(side: Rows, kept: _Kept, lost: Floats, scale: float, *, by_new: bool) -> Seen:
    own, other = (kept.new, kept.old) if by_new else (kept.old, kept.new)
    served = [side.served[row] for row in kept.rows]
    truth = [side.truth[row] for row in kept.rows]
    return Seen(
        unit=side.unit,
        row=np.asarray(kept.rows, dtype=np.int64),
        again=_floats(apart(one, two, scale) for one, two in zip(own, served, strict=True)),
        other=_floats(apart(one, two, scale) for one, two in zip(other, served, strict=True)),
        unsure=(_floats(map(unsureness, kept.old)), _floats(map(unsureness, kept.new))),
        lost=(_lost(kept.old, truth, scale), _lost(kept.new, truth, scale)),
        served_unsure=_floats(map(unsureness, side.served)),
        served_lost=lost,
    )


def _lost(answers: Sequence[Output], truths: Sequence[Truth | None], scale: float) -> Floats:
    return _floats(
        math.nan if truth is None else loss_of(answer, truth, scale)
        for answer, truth in zip(answers, truths, strict=True)
    )


def _floats(values: Iterable[float]) -> Floats:
    return np.fromiter(values, dtype=np.float64)
