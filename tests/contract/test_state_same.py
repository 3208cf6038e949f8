"""Whatever is done to both, memory and databases answer the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.adapters.memory_state.state import MemoryState
from aright.core.model.change import Change
from aright.core.model.times import SECOND
from aright.ports.state import FencedError
from tests.contract.keeping import KINDS, change, make, message, point, roll_back, sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.core.model.message import Lease
    from aright.ports.state import State, Transaction


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.integers(0, 5), st.integers(1, 3)),
        st.tuples(st.just("lease"), st.integers(0, 40), st.integers(1, 3)),
        st.tuples(st.just("sent"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("failed"), st.integers(0, 9), st.integers(0, 40)),
        st.tuples(st.just("put"), st.integers(0, 3), st.integers(0, 2)),
        st.tuples(st.just("delete"), st.integers(0, 3), st.just(0)),
        st.tuples(st.just("roll back"), st.integers(0, 3), st.integers(0, 2)),
        st.tuples(st.just("point"), st.integers(0, 3), st.integers(0, 3)),
        st.tuples(st.just("drop points"), st.integers(0, 3), st.just(0)),
        st.tuples(st.just("keep last"), st.integers(0, 3), st.just(0)),
        st.tuples(st.just("sheet"), st.integers(0, 3), st.integers(1, 3)),
        st.tuples(st.just("remove sheet"), st.integers(0, 3), st.just(0)),
        st.tuples(st.just("drop sheets"), st.integers(0, 3), st.just(0)),
    ),
    max_size=25,
)


REMOVALS: dict[str, Callable[[Transaction, int], object]] = {
    "delete": lambda tx, a: tx.delete(Change, f"{a}"),
    "drop points": lambda tx, a: tx.drop_points(a),
    "drop sheets": lambda tx, a: tx.drop_sheets(a),
    "remove sheet": lambda tx, a: tx.remove_sheets([sheet(a)]),
    "keep last": lambda tx, a: tx.keep_last(Change, a),
}


def put_and_send(tx: Transaction, a: int, b: int) -> None:
    tx.put(change(f"{a}", f"{b}"))
    tx.send(message(f"m{a}"))
    tx.add_sheets([sheet(a, width=b)])


def step(state: State, leases: list[Lease], what: str, a: int, b: int) -> object:
    if what == "roll back":
        roll_back(state, lambda tx: put_and_send(tx, a, b))
        return None
    with state.transaction() as tx:
        if what == "send":
            return tx.send(message(f"m{a}", urgency=b, dedup_key=f"k{a % 2}"))
        if what == "lease":
            lent = tx.lease_messages(a * SECOND, limit=b, span=10 * SECOND)
            leases.extend(lent)
            return list(lent)
        if what in REMOVALS:
            return REMOVALS[what](tx, a)
        if what == "put":
            tx.put(change(f"{a}", f"{b}"))
        elif what == "sheet":
            tx.add_sheets([sheet(a, width=b, body=b"%d" % b)])
        else:
            tx.add_points([point(a, total=b)])
    return None


def settle(state: State, leases: list[Lease], what: str, a: int, b: int) -> object:
    if a >= len(leases):
        return None
    try:
        with state.transaction() as tx:
            if what == "sent":
                tx.message_sent(leases[a])
            else:
                tx.message_failed(leases[a], error="e", retry_at=b * SECOND if b else None)
    except FencedError:
        return "fenced"
    return "settled"


def play(state: State, steps: list[tuple[str, int, int]]) -> list[object]:
    leases: list[Lease] = []
    said = [
        (settle if what in {"sent", "failed"} else step)(state, leases, what, a, b) for what, a, b in steps
    ]
    with state.transaction() as tx:
        said += [list(tx.messages("INC-1")), list(tx.list(Change)), list(tx.points("shop", start=0, end=9))]
        said += [list(tx.sheets("shop", start=0, end=9)), tx.first_sheet("shop", narrower=2)]
    return said


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "memory"])
@settings(deadline=None, max_examples=25)
@given(steps=STEPS)
def test_memory_and_databases_answer_the_same(kind, steps: list[tuple[str, int, int]], tmp_path_factory):
    state = make(kind, tmp_path_factory.mktemp("same"))
    try:
        assert play(state, steps) == play(MemoryState(), steps)
    finally:
        state.close()
