"""Who calls whom: edges learnt from traces, and those that the catalog declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.model.calls import CallEdge, edge_key
from aright.core.model.service import Service

if TYPE_CHECKING:
    from aright.engine.world import World
    from aright.ports.state import Transaction

MOST_EDGES: Final = 5_000
"""Edges that are kept, those last seen."""


def edges(world: World) -> tuple[CallEdge, ...]:
    """Return who calls whom; to be asked outside of a transaction."""
    with world.state.transaction() as tx:
        return edges_in(tx)


def edges_in(tx: Transaction) -> tuple[CallEdge, ...]:
    """Return who calls whom, by caller and callee: edges learnt, and declared ones that no trace has shown."""
    known = {edge.key: edge for edge in tx.list(CallEdge, limit=MOST_EDGES)}
    for service in tx.list(Service, limit=MOST_EDGES):
        for callee in service.dependencies:
            key = edge_key(service.key, callee)
            known.setdefault(key, CallEdge(key=key, service=service.key, callee=callee))
    return tuple(sorted(known.values(), key=lambda edge: (edge.service, edge.callee)))
