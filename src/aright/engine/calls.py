"""Calls: a service's spans become signals, and who calls whom is learnt from the spans of both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.model.calls import CallEdge, CallLimits, edge_key
from aright.core.model.frame import Kind
from aright.core.model.service import Service
from aright.core.model.times import MINUTE
from aright.core.observe.calls import CallWindows
from aright.engine.parts import Told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from aright.core.model.times import Micros
    from aright.core.observe.calls import Halves
    from aright.engine.settings import Settings
    from aright.engine.world import World
    from aright.ports.state import Transaction

MOST_EDGES: Final = 5_000
"""Edges that are kept, those last seen."""

_AGAIN: Final = 10 * MINUTE
"""How old ``last_seen`` may be before it is written anew."""


class CallsPart:
    """One service's spans."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self._service = service
        self._width = settings.width
        self._windows = CallWindows(service.key, settings.width)

    @property
    def kinds(self) -> frozenset[Kind]:
        """Return spans alone."""
        return frozenset({Kind.SPANS})

    def resume(self, tx: Transaction, closed_to: Micros) -> None:  # noqa: ARG002 - the port's signature
        """Take up the limits that were learned."""
        limits = tx.get(CallLimits, self._service.key)
        self._windows = CallWindows(self._service.key, self._width, limits)

    def take(self, kind: Kind, rows: pa.Table) -> None:  # noqa: ARG002 - the port's signature
        """Fold spans in."""
        self._windows.add(rows)

    def has_open(self) -> bool:
        """Return whether spans wait for a window to close."""
        return self._windows.has_open()

    def close(self, tx: Transaction, start: Micros, *, now: Micros, quiet: bool) -> Told:  # noqa: ARG002
        """Close the window; limits that it taught are kept."""
        before = self._windows.limits
        closed = self._windows.close(start)
        limits = self._windows.limits
        if limits is not None and limits is not before:
            tx.put(limits)
        return Told(points=closed.points, late=closed.late, halves=closed.halves)


def edges(world: World) -> tuple[CallEdge, ...]:
    """Return who calls whom; to be asked outside of a transaction."""
    with world.state.transaction() as tx:
        return edges_in(tx)


def edges_in(tx: Transaction) -> tuple[CallEdge, ...]:
    """Return who calls whom, by caller and callee: edges learnt, then declared ones not seen yet."""
    known = {edge.key: edge for edge in tx.list(CallEdge, limit=MOST_EDGES)}
    for service in tx.list(Service, limit=MOST_EDGES):
        for callee in service.dependencies:
            key = edge_key(service.key, callee)
            known.setdefault(key, CallEdge(key=key, service=service.key, callee=callee))
    return tuple(sorted(known.values(), key=lambda edge: (edge.service, edge.callee)))


def learn_edges(tx: Transaction, halves: Mapping[str, Halves], *, now: Micros) -> None:
    """Match requests made with requests served, and keep who calls whom.

    A peer whose own spans are not seen is a third party, until they are.

    Args:
        tx: keeps the edges.
        halves: of the services whose windows were just closed.
        now: when that is (µs, UTC).
    """
    if not halves:
        return
    made = {span: (name, peer) for name, half in halves.items() for span, peer in half.made.items()}
    matched: dict[tuple[str, str], set[str]] = {}
    for callee, half in halves.items():
        for span in half.served:
            caller, peer = made.get(span, ("", ""))
            if caller and caller != callee:
                matched.setdefault((caller, callee), set()).update({peer} - {""})
    for (caller, callee), peers in matched.items():
        _keep(tx, caller, callee, frozenset(peers), seen=True, now=now)
    for caller, peer in _alone(tx, halves):
        _keep(tx, caller, peer, frozenset(), seen=False, now=now)


def _alone(tx: Transaction, halves: Mapping[str, Halves]) -> Iterator[tuple[str, str]]:
    """Yield callers and peers that no service is known behind."""
    for caller, half in halves.items():
        spoken_of = {peer for edge in tx.list(CallEdge, service=caller) if edge.seen for peer in edge.peers}
        for peer in half.peers:
            if peer not in spoken_of and peer != caller:
                yield caller, peer


def _keep(
    tx: Transaction, caller: str, callee: str, peers: frozenset[str], *, seen: bool, now: Micros
) -> None:
    key = edge_key(caller, callee)
    known = tx.get(CallEdge, key)
    edge = known or CallEdge(key=key, service=caller, callee=callee, first_seen=now)
    names = tuple(sorted({*edge.peers, *peers}))
    fresh = known is not None and now - known.last_seen < _AGAIN
    if fresh and names == edge.peers and edge.seen >= seen:
        return
    tx.put(msgspec.structs.replace(edge, peers=names, seen=edge.seen or seen, last_seen=now))
    for peer in peers - {callee}:
        tx.delete(CallEdge, edge_key(caller, peer))
