"""Strata: requests of one place in one context, and how often each fact is seen in them, before and now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.dependencies.span_requests import NONE
from aright.core.diagnose.dependencies.span_shifts import outbreaks_of, usual_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from aright.core.diagnose.dependencies.span_contexts import Contexts
    from aright.core.diagnose.dependencies.span_scene import Scene
    from aright.core.diagnose.dependencies.span_shifts import Usual

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]
    Bools = npt.NDArray[np.bool_]

BLOCKS: Final = 16
"""Parts into which the reference is cut by time: enough to see how shares vary, each still with requests."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Strata:
    """Facts of groups of requests; arrays have the shape (strata,) but for the last two.

    Attributes:
        group: the group of requests.
        place: code of service and machine.
        operation: code of the operation.
        fact: the fact.
        usual: what is usual.
        outbreak: whether it broke out before.
        hits: requests now in which it happens.
        total: requests now.
        of: per request, its group, −1 where it is not judged.
        rows: per fact that was seen, its stratum, −1 where its request is not judged.
    """

    group: Ints
    place: Ints
    operation: Ints
    fact: Ints
    usual: Usual
    outbreak: Bools
    hits: Floats
    total: Floats
    of: Ints
    rows: Ints


def strata_of(scene: Scene, contexts: Contexts, kept: Bools) -> Strata:
    """Count facts of the requests that are kept, before and now."""
    facts, codes = scene.facts, scene.facts.codes
    known, hits, totals = _before(scene, contexts, kept)
    judged = np.flatnonzero(scene.judged & kept & (contexts.compared != NONE))
    pair = contexts.compared[judged] * len(scene.places) + scene.place[judged]
    groups, first, member = np.unique(pair, return_index=True, return_inverse=True)
    of = np.full(len(kept), NONE)
    of[judged] = member
    context, place = groups // len(scene.places), groups % len(scene.places)
    mine = np.flatnonzero(of[facts.request] != NONE)
    now = of[facts.request[mine]] * codes + facts.fact[mine]
    which, offset = ranges(
        np.searchsorted(known, context * codes), np.searchsorted(known, (context + 1) * codes)
    )
    keys = np.union1d(which * codes + known[offset] % codes, now)
    group, fact = keys // codes, keys % codes
    wanted = context[group] * codes + fact
    at = np.searchsorted(known, wanted)
    had = np.append(known, NONE)[at] == wanted
    block_hits = np.where(had[:, None], np.vstack([hits, np.zeros((1, BLOCKS))])[at], 0.0)
    block_totals = totals[context[group]]
    usual = usual_of(block_hits, block_totals)
    rows = np.full(len(facts), NONE)
    rows[mine] = np.searchsorted(keys, now)
    return Strata(
        group=group,
        place=place[group],
        operation=scene.operation[judged[first]][group],
        fact=fact,
        usual=usual,
        outbreak=outbreaks_of(block_hits, block_totals, usual),
        hits=_counts(rows[mine], len(keys)),
        total=_counts(member, len(groups))[group],
        of=of,
        rows=rows,
    )


def _before(scene: Scene, contexts: Contexts, kept: Bools) -> tuple[Ints, Floats, Floats]:
    """Return (context, fact) keys in order, their hits and the totals of contexts, by blocks of time."""
    facts = scene.facts
    serving = kept[contexts.request]
    request, serves = contexts.request[serving], contexts.serves[serving]
    block = _blocks(scene)[request]
    which, row = ranges(
        np.searchsorted(facts.request, request, side="left"),
        np.searchsorted(facts.request, request, side="right"),
    )
    known, place = np.unique(serves[which] * facts.codes + facts.fact[row], return_inverse=True)
    hits = _counts(place * BLOCKS + block[which], len(known) * BLOCKS).reshape(-1, BLOCKS)
    totals = _counts(serves * BLOCKS + block, contexts.count * BLOCKS).reshape(-1, BLOCKS)
    return known, hits, totals


def _blocks(scene: Scene) -> Ints:
    """Return per request its block; the blocks have as many requests each."""
    start = scene.requests.start
    before = np.sort(start[~scene.judged])
    edges = before[(np.arange(1, BLOCKS) * len(before)) // BLOCKS]
    return np.searchsorted(edges, start, side="right").astype(np.int64)


def _counts(codes: Ints, length: int) -> Floats:
    return np.bincount(codes, minlength=length).astype(np.float64)


def ranges(low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """Return for all ranges [low, high) together which range, and which number of it.

    >>> which, number = ranges(np.array([3, 7]), np.array([5, 8]))
    >>> which.tolist(), number.tolist()
    ([0, 0, 1], [3, 4, 7])
    """
    length = high - low
    which = np.repeat(np.arange(len(low)), length)
    first = np.cumsum(length) - length
    return which, np.arange(int(length.sum())) - first[which] + low[which]
