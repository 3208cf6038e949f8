"""Who calls whom, as weights: which share of a callee's traffic comes from each of its callers."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Graph:
    """Services and their calls; may lack edges, hold rings, or be empty.

    Args:
        calls: (caller, callee), repeated or not; a service that calls itself is left out.

    >>> graph = Graph([("shop", "pay"), ("pay", "bank"), ("shop", "shop")])
    >>> graph.callees("shop"), graph.path("bank", "shop"), graph.entries()
    (('pay',), ('bank', 'pay', 'shop'), ('shop',))
    """

    def __init__(self, calls: Iterable[tuple[str, str]]) -> None:
        self._callees: dict[str, list[str]] = defaultdict(list)
        self._callers: dict[str, list[str]] = defaultdict(list)
        for caller, callee in sorted({edge for edge in calls if edge[0] != edge[1]}):
            self._callees[caller].append(callee)
            self._callers[callee].append(caller)

    def callees(self, service: str) -> tuple[str, ...]:
        """Return whom a service calls."""
        return tuple(self._callees.get(service, ()))

    def entries(self) -> tuple[str, ...]:
        """Return services that call and that nobody calls."""
        return tuple(sorted(set(self._callees) - set(self._callers)))

    def callers_alone(self, service: str) -> set[str]:
        """Return who calls a service, through others too, and is not called by it in turn.

        >>> graph = Graph([("shop", "pay"), ("pay", "bank"), ("bank", "pay")])
        >>> sorted(graph.callers_alone("bank")), sorted(graph.callers_alone("shop"))
        (['shop'], [])
        """
        edges = [(caller, callee) for caller, callees in self._callees.items() for callee in callees]
        return reached(service, edges, up=True) - reached(service, edges, up=False)

    def shares(self, traffic: Mapping[str, float]) -> dict[tuple[str, str], float]:
        """Return, per edge, the share of the callee's traffic that comes from the caller.

        In proportion to the callers' own traffic, which is all that metrics tell; one where that is unknown.

        Args:
            traffic: requests per step of each service, where known.

        >>> Graph([("a", "c"), ("b", "c")]).shares({"a": 3.0, "b": 1.0})
        {('a', 'c'): 0.75, ('b', 'c'): 0.25}
        """
        found: dict[tuple[str, str], float] = {}
        for callee, callers in self._callers.items():
            total = sum(traffic.get(caller, 0.0) for caller in callers)
            for caller in callers:
                known = total > 0.0 and caller in traffic
                found[caller, callee] = traffic[caller] / total if known else 1.0
        return found

    def path(self, first: str, last: str) -> tuple[str, ...]:
        """Return the way that harm goes up from ``first`` to a service ``last`` that calls it, both included.

        Only the two of them where no way is known, one where they are the same.
        """
        came: dict[str, str] = {first: ""}
        waiting = deque([first])
        while waiting and last not in came:
            at = waiting.popleft()
            for caller in self._callers.get(at, ()):
                if caller not in came:
                    came[caller] = at
                    waiting.append(caller)
        if last not in came:
            return (first, last)
        way = [last]
        while way[-1] != first:
            way.append(came[way[-1]])
        return tuple(reversed(way))


def reached(service: str, calls: Iterable[tuple[str, str]], *, up: bool) -> set[str]:
    """Return the services that call ``service``, through others too, or that it calls.

    >>> sorted(reached("stock", {("web", "cart"), ("cart", "stock")}, up=True))
    ['cart', 'web']
    """
    edges = [(callee, caller) if up else (caller, callee) for caller, callee in calls]
    found: set[str] = set()
    fresh = {service}
    while fresh:
        fresh = {end for start, end in edges if start in fresh} - found
        found |= fresh
    return found - {service}
