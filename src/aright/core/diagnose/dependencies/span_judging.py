"""Judging requests: which facts shifted, in which requests that shows, and where it began."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.dependencies.span_facts import COUNTS
from aright.core.diagnose.dependencies.span_origins import Events, passed_on
from aright.core.diagnose.dependencies.span_requests import NONE
from aright.core.diagnose.dependencies.span_strata import strata_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from aright.core.diagnose.dependencies.span_scene import Scene
    from aright.core.diagnose.dependencies.span_shifts import Usual
    from aright.core.diagnose.dependencies.span_strata import Strata

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]
    Bools = npt.NDArray[np.bool_]

KNOWN: Final = 2.0
"""Requests that a reference must have, for a shift to be one."""
SEVERAL: Final = 2
"""Services in which a failure must have broken out before, to be one of the background."""
USUAL: Final = 0.75
"""Share from which on it is usual for a request to have a fact; below the rest of 1 it is usual not to."""


MANY: Final = 20
"""Operations of which a tenth are several: of fewer, those that are slow by themselves would be the tenth."""
NINE_TENTHS: Final = 1.645
"""Standard deviations below which the size of a normal error stays nine times in ten."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Shifts:
    """Facts of places and operations, and how far they are from usual; arrays have the shape (shifts,).

    Attributes:
        key: of place, operation and fact together, in order.
        place: code of service and machine.
        operation: code of the operation.
        fact: the fact.
        usual: what is usual for the contexts in which the requests now were called.
        hits: requests now in which it happens.
        total: requests now.
        score: robust deviations; below 0 for less often.
        strata: what they were pooled from.
        of: per stratum, its shift.
    """

    key: Ints
    place: Ints
    operation: Ints
    fact: Ints
    usual: Usual
    hits: Floats
    total: Floats
    score: Floats
    strata: Strata
    of: Ints


@dataclass(frozen=True, kw_only=True, eq=False)
class Judgement:
    """What shifted.

    Attributes:
        shifts: all shifts.
        told: those that are far from usual.
        own: of each of these, robust deviations without the requests that only pass it on; ≥ 0.
        events: the requests in which they show.
        passed: per event, whether it is passed on.
    """

    shifts: Shifts
    told: Ints
    own: Floats
    events: Events
    passed: Bools


def judge(scene: Scene) -> tuple[Judgement, Judgement | None]:
    """Return what shifted, and apart from it what did only as it does in the background now and then.

    Some failures come and go all the time at one service or another and nobody is alarmed: what broke out in
    several services of the reference says little where it breaks out again. The requests that show it are set
    aside, and what their callers do is answered by it.
    """
    shifts = shifts_of(scene, np.ones(len(scene.requests), bool))
    background = _background(scene, shifts)
    nothing = np.zeros(0, np.int64)
    if not background.any():
        return _judged(scene, shifts, _far(scene, shifts), nothing), None
    hit = np.unique(scene.facts.request[background[scene.facts.fact // len(COUNTS)]])
    kept = np.ones(len(scene.requests), bool)
    kept[hit] = False
    far = _far(scene, shifts)
    aside = _judged(scene, shifts, far[background[shifts.fact[far] // len(COUNTS)]], nothing)
    plain = shifts_of(scene, kept)
    return _judged(scene, plain, _far(scene, plain), hit[scene.judged[hit]]), aside


def shifts_of(scene: Scene, kept: Bools) -> Shifts:
    """Compare the requests that are kept with what is usual for them, both in their contexts and at large.

    What only one of both shows is the doing of callers: another mix of contexts, or other arguments in one of
    them that are well known from others.
    """
    inside = _pooled(scene, strata_of(scene, scene.contexts, kept))
    at_large = _pooled(scene, strata_of(scene, scene.operations_alone, kept))
    there = np.searchsorted(at_large.key, inside.key)
    same = np.append(at_large.key, NONE)[there] == inside.key
    other = np.where(same, np.append(at_large.score, 0.0)[there], 0.0)
    agree = np.sign(other) == np.sign(inside.score)
    score = np.where(agree, np.sign(other) * np.minimum(np.abs(other), np.abs(inside.score)), 0.0)
    return replace(inside, score=_controlled(score, inside.fact, scene))


def _pooled(scene: Scene, strata: Strata) -> Shifts:
    """Pool contexts; their usual shares are weighed by the requests now (direct standardisation)."""
    known = strata.usual.total >= KNOWN
    places = len(scene.places)
    key = (strata.operation * places + strata.place) * scene.facts.codes + strata.fact
    found, of = np.unique(key, return_inverse=True)

    def pooled(values: Floats) -> Floats:
        sums = np.bincount(of, np.where(known, values, 0.0), minlength=len(found))
        return sums.astype(np.float64)

    usual = strata.usual
    total, hits = pooled(strata.total), pooled(strata.hits)
    share = pooled(strata.total * usual.hits / np.maximum(usual.total, 1.0)) / np.maximum(total, 1.0)
    before = pooled(usual.total)
    spread = pooled(strata.total * usual.dispersion) / np.maximum(total, 1.0)
    whole = type(usual)(hits=share * before, total=before, dispersion=np.maximum(spread, 1.0))
    fact = found % scene.facts.codes
    severe = np.array([each.severe for each in scene.facts.things], bool)[fact // len(COUNTS)]
    score = np.where(total > 0.0, whole.score(hits, total), 0.0)
    score = np.where(severe, np.maximum(score, 0.0), score)
    return Shifts(
        key=found,
        place=found // scene.facts.codes % places,
        operation=found // scene.facts.codes // places,
        fact=fact,
        usual=whole,
        hits=hits,
        total=total,
        score=score,
        strata=strata,
        of=of,
    )


def _controlled(score: Floats, fact: Ints, scene: Scene) -> Floats:
    """Divide scores of slowness by what nine tenths of the operations stay below, if that is beyond chance.

    Whatever makes all slow alike is not of one of them; no more than a tenth is taken to be slow by itself.
    Source: B. Devlin, K. Roeder, Genomic control for association studies, Biometrics 55 (1999).
    """
    score = score.copy()
    for what in ("self time", "gap"):
        sort = np.array([each.what == what for each in scene.facts.things], bool)
        slow = np.flatnonzero(sort[fact // len(COUNTS)])
        if len(slow) >= MANY:
            score[slow] /= max(1.0, float(np.quantile(np.abs(score[slow]), 0.9)) / NINE_TENTHS)
    return score


def _far(scene: Scene, shifts: Shifts) -> Ints:
    """Return shifts beyond √(2 ln n), the largest of n places by chance."""
    least = np.sqrt(2.0 * np.log(max(len(scene.places), 2)))
    return np.flatnonzero(np.abs(shifts.score) >= least)


def _background(scene: Scene, shifts: Shifts) -> Bools:
    """Return per thing whether it broke out in the reference of several services."""
    seen: dict[tuple[str, str], set[str]] = {}
    strata = shifts.strata
    for row in np.flatnonzero(strata.outbreak).tolist():
        thing = scene.facts.things[int(strata.fact[row]) // len(COUNTS)]
        if thing.what in {"span", "log"}:
            service = scene.places[int(strata.place[row])][0]
            seen.setdefault((thing.what, thing.name), set()).add(service)
    common = {key for key, services in seen.items() if len(services) >= SEVERAL}
    return np.array([(each.what, each.name) in common for each in scene.facts.things], bool)


def _judged(scene: Scene, shifts: Shifts, told: Ints, aside: Ints) -> Judgement:
    events = _events(scene, shifts, told)
    joined = Events(
        shift=np.append(events.shift, np.full(len(aside), NONE)),
        request=np.append(events.request, aside),
        time=np.append(events.time, scene.requests.start[aside]),
        score=np.append(events.score, np.full(len(aside), np.inf)),
    )
    passed = passed_on(joined, scene.requests.parent, scene.trace, scene.place)[: len(events.shift)]
    answered = np.bincount(events.shift[passed], minlength=len(shifts.fact))
    hits = shifts.hits - np.sign(shifts.score) * answered
    own = shifts.usual.score(hits, shifts.total) * np.sign(shifts.score)
    own = np.minimum(np.maximum(own, 0.0), np.abs(shifts.score))
    return Judgement(shifts=shifts, told=told, own=own[told], events=events, passed=passed)


def _events(scene: Scene, shifts: Shifts, told: Ints) -> Events:
    """Return the requests in which shifts show: those with the fact, or without it where it became rarer.

    Only where that is unusual in the request's context.
    """
    facts, strata = scene.facts, shifts.strata
    common = strata.usual.hits > USUAL * strata.usual.total
    rare = strata.usual.hits < (1.0 - USUAL) * strata.usual.total
    more = np.zeros(len(shifts.fact), bool)
    fewer = more.copy()
    more[told], fewer[told] = shifts.score[told] > 0, shifts.score[told] < 0
    row = np.flatnonzero(strata.rows != NONE)
    stratum = strata.rows[row]
    chosen = more[shifts.of[stratum]] & ~common[stratum]
    parts = [(shifts.of[stratum[chosen]], facts.request[row[chosen]], facts.time[row[chosen]])]
    order = np.argsort(strata.of, kind="stable")
    groups = strata.of[order]
    by_stratum = row[np.argsort(stratum, kind="stable")]
    ordered = strata.rows[by_stratum]
    for each in np.flatnonzero(fewer[shifts.of] & ~rare).tolist():
        low, high = np.searchsorted(groups, [strata.group[each], strata.group[each] + 1])
        first, last = np.searchsorted(ordered, [each, each + 1])
        without = np.setdiff1d(order[low:high], facts.request[by_stratum[first:last]])
        parts.append((np.full(len(without), shifts.of[each]), without, scene.requests.end[without]))
    shift, request, time = (np.concatenate([part[at] for part in parts]) for at in range(3))
    return Events(shift=shift, request=request, time=time, score=np.abs(shifts.score[shift]))
