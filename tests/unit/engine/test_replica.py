"""Replicas: one watches under its lease, the others notice when it is silent, and hear what others write."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aright.adapters.memory_state.state import MemoryState
from aright.core.model.bookkeeping import Checkpoint
from aright.core.model.incident import Incident
from aright.core.model.incident import State as Stands
from aright.core.model.replica import WATCHER, Watcher
from aright.core.model.service import Service
from aright.core.model.times import SECOND
from aright.engine.hearing import LEARN
from aright.engine.operations import RefusedError
from aright.engine.replica import Replica
from aright.engine.role import SPAN, Lease, Role, WatchedError
from aright.ports.state import FencedError, UnreachableError
from tests.unit.engine.failing_shop import START, Plant

if TYPE_CHECKING:
    from aright.engine.world import World
    from aright.ports.state import State


class Clock:
    driven = False

    def __init__(self) -> None:
        self.at = START

    def now(self) -> int:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def state() -> MemoryState:
    return MemoryState()


def lease(state: State, clock: Clock, name: str, store: str = "") -> Lease:
    return Lease(state, clock, name=name, store=store or name)


def test_a_second_watcher_is_told_by_whom_and_until_when(state: MemoryState, clock: Clock):
    lease(state, clock, "one").take()
    clock.at += 10 * SECOND
    with pytest.raises(WatchedError, match=r"'one' watches already.*--respond.*20 s"):
        lease(state, clock, "two").take()
    clock.at += 20 * SECOND
    lease(state, clock, "two").take()


def test_the_same_store_goes_on_at_once_and_one_that_ends_leaves_it_free(state: MemoryState, clock: Clock):
    first, again, other = (
        lease(state, clock, name, store) for name, store in (("a", "s"), ("b", "s"), ("c", "t"))
    )
    first.take()
    again.take()
    with pytest.raises(FencedError, match="'b'"), state.transaction() as tx:
        first.check(tx)
    first.end()  # of a watch that is another's by now
    with pytest.raises(WatchedError):
        other.take()
    again.end()
    other.take()


def test_a_watcher_that_was_paused_writes_nothing(clock: Clock):
    plant = Plant()
    held = lease(plant.state, clock, "one")
    held.take()
    object.__setattr__(plant.world, "role", Role(name="one", lease=held, store="one"))
    plant.desk.advance(START + SECOND)
    with plant.state.transaction() as tx:
        mark = tx.get(Checkpoint, "engine")
        assert mark is not None
        assert mark.store == "one"
    clock.at += 2 * SPAN
    lease(plant.state, clock, "two").take()
    with pytest.raises(FencedError, match="'two'"):
        plant.runtime._close_next()


def test_another_store_does_not_go_on_at_the_place_of_the_first_ones_log():
    plant = Plant()
    with plant.state.transaction() as tx:
        tx.put(
            Checkpoint(key="engine", position=99, counted=99, closed_to=START, clock="driven", store="other")
        )
    plant.runtime.recover()
    assert plant.runtime._position == 0
    assert plant.runtime.closed_to == START


class Two:
    """A replica that watches and one that listens, over one state and one clock."""

    def __init__(self) -> None:
        self.plant, self.clock, self.ticks = Plant(), Clock(), 0.0
        self.lost: list[str] = []
        self.lease = lease(self.plant.state, self.clock, "one")
        self.lease.take()
        self.watching = self.replica(Role(name="one", lease=self.lease))
        self.listening = self.replica(Role(name="two", watches=False))

    def replica(self, role: Role) -> Replica:
        return Replica(self.world(role), self.lost.append, lambda: self.ticks)

    def world(self, role: Role) -> World:
        return replace(self.plant.world, role=role, clock=self.clock)

    def pass_by(self, seconds: int, *looking: Replica) -> None:
        for _ in range(seconds):
            self.clock.at += SECOND
            self.ticks += 1
            for replica in looking:
                replica.look()

    def incidents(self) -> list[Incident]:
        with self.plant.state.transaction() as tx:
            return [*tx.list(Incident)]

    def lines(self) -> list[str]:
        (incident,) = self.incidents()
        with self.plant.state.transaction() as tx:
            return [line.text for line in tx.events(incident.key)]


def test_the_watchers_silence_opens_an_incident_once_and_its_return_is_told():
    two = Two()
    third = two.replica(Role(name="three", watches=False))
    two.pass_by(70, two.watching, two.listening, third)
    assert two.incidents() == []
    two.pass_by(70, two.listening, third)
    (incident,) = two.incidents()
    assert incident.service == "aright"
    assert "the replica one, which watches, is silent" in incident.alerts[0].text
    two.pass_by(60, two.listening, third)
    assert len(two.incidents()) == 1
    two.pass_by(6, two.watching, two.listening)
    assert "one watches again, " in two.lines()[-1]
    two.pass_by(70, two.watching, two.listening)
    assert len(two.incidents()) == 1


def test_no_clock_that_jumps_and_no_sleep_of_ones_own_makes_it_silent():
    two = Two()
    two.pass_by(20, two.watching, two.listening)
    two.clock.at += 3_600 * SECOND
    two.pass_by(20, two.listening)
    two.ticks += 3_600  # the one that listens was paused
    two.pass_by(20, two.listening)
    two.clock.at -= 7_200 * SECOND
    two.pass_by(20, two.listening)
    assert two.incidents() == []


def test_nobody_listens_where_nobody_ever_watched():
    two = Two()
    with two.plant.state.transaction() as tx:
        tx.delete(Watcher, WATCHER)
    two.pass_by(90, two.listening)
    assert two.incidents() == []


def test_the_watch_that_went_to_another_is_told_to_whoever_runs_it(monkeypatch):
    two = Two()
    two.clock.at += 2 * SPAN
    lease(two.plant.state, two.clock, "two").take()
    two.ticks += 9
    monkeypatch.setattr(two.watching._stopping, "wait", lambda _: False)
    two.watching._live()
    assert two.lost == ["the watch went to 'two' while this replica was away: start it again"]


@pytest.mark.parametrize("trouble", [UnreachableError("away"), RuntimeError("a defect")])
def test_a_look_that_breaks_is_not_the_last(monkeypatch, trouble: Exception):
    two = Two()
    looks = iter([trouble, FencedError("over")])

    def look() -> None:
        raise next(looks)

    monkeypatch.setattr(two.watching, "look", look)
    monkeypatch.setattr(two.watching._stopping, "wait", lambda _: False)
    two.watching._live()
    assert two.lost == ["over"]


def test_the_thread_stops_and_lets_the_watch_go(monkeypatch):
    two = Two()
    two.watching.start()
    two.watching.stop()
    with two.plant.state.transaction() as tx:
        held = tx.get(Watcher, WATCHER)
        assert held is not None
        assert held.until == 0

    def end() -> None:
        raise UnreachableError("away")

    monkeypatch.setattr(two.lease, "end", end)
    two.watching.stop()


def test_open_pages_hear_of_what_other_replicas_put():
    two = Two()
    two.pass_by(1, two.listening)
    listener = two.plant.world.happenings.listen()
    two.pass_by(1, two.listening)
    two.plant.desk.register(Service(key="shop"))
    with two.plant.state.transaction() as tx:
        tx.put(Incident(key="INC-9", service="s", state=Stands.TRIAGED, title="t", opened_at=1, began_at=1))
    two.pass_by(1, two.listening)
    found = listener.get(0)
    assert found is not None
    assert (found.kind, found.key) == ("incident", "INC-9")
    assert listener.get(0) is None
    two.pass_by(1, two.listening)
    assert listener.get(0) is None


def test_a_replica_that_responds_says_so_and_leaves_to_the_other_what_takes_rows(monkeypatch):
    plant = Plant()
    monkeypatch.setattr(plant.runtime, "settle", lambda: None)
    object.__setattr__(plant.world, "role", Role(name="two", watches=False))
    status = plant.desk.status()
    assert (status.role, status.name, status.watcher) == ("responds", "two", "")
    with pytest.raises(RefusedError, match="responds alone"):
        plant.desk.register(Service(key="shop"))
    with plant.state.transaction() as tx:
        tx.put(Incident(key="INC-1", service="s", state=Stands.TRIAGED, title="t", opened_at=1, began_at=1))
    plant.desk.resolve("INC-1", by="ann", confirm="s")
    with plant.state.transaction() as tx:
        assert LEARN in {due.task for due in tx.take_due(2**60)}
