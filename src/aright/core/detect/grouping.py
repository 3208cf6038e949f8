"""Grouping by cause: which services' harm has one cause, by who calls whom and by when it began.

The rule, with its reasons, is docs/adr/0012-grouping.md. In short: harm of a service belongs to harm of what
it calls, where the callee's began first or as good as first and the caller's not long after; to harm of the
same service that began about then; and to harm of the same segment that began at the same time. A service
has one explanation at most, so that a victim of two faults ties neither's group to the other's.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.model.times import HOUR, MINUTE, SECOND, Micros

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aright.core.detect.call_graph import CallGraph

WHOLE: Final = ""
"""The mark of no segment."""


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How far apart harm may lie that has one cause.

    Attributes:
        hops: calls from a caller to the callee that explains it; those in between told nothing.
        follow: how long after its callee's harm a caller's may begin (µs).
        follow_through: the same where services in between told nothing (µs).
        together: how long after the last harm of a group another of a service that it holds already may
            begin (µs).
        segment: how far the onsets of one segment's harm may differ between services (µs).
        per_hop: what each call in between weighs against a callee, as if its onset were that much further
            away (µs).
    """

    hops: int = 2
    follow: Micros = 30 * MINUTE
    follow_through: Micros = 5 * MINUTE
    together: Micros = 2 * HOUR
    segment: Micros = 90 * SECOND
    per_hop: Micros = 10 * MINUTE


@dataclass(frozen=True, kw_only=True, slots=True)
class Sign:
    """Harm of one service, as far as it has been told.

    Attributes:
        service: whose.
        onset: when it began, by its alerts (µs, UTC).
        last: when the last of its alerts began (µs, UTC).
        early: how much earlier it may have begun (µs): an alert that must hold for a while is late.
        late: how much later it may have begun (µs): an onset found in noise may lie before the harm.
        marks: segments that it was told of, as ``attribute=value``, with their onsets.
        group: the open group that it belongs to; empty where it is new.
        explained: whether a callee in its group explains it already.
    """

    service: str
    onset: Micros
    last: Micros = 0
    early: Micros = 3 * MINUTE
    late: Micros = MINUTE
    marks: Mapping[str, Micros]
    group: str = ""
    explained: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """Why two signs belong together.

    Attributes:
        one: number of the sign that is explained, or the later one.
        other: number of the sign that explains it.
        path: services from the caller to the callee; empty where a segment or the service itself links them.
        mark: the segment that links them; empty otherwise.
    """

    one: int
    other: int
    path: tuple[str, ...] = ()
    mark: str = WHOLE


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Signs of one cause.

    Attributes:
        members: numbers of the signs, ascending.
        root: of those, the one nearest to the cause: what the others call, directly or not.
        links: what ties them.
    """

    members: tuple[int, ...]
    root: int
    links: tuple[Link, ...]


def group(signs: Sequence[Sign], graph: CallGraph, reach: Reach | None = None) -> list[Group]:
    """Return the groups, in the order of their first members.

    Signs of one open group stay together whatever else is found.

    >>> from aright.core.detect.call_graph import CallGraph
    >>> graph = CallGraph({"chat": ["translation"]})
    >>> told = [
    ...     Sign(service=name, onset=at * 60_000_000, marks={})
    ...     for name, at in (("chat", 3), ("translation", 1), ("fraud", 2))
    ... ]
    >>> [[told[at].service for at in found.members] for found in group(told, graph)]
    [['chat', 'translation'], ['fraud']]
    """
    reach = reach or Reach()
    again = list(_of_service(signs, reach))
    known = frozenset(link.one for link in again)
    links = [*again, *_of_calls(signs, graph, reach, known), *_of_segments(signs, reach)]
    ties = _Ties(len(signs))
    firsts: dict[str, int] = {}
    for at, sign in enumerate(signs):
        if sign.group:
            ties.tie(firsts.setdefault(sign.group, at), at)
    for link in links:
        ties.tie(link.one, link.other)
    found: dict[int, list[int]] = defaultdict(list)
    for at in range(len(signs)):
        found[ties.of(at)].append(at)
    of: dict[int, list[Link]] = defaultdict(list)
    for link in links:
        of[ties.of(link.one)].append(link)
    return [
        Group(members=tuple(members), root=_root(signs, members, of[first]), links=tuple(of[first]))
        for first, members in found.items()
    ]


class _Ties:
    """Disjoint sets; each is named by its smallest number."""

    def __init__(self, size: int) -> None:
        self._parents = list(range(size))

    def of(self, at: int) -> int:
        while self._parents[at] != at:
            self._parents[at] = self._parents[self._parents[at]]
            at = self._parents[at]
        return at

    def tie(self, one: int, other: int) -> None:
        low, high = sorted((self.of(one), self.of(other)))
        self._parents[high] = low


def _of_service(signs: Sequence[Sign], reach: Reach) -> Iterator[Link]:
    """Tie each sign to the one of the same service that began before it, unless long before."""
    by_service: dict[str, list[int]] = defaultdict(list)
    for at, sign in enumerate(signs):
        by_service[sign.service].append(at)
    for numbers in by_service.values():
        numbers.sort(key=lambda at: (signs[at].onset, at))
        for before, after in pairwise(numbers):
            last = max(signs[before].onset, signs[before].last)
            if signs[after].onset - last <= reach.together:
                yield Link(one=after, other=before)


def _of_calls(signs: Sequence[Sign], graph: CallGraph, reach: Reach, known: frozenset[int]) -> Iterator[Link]:
    """Give each sign that nothing explains yet the callee that explains it best.

    More of what a service showed before (``known``) is explained by what explains that: it looks for none.
    """
    by_service: dict[str, list[int]] = defaultdict(list)
    for at, sign in enumerate(signs):
        by_service[sign.service].append(at)
    for at, sign in enumerate(signs):
        if sign.explained or at in known:
            continue
        best: tuple[Micros, int, tuple[str, ...]] | None = None
        below = graph.below(sign.service, reach.hops)
        for service in below.keys() & by_service.keys():
            for other in by_service[service]:
                hops = len(below[service]) - 1
                if _may_follow(sign, signs[other], reach.follow if hops == 1 else reach.follow_through):
                    cost = _cost(sign, signs[other], hops, reach)
                    best = min(best or (cost, other, below[service]), (cost, other, below[service]))
        if best is not None:
            yield Link(one=at, other=best[1], path=best[2])


def _may_follow(caller: Sign, callee: Sign, span: Micros) -> bool:
    """Return whether a caller's harm may come of its callee's, each onset taken as far as it may err."""
    callee_first = callee.onset - callee.early <= caller.onset + caller.late
    return callee_first and caller.onset - caller.early - (callee.onset + callee.late) <= span


def _cost(caller: Sign, callee: Sign, hops: int, reach: Reach) -> Micros:
    gap = caller.onset - callee.onset
    return (gap if gap >= 0 else -2 * gap) + (hops - 1) * reach.per_hop


def _of_segments(signs: Sequence[Sign], reach: Reach) -> Iterator[Link]:
    """Tie signs of the same segment that began at the same time, each to the one before it."""
    by_mark: dict[str, list[tuple[Micros, int]]] = defaultdict(list)
    for at, sign in enumerate(signs):
        for mark, onset in sign.marks.items():
            by_mark[mark].append((onset, at))
    for mark, found in by_mark.items():
        found.sort()
        for (before, other), (after, one) in pairwise(found):
            if after - before <= reach.segment and signs[one].service != signs[other].service:
                yield Link(one=one, other=other, mark=mark)


def _root(signs: Sequence[Sign], members: Sequence[int], links: Sequence[Link]) -> int:
    """Return the member that no callee explains; of several, the one with most below it, then the first."""
    if len(members) == 1:
        return members[0]
    callee_of = {link.one: link.other for link in links if link.path}
    carried: dict[int, int] = defaultdict(int)
    for at in members:
        seen = {at}
        while (at := callee_of.get(at, at)) not in seen:
            carried[at] += 1
            seen.add(at)

    def weight(at: int) -> tuple[bool, int, Micros, int]:
        explained = at in callee_of or signs[at].explained
        return (explained, -carried[at], signs[at].onset, at)

    return min(members, key=weight)


def reason(link: Link, signs: Sequence[Sign], at: int) -> str:
    """Return why the sign of number ``at`` is tied to the other one of a link, in words.

    >>> told = [Sign(service=name, onset=0, marks={}) for name in ("chat", "translation")]
    >>> link = Link(one=0, other=1, path=("chat", "gateway", "translation"))
    >>> reason(link, told, 0)
    'it calls gateway, which calls translation'
    >>> reason(link, told, 1)
    'chat calls gateway, which calls it'
    """
    if link.mark:
        attribute, _, value = link.mark.partition("=")
        other = signs[link.other if link.one == at else link.one].service
        return f"{attribute} = {value} is hit there and at {other} at the same time"
    if not link.path:
        return "more of the same service's harm began about then"
    names = ["it" if name == signs[at].service else name for name in link.path]
    return f"{names[0]} calls " + ", which calls ".join(names[1:])
