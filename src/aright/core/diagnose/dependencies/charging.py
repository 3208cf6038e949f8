"""Charging the target's harm to services: what each adds itself, when the target is harmed.

A matched filter: the target's excess, where it has any, is the pattern, and each service's excess is
projected on it. The coefficient is at once its share of the harm (same currency) and its
co-movement (a service that is slow at other times gets none). From a caller's share that of its callees is
taken, for as much of their traffic as comes from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.dependencies.stretches import worst_stretches

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

SURE: Final = 3.0
"""A shift of so many standard deviations is taken as half certain: it is rare in one series, not in many."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Edges:
    """Calls of rows to services: caller, callee, and the share of the callee's traffic that the caller makes.

    Attributes:
        caller: shape (edges,): rows.
        callee: shape (edges,): services.
        share: shape (edges,).
        service: shape (rows,): the service of each row.
    """

    caller: npt.NDArray[np.int64]
    callee: npt.NDArray[np.int64]
    share: Floats
    service: npt.NDArray[np.int64]

    def without(self, new: npt.NDArray[np.bool_]) -> Edges:
        """Return the edges whose callees are not new: what a new callee does is its callers' own doing.

        Args:
            new: shape (rows,).
        """
        kept = ~np.isin(self.callee, self.service[new])
        return replace(self, caller=self.caller[kept], callee=self.callee[kept], share=self.share[kept])

    def taken_off(self, explained: Floats) -> Floats:
        """Return what callees explain of each row, from what each row explains; both of shape (rows,)."""
        by_service = np.bincount(self.service, explained)
        found: Floats = np.zeros(len(explained))
        np.add.at(found, self.caller, self.share * by_service[self.callee])
        return found


@dataclass(frozen=True, kw_only=True, eq=False)
class Charge:
    """What each row has to do with the target's harm.

    Attributes:
        first: first step of the stretch in which the target is worst.
        last: the step behind it.
        harm: how far the target is from its usual over the stretch, in standard deviations.
        pattern: shape (steps,): the target's excess, 0 where it has none.
        seen: shape (rows,): share of the harm that goes through a row, callees included; may exceed 1.
        own: shape (rows,): without what its callees explain.
        sure: shape (rows,): ``own`` in standard deviations of what it is when all is well; ≥ 0.
    """

    first: int
    last: int
    harm: float
    pattern: Floats
    seen: Floats
    own: Floats
    sure: Floats

    @property
    def strength(self) -> float:
        """Evidence of the row that shows most: of its own shift and of the target's, in deviations."""
        best = float((np.clip(self.own, 0.0, 1.0) * self.sure).max(initial=0.0))
        return float(np.sqrt(best * self.harm))


def certainty(score: Floats | float, doubt: Floats | float = SURE) -> Floats:
    """Return how far a shift is to be believed: s² / (s² + d²), in [0, 1).

    The posterior weight of a shift under a prior with a spread of ``doubt``: half sure at that.

    >>> certainty(np.array([0.0, 3.0, 27.0])).round(2).tolist()
    [0.0, 0.5, 0.99]
    """
    square = np.square(np.maximum(np.asarray(score, np.float64), 0.0))
    sure: Floats = square / (square + np.square(doubt))
    return sure


def charge(excess: Floats, spread: Floats, target: Sequence[int], edges: Edges) -> Charge | None:
    """Charge the harm of a target to all rows; ``None`` where the target is nowhere worse than usual.

    Args:
        excess: shape (rows, steps), amounts beyond the usual, NaN where unknown.
        spread: shape (rows,), their robust standard deviation when all is well.
        target: rows of the target; their excess is added.
        edges: calls between the rows.
    """
    pattern = excess[list(target)].sum(axis=0)
    scale = float(np.sqrt(np.square(spread[list(target)]).sum()))
    stretch = worst_stretches((pattern / scale)[None, :])
    harm = float(stretch.found[0])
    weight = np.nan_to_num(np.maximum(pattern, 0.0))
    if harm <= 0.0 or not weight.any():
        return None
    known = np.isfinite(excess)
    energy = known @ np.square(weight)
    safe = np.where(energy > 0.0, energy, np.inf)
    seen = (np.where(known, excess, 0.0) @ weight) / safe
    noise = spread * np.sqrt(energy) / safe
    score = np.divide(seen, noise, out=np.zeros_like(seen), where=noise > 0.0)
    explained = np.clip(seen, 0.0, None) * certainty(score)
    own = seen - edges.taken_off(explained)
    sure = np.divide(np.maximum(own, 0.0), noise, out=np.zeros_like(seen), where=noise > 0.0)
    return Charge(
        first=int(stretch.first[0]),
        last=int(stretch.last[0]),
        harm=harm,
        pattern=weight,
        seen=seen,
        own=own,
        sure=sure,
    )


def edges_between(rows: Sequence[tuple[str, str]], shares: Mapping[tuple[str, str], float]) -> Edges:
    """Return the calls of rows to services; the hosts of a caller call alike.

    >>> edges = edges_between([("a", "1"), ("a", "2"), ("b", "")], {("a", "b"): 0.5})
    >>> edges.caller.tolist(), edges.callee.tolist(), edges.share.tolist()
    ([0, 1], [1, 1], [0.25, 0.25])
    """
    numbers: dict[str, int] = {}
    places: dict[str, list[int]] = {}
    for row, (service, _) in enumerate(rows):
        numbers.setdefault(service, len(numbers))
        places.setdefault(service, []).append(row)
    found = [
        (row, numbers[callee], share / len(places[caller]))
        for (caller, callee), share in shares.items()
        if callee in numbers
        for row in places.get(caller, ())
    ]
    return Edges(
        caller=np.array([each[0] for each in found], np.int64),
        callee=np.array([each[1] for each in found], np.int64),
        share=np.array([each[2] for each in found], np.float64),
        service=np.array([numbers[service] for service, _ in rows], np.int64),
    )
