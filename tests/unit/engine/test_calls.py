from __future__ import annotations

from aright.adapters.memory_state.state import MemoryState
from aright.core.model.calls import CallEdge, edge_key
from aright.core.model.service import Service
from aright.engine.calls import edges_in


def test_edges_are_those_learnt_and_those_declared():
    state = MemoryState()
    with state.transaction() as tx:
        tx.put(CallEdge(key=edge_key("web", "search"), service="web", callee="search", seen=True))
        tx.put(Service(key="web", dependencies=("search", "maps.example")))
        found = edges_in(tx)
    assert [(edge.service, edge.callee, edge.seen) for edge in found] == [
        ("web", "maps.example", False),
        ("web", "search", True),
    ]
