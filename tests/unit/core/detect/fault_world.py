"""A world of services that call one another, with faults that spread to callers, and what is told of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TYPE_CHECKING

from aright.core.detect.call_graph import CallGraph
from aright.core.detect.grouping import Sign, group
from aright.core.model.times import MINUTE, SECOND, Micros

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

WINDOW = 30 * SECOND


@dataclass(frozen=True)
class Told:
    """One service's first alert: what it says, when it is raised, and the faults that may have caused it."""

    sign: Sign
    at: Micros
    faults: frozenset[int]


@dataclass
class World:
    """Layers of services; each calls some of the layers below."""

    calls: dict[str, list[str]]
    told: list[Told]
    roots: list[str]
    related: set[tuple[int, int]] = field(default_factory=set)

    def are_related(self, one: int, other: int) -> bool:
        """Whether one root calls the other, or both a third, or are called by it."""
        ways = self.related | {(low, high) for high, low in self.related}
        thirds = {low for high, low in ways if high == one} & {low for high, low in ways if high == other}
        return (one, other) in ways or bool(thirds)


def make_world(rng: np.random.Generator, *, faults: int, far: bool = False) -> World:
    """Return a random world; ``far`` puts hours between the faults, which are otherwise minutes apart."""
    names = [f"s{number}" for number in range(int(rng.integers(20, 60)))]
    calls: dict[str, list[str]] = {}
    for number, name in enumerate(names[:-1]):
        below = names[number + 1 : number + 15]
        calls[name] = list(rng.choice(below, size=min(len(below), int(rng.integers(0, 4))), replace=False))
    callers: dict[str, list[str]] = {name: [] for name in names}
    for caller, callees in calls.items():
        for callee in callees:
            callers[callee].append(caller)
    roots = [str(name) for name in rng.choice(names, size=faults, replace=False)]
    start = [
        int(number * 4 * 60 * MINUTE if far else rng.uniform(0, 15) * MINUTE) for number in range(faults)
    ]
    hit: dict[str, dict[int, Micros]] = {}
    for number, root in enumerate(roots):
        for name, at in _spread(rng, root, start[number], callers).items():
            hit.setdefault(name, {})[number] = at
    graph = CallGraph(calls)
    related = {
        (one, other)
        for one in range(faults)
        for other in range(faults)
        if one != other and graph.path(roots[one], roots[other], 60) is not None
    }
    told = [made for name, of in hit.items() for made in _tell(rng, name, of)]
    return World(calls, sorted(told, key=lambda each: each.at), roots, related)


def _spread(
    rng: np.random.Generator, root: str, start: Micros, callers: dict[str, list[str]]
) -> dict[str, Micros]:
    """Return when each service is hit: mostly within a minute per call, at times after many."""
    hit, waiting = {root: start}, [root]
    while waiting:
        callee = waiting.pop()
        for caller in callers[callee]:
            if caller not in hit and rng.random() < 0.7:
                slow = rng.random() < 0.1
                hit[caller] = hit[callee] + int(
                    rng.uniform(5, 15) * MINUTE if slow else rng.exponential(30) * SECOND
                )
                waiting.append(caller)
    return hit


def _tell(rng: np.random.Generator, name: str, of: dict[int, Micros]) -> list[Told]:
    """Return what is told of a service: by windows, or by a rule that must hold for a while; or nothing."""
    if rng.random() < 0.05:
        return []
    began = min(of.values())
    if rng.random() < 0.6:
        onset = (began + int(rng.normal(0, 40) * SECOND)) // WINDOW * WINDOW
        sign = Sign(service=name, onset=onset, marks={})
        return [Told(sign, max(onset, began) + int(rng.uniform(1, 6) * MINUTE), frozenset(of))]
    held = int(rng.choice([0, 60, 120, 300])) * SECOND + int(rng.uniform(0, 15) * SECOND)
    sign = Sign(service=name, onset=began + held, early=10 * MINUTE, marks={})
    return [Told(sign, began + held + int(rng.uniform(0, 30) * SECOND), frozenset(of))]


def one_by_one(world: World) -> list[list[int]]:
    """Return groups of numbers of ``world.told`` as they end up when each is placed as it is raised."""
    graph = CallGraph(world.calls)
    placed: dict[int, Sign] = {}
    for number, told in enumerate(world.told):
        numbers = [*placed, number]
        signs = [*placed.values(), told.sign]
        for found in group(signs, graph):
            keys = [signs[at].group for at in found.members if signs[at].group]
            key = min(keys, default=f"{number:06}")  # the older group takes the younger in
            explained = {link.one for link in found.links if link.path}
            for at in found.members:
                placed[numbers[at]] = replace(
                    signs[at], group=key, explained=signs[at].explained or at in explained
                )
    groups: dict[str, list[int]] = {}
    for number, sign in placed.items():
        groups.setdefault(sign.group, []).append(number)
    return list(groups.values())


@dataclass
class Score:
    """How well groups fit the faults.

    Attributes:
        alerts: of one fault alone, in faults of two alerts and more.
        together: of those, in the group of their fault's root; where that told nothing, in the largest.
        astray: of those, in the group of another fault.
        pairs: of unrelated faults that were both told.
        merged: of those, whose groups are one.
    """

    alerts: int = 0
    together: int = 0
    astray: int = 0
    pairs: int = 0
    merged: int = 0

    def add(self, world: World, groups: Sequence[Sequence[int]], *, related: bool = False) -> None:
        """Count one world; ``related`` counts faults too whose roots call one another."""
        of = {number: at for at, members in enumerate(groups) for number in members}
        clear: dict[int, list[int]] = {}
        home: dict[int, int] = {}
        for number, told in enumerate(world.told):
            if len(told.faults) == 1:
                fault = next(iter(told.faults))
                clear.setdefault(fault, []).append(of[number])
                if told.sign.service == world.roots[fault]:
                    home[fault] = of[number]
        home = {fault: max(places, key=places.count) for fault, places in clear.items()} | home
        for fault, places in clear.items():
            if len(places) > 1:
                self.alerts += len(places)
                self.together += places.count(home[fault])
                others = {place for other, place in home.items() if other != fault} - {home[fault]}
                self.astray += sum(place in others for place in places)
        for one, other in combinations(sorted(clear), 2):
            if related or not world.are_related(one, other):
                self.pairs += 1
                self.merged += home[one] == home[other]
