"""A night on call, kept in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.adapters.memory_state.state import MemoryState
from aright.core.model.on_call import Layer, Person, Policy, Schedule, Step, Target
from aright.engine.on_call_desk import OnCallDesk
from tests.unit.engine.small_world import small_world

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.core.model.times import Micros

PEOPLE = (
    Person(key="ada", name="Ada Lovelace", ways=("slack",), addresses={"email": "ada@example.org"}),
    Person(key="bob", name="Bob", ways=("slack",), aliases=("robert",)),
)
NIGHT = Schedule(
    key="night",
    zone="Europe/Zurich",
    layers=(Layer(key="base", people=("ada", "bob"), starts="2025-12-01T09:00", unit="day"),),
)
POLICY = Policy(
    key="shop", steps=(Step(notify=(Target("schedule", "night"),)), Step(notify=(Target("person", "ada"),)))
)


class Hand:
    """A clock that shows what it is told."""

    driven = True

    def __init__(self, now: Callable[[], Micros]) -> None:
        self.now = now


def night_desk(now: Callable[[], Micros]) -> OnCallDesk:
    """Return a desk over a state with two people, a schedule and a policy; no channel is set up."""
    state = MemoryState()
    with state.transaction() as tx:
        tx.put_all([*PEOPLE, NIGHT, POLICY])
    return OnCallDesk(small_world(state, {}, Hand(now)))
