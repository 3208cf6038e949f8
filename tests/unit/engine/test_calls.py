from __future__ import annotations

from aright.adapters.memory_state.state import MemoryState
from aright.core.model.calls import CallEdge, edge_key
from aright.core.model.service import Service
from aright.core.model.times import MINUTE
from aright.core.observe.calls import Halves
from aright.engine.calls import edges_in, learn_edges


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


def told(state: MemoryState, now: int, **halves: Halves) -> list[tuple[str, str, tuple[str, ...], bool]]:
    with state.transaction() as tx:
        learn_edges(tx, halves, now=now)
        return [(edge.service, edge.callee, edge.peers, edge.seen) for edge in edges_in(tx)]


def test_a_caller_is_matched_with_its_callee():
    web = Halves(
        made={1: "10.0.0.7", 2: "maps.example"}, served=frozenset(), peers=("10.0.0.7", "maps.example")
    )
    search = Halves(made={}, served=frozenset({1, 9}), peers=())
    state = MemoryState()
    assert told(state, 0, web=web, search=search) == [
        ("web", "maps.example", (), False),
        ("web", "search", ("10.0.0.7",), True),
    ]


def test_a_peer_is_a_third_party_until_its_own_spans_are_seen():
    web = Halves(made={1: "10.0.0.7"}, served=frozenset(), peers=("10.0.0.7",))
    state = MemoryState()
    assert told(state, 0, web=web) == [("web", "10.0.0.7", (), False)]
    search = Halves(made={}, served=frozenset({1}), peers=())
    assert told(state, 1, web=web, search=search) == [("web", "search", ("10.0.0.7",), True)]
    assert told(state, 2, web=web) == [("web", "search", ("10.0.0.7",), True)]


def test_a_callee_of_a_rare_peer_is_known_all_the_same():
    web = Halves(made={1: ""}, served=frozenset(), peers=())
    search = Halves(made={}, served=frozenset({1}), peers=())
    assert told(MemoryState(), 0, web=web, search=search) == [("web", "search", (), True)]


def test_when_an_edge_was_last_seen_is_written_now_and_then():
    web = Halves(made={}, served=frozenset(), peers=("maps.example",))
    state = MemoryState()
    seen = []
    for now in (MINUTE, 5 * MINUTE, 12 * MINUTE):
        told(state, now, web=web)
        with state.transaction() as tx:
            (edge,) = edges_in(tx)
        seen.append((edge.first_seen // MINUTE, edge.last_seen // MINUTE))
    assert seen == [(1, 1), (1, 1), (1, 12)]
