"""Who calls whom: directed edges between services, from the catalog and from what was seen."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST_CALLEES: Final = 200
"""Callees of one service that are followed; a service that calls more is a hub, whose edges say little."""

_MOST_LOOKED_AT: Final = 5_000


class CallGraph:
    """Services and what they call.

    Args:
        calls: caller → callees. Names that are no services (third parties) are nodes like any other.

    >>> graph = CallGraph({"help desk": ["chat"], "chat": ["translation"]})
    >>> graph.path("help desk", "translation")
    ('help desk', 'chat', 'translation')
    >>> graph.path("translation", "help desk") is None
    True
    """

    def __init__(self, calls: Mapping[str, Iterable[str]]) -> None:
        self._calls = {
            caller: tuple(sorted({callee for callee in callees if callee and callee != caller}))[
                :MOST_CALLEES
            ]
            for caller, callees in calls.items()
        }

    def below(self, caller: str, hops: int) -> dict[str, tuple[str, ...]]:
        """Return what a service calls, directly or through others, with a shortest path to each.

        Args:
            caller: where paths begin.
            hops: edges at most.
        """
        found: dict[str, tuple[str, ...]] = {caller: (caller,)}
        waiting = deque([caller])
        while waiting and len(found) < _MOST_LOOKED_AT:
            path = found[waiting.popleft()]
            if len(path) > hops:
                continue
            for callee in self._calls.get(path[-1], ()):
                if callee not in found:
                    found[callee] = (*path, callee)
                    waiting.append(callee)
        del found[caller]
        return found

    def path(self, caller: str, callee: str, hops: int = 8) -> tuple[str, ...] | None:
        """Return a shortest path from a caller to a callee, both included, or ``None``."""
        return self.below(caller, hops).get(callee)


def merged(*parts: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
    """Return the edges of several sources together.

    >>> merged({"a": ["b"]}, {"a": ["c"], "b": []})["a"] == {"b", "c"}
    True
    """
    edges: dict[str, set[str]] = {}
    for part in parts:
        for caller, callees in part.items():
            edges.setdefault(caller, set()).update(callees)
    return {caller: frozenset(callees) for caller, callees in edges.items()}
