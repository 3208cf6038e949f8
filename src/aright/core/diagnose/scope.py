"""Scope: who is hit. One segment, all alike, or not enough data to say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.likelihood import sigmoid
from aright.core.diagnose.losses import spread_of, with_trust
from aright.core.diagnose.mix import shifted
from aright.core.diagnose.scan import MIN_WEIGHT, Candidate, Fits, gain_outside, mask_of, scan
from aright.core.model.evidence import Reach

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from aright.core.diagnose.losses import Loss
    from aright.core.diagnose.rows import Rows
    from aright.core.diagnose.scan import Part

SURE: Final = 3.0
"""Nats beyond its price that a finding needs: odds of about 20 to 1."""

NAMED: Final = 3.0
"""Nats for a part that an input names by itself: that it does so by chance is one in twenty."""

MOST_OTHERS: Final = 4
"""Parts named beside the first: more of them are no segment but all traffic in pieces."""

MOSTLY: Final = 0.5
"""Share of the traffic from which on several parts that none alone outweighs all are all of it, in pieces."""

OUTSIDE_SHARE: Final = 0.3
"""Of the excess loss, the share outside from which on a segment is not the whole story."""


@dataclass(frozen=True, eq=False)
class Finding:
    """Which part of the traffic is hit, and how that was told apart from the others.

    Attributes:
        reach: one segment, all, or unclear.
        part: the segment; empty unless there is one.
        mask: which rows belong to it; all unless there is one.
        gain: what it explains (nats).
        alike: what "all rose alike" explains (nats).
        best: the best part that could be named, even if it was not enough; ``None`` where there are none.
        rivals: other parts that moved by themselves.
        remaining: the most that any part explains of the rows outside (nats beyond its price).
        twins: parts that are the very same rows.
        looked_at: how many parts were compared.
        others: further parts that rose by themselves, none of them a part of ``part`` or it of them.
    """

    reach: Reach
    part: Part
    mask: NDArray[np.bool_]
    gain: float
    alike: float
    best: Candidate | None
    rivals: tuple[Part, ...]
    remaining: float
    twins: tuple[Part, ...]
    looked_at: int
    others: tuple[Part, ...] = ()


def find(
    rows: Rows, losses: Sequence[Loss], *, named: frozenset[Part] = frozenset(), searched: float = 0.0
) -> tuple[Finding, tuple[Loss, ...]]:
    """Return who is hit, and the losses with what was learned of their spread and trust.

    Args:
        rows: the reference and the rows since the onset.
        losses: of these rows.
        named: parts that an input singles out by itself; they need not pay for being named.
        searched: nats that were spent on choosing the rows themselves, as the search for an onset does.
    """
    fits = Fits(rows)
    judged = _trusted(fits, losses)
    candidates, alike = _scanned(fits, judged, named)
    widened = _widened(rows, judged, candidates[0].part if candidates else ())
    if any(new.spread > old.spread * 1.05 for new, old in zip(widened, judged, strict=True)):
        judged = widened
        candidates, alike = _scanned(fits, judged, named)
    best = candidates[0] if candidates else None
    others, left = _others(rows, judged, best) if best is not None and best.net > SURE else ((), None)
    reach = _reach(rows, judged, best, alike, searched, others)
    if reach is Reach.UNCLEAR and shifted(rows, judged, SURE + searched):
        reach = Reach.MIX
    if reach is not Reach.SEGMENT or best is None:
        everyone = np.ones(len(rows), dtype=np.bool_)
        finding = Finding(reach, (), everyone, alike, alike, best, (), 0.0, (), len(candidates))
        return finding, judged
    mask = mask_of(rows, best.part)
    twins = tuple(each.part for each in candidates if _same(rows, each, best, mask))
    rivals = tuple(
        each.part for each in candidates if each.net > SURE and len(each.part) == 1 and each.part != best.part
    )
    further = tuple(each.part for each in others)
    if left is None:
        left = _left(rows, judged, [best, *others])
    remaining = max((each.net for each in left), default=0.0)
    found = Finding(
        reach,
        best.part,
        mask,
        best.inside,
        alike,
        best,
        tuple(each for each in rivals if each not in twins and each not in further)[:5],
        remaining,
        twins[:3],
        len(candidates),
        further,
    )
    return found, judged


def _others(
    rows: Rows, losses: Sequence[Loss], best: Candidate
) -> tuple[tuple[Candidate, ...], list[Candidate] | None]:
    """Return further parts that rose, each among the rows of none before it, as many as are beyond doubt.

    A part that the rest of one found is a part of, or that is a part of it, is no other. With them comes what
    there is among the rows of none of them, where that was looked at.
    """
    found = [best]
    while len(found) <= MOST_OTHERS:
        rest = ~_any_of(rows, [each.part for each in found])
        if float(rest[rows.now].sum()) < MIN_WEIGHT:
            break
        left = _left(rows, losses, found)
        if not left or left[0].net <= SURE or any(_related(left[0].part, each.part) for each in found):
            return tuple(found[1:]), left
        found.append(left[0])
    return tuple(found[1:]), None


def _left(rows: Rows, losses: Sequence[Loss], found: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates among the rows of none of these."""
    rest = ~_any_of(rows, [each.part for each in found])
    return scan(rows.keep(rest), [loss.keep(rest) for loss in losses])[0]


def _related(one: Part, other: Part) -> bool:
    return set(one) <= set(other) or set(other) <= set(one)


def _any_of(rows: Rows, parts: Sequence[Part]) -> NDArray[np.bool_]:
    mask = np.zeros(len(rows), dtype=np.bool_)
    for each in parts:
        mask |= mask_of(rows, each)
    return mask


def _scanned(fits: Fits, losses: Sequence[Loss], named: frozenset[Part]) -> tuple[list[Candidate], float]:
    """Scan, and favour parts that lose and are named by an input."""
    candidates, alike = scan(fits.rows, losses, fits)
    if not named:
        return candidates, alike
    favoured = (
        replace(each, price=-NAMED) if each.part in named and each.inside >= SURE else each
        for each in candidates
    )
    return sorted(favoured, key=lambda each: -each.net), alike


def _reach(
    rows: Rows,
    losses: Sequence[Loss],
    best: Candidate | None,
    alike: float,
    searched: float,
    others: Sequence[Candidate],
) -> Reach:
    """Weigh "this part alone", or this part and others, against "all alike"."""
    price = SURE + searched + 0.5 * max(len(losses) - 1, 0)
    net = best.net if best is not None else 0.0
    if max(min(net, best.inside) if best is not None else 0.0, alike) < price:
        return Reach.UNCLEAR
    parts = [each.part for each in (best, *others) if each is not None]
    if net > alike + SURE:
        return Reach.GLOBAL if _beyond(rows, losses, parts) else Reach.SEGMENT
    together = net + sum(each.net for each in others)
    hit = float(_any_of(rows, parts)[rows.now].mean()) if others else 1.0
    if hit <= MOSTLY and together > alike + SURE and not _rises_outside(rows, losses, parts):
        return Reach.SEGMENT
    if alike > net + SURE or (best is not None and _rises_outside(rows, losses, (best.part,))):
        return Reach.GLOBAL
    return Reach.UNCLEAR


def _rises_outside(rows: Rows, losses: Sequence[Loss], parts: Sequence[Part]) -> bool:
    """Return whether the rows of no part rose."""
    return gain_outside(rows, losses, _any_of(rows, parts)) >= SURE


def _beyond(rows: Rows, losses: Sequence[Loss], parts: Sequence[Part]) -> bool:
    """Return whether some parts are not the whole story: the rows outside rose, and by much of the excess."""
    return (
        _rises_outside(rows, losses, parts)
        and _outside_share(rows, losses, _any_of(rows, parts)) > OUTSIDE_SHARE
    )


def _outside_share(rows: Rows, losses: Sequence[Loss], mask: NDArray[np.bool_]) -> float:
    """Return the share of the excess loss outside of a mask, each loss weighed by how clear it is."""
    inside = outside = 0.0
    for loss in losses:
        scale = loss.trust / max(loss.spread * float(np.std(loss.residual[loss.weight > 0.0])), 1e-9)
        excess = loss.weight * loss.residual * rows.now * scale
        inside += max(float(excess[mask].sum()), 0.0)
        outside += max(float(excess[~mask].sum()), 0.0)
    return outside / max(inside + outside, 1e-12)


def _trusted(fits: Fits, losses: Sequence[Loss]) -> tuple[Loss, ...]:
    """Count label-free losses down to what the harm itself weighs."""
    if not any(each.free for each in losses) or all(each.free for each in losses):
        return tuple(losses)

    def most(some: list[Loss]) -> float:
        candidates, alike = scan(fits.rows, some, fits)
        return max([alike, *(each.inside for each in candidates[:1])])

    labelled = most([each for each in losses if not each.free])
    return with_trust(losses, labelled, most([each for each in losses if each.free]))


def _widened(rows: Rows, losses: Sequence[Loss], part: Part) -> tuple[Loss, ...]:
    """Raise each loss's spread to what its current rows show around the best part's own rates."""
    mask = mask_of(rows, part)
    found = []
    for loss in losses:
        known = rows.now & (loss.weight > 0.0)
        rate = sigmoid(loss.odds)
        for side in (known & mask, known & ~mask):
            if bool(side.any()):
                rise = float(np.average(loss.residual[side], weights=loss.weight[side]))
                rate[side] = np.clip(rate[side] + rise, 1e-3, 1.0 - 1e-3)
        spread = spread_of(rows.unit[known], loss.weight[known], loss.value[known], rate[known])
        found.append(replace(loss, spread=max(loss.spread, spread)))
    return tuple(found)


def _same(rows: Rows, other: Candidate, best: Candidate, mask: NDArray[np.bool_]) -> bool:
    """Tell whether a single value selects the very same current rows."""
    if len(other.part) != 1 or other.part == best.part or abs(other.inside - best.inside) > SURE:
        return False
    return bool((mask_of(rows, other.part) == mask)[rows.now].all())
