"""Alerts are answered once they are committed: incident, timeline, page and all."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from aright.adapters.clocks.wall import WallClock
from aright.adapters.memory_state.state import MemoryState
from aright.core.model.bookkeeping import Quarantined
from aright.core.model.foreign_alert import ForeignAlert
from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.core.model.incident import Incident
from aright.core.model.times import MINUTE, iso
from aright.engine import alert_inlet
from aright.engine.alert_inlet import AlertInlet, by_kind
from aright.engine.consuming import keep_documents
from aright.ports.log import LogFullError
from tests.unit.engine.failing_shop import START, Pager, Plant, frame
from tests.unit.engine.small_world import small_world

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aright.engine.intake import Acceptance
    from aright.engine.world import World
    from aright.ports.state import Transaction


def row(name: str = "Slow", service: str = "shop", **labels: str) -> dict[str, object]:
    told = {"alertname": name, "service": service, "severity": "critical", **labels}
    return {"labels": told, "startsAt": iso(START)}


def body(*rows: object) -> Frame:
    return Frame(
        kind=Kind.ALERTS,
        format=Format.ALERTS_API,
        encoding=Encoding.IDENTITY,
        received_at=START + MINUTE,
        body=json.dumps(rows).encode(),
    )


@contextmanager
def living(state: MemoryState, *, most: int = 100) -> Iterator[tuple[AlertInlet, World]]:
    world = small_world(state, {"pagerduty": Pager()}, WallClock())
    inlet = AlertInlet(world, most=most)
    inlet.start()
    try:
        yield inlet, world
    finally:
        inlet.stop()


def count(state: MemoryState, kind: type[ForeignAlert | Incident | Quarantined]) -> int:
    with state.transaction() as tx:
        return len(tx.list(kind))


def test_on_a_driven_clock_an_alert_is_committed_at_once_and_paged_when_time_moves():
    made = Plant()
    acceptance = AlertInlet(made.world).accept(body(row(pod="a"), row(pod="b")))
    assert acceptance.durable.done()
    assert (acceptance.accepted, acceptance.bad_count) == (2, 0)
    with made.state.transaction() as tx:
        (incident,) = tx.list(Incident)
        (page,) = tx.messages(incident.key)
    assert page.status == "pending"
    made.desk.advance(START + 1)
    assert [action for _, action in made.pager.seen] == ["trigger"]


def test_on_the_wall_clock_the_answer_waits_for_the_commit_and_the_bell_is_rung():
    state = MemoryState()
    with living(state) as (inlet, world), state.transaction():
        world.bell.wait(0)
        answers = [inlet.accept(body(row(pod=str(number)))).durable for number in range(9)]
        assert not any(answer.done() for answer in answers), "nothing is answered while it is not committed"
    assert [answer.result(5) for answer in answers] == [0] * 9
    assert world.bell.wait(5)
    assert (count(state, ForeignAlert), count(state, Incident)) == (9, 1)


def test_bodies_that_wait_are_committed_together(monkeypatch: pytest.MonkeyPatch):
    sizes: list[int] = []

    def counting(world: World, tx: Transaction, documents: Sequence[ForeignAlert]) -> None:
        sizes.append(len(documents))
        keep_documents(world, tx, documents)

    monkeypatch.setattr(alert_inlet, "keep_documents", counting)
    monkeypatch.setattr(alert_inlet, "MOST_AT_ONCE", 6)
    state = MemoryState()
    with living(state) as (inlet, _):
        with state.transaction():
            answers = [inlet.accept(body(row(pod=f"{n}a"), row(pod=f"{n}b"))).durable for n in range(9)]
        for answer in answers:
            answer.result(5)
    assert sum(sizes) == 18
    assert max(sizes) == 6


def test_a_body_that_cannot_be_committed_fails_alone(monkeypatch: pytest.MonkeyPatch):

    def refusing(world: World, tx: Transaction, documents: Sequence[ForeignAlert]) -> None:
        keep_documents(world, tx, documents)
        if any(alert.name == "Bad" for alert in documents):
            raise ValueError("this cannot be kept")

    monkeypatch.setattr(alert_inlet, "keep_documents", refusing)
    state = MemoryState()
    with living(state) as (inlet, _):
        with state.transaction():
            bodies = [row(pod=str(number)) for number in range(6)] + [row("Bad")] + [row(pod="last")]
            answers = [inlet.accept(body(each)).durable for each in bodies]
        failed = [answer.exception(5) for answer in answers]
    assert [type(error) for error in failed] == [type(None)] * 6 + [ValueError, type(None)]
    with state.transaction() as tx:
        assert {alert.name for alert in tx.list(ForeignAlert)} == {"Slow"}
    assert count(state, ForeignAlert) == 7


def test_too_many_are_refused_before_they_are_read_and_none_after_the_end():
    state = MemoryState()
    with living(state, most=3) as (inlet, _), state.transaction():
        taken: list[Acceptance] = []

        def send_for_ever() -> None:
            while True:
                taken.append(inlet.accept(body(row(pod=str(len(taken))))))

        with pytest.raises(LogFullError, match="send again in a second"):
            send_for_ever()
    assert 3 <= len(taken) <= 6, "one batch is under way, and three wait"
    for each in taken:
        each.durable.result(5)
    with pytest.raises(LogFullError):
        inlet.accept(body(row()))


def test_bad_alerts_are_kept_aside_and_the_others_taken():
    state = MemoryState()
    counted: list[tuple[int, int]] = []
    world = small_world(state, {})
    inlet = AlertInlet(world, count=lambda good, bad: counted.append((good, bad)))
    acceptance = inlet.accept(body(row(), {"labels": {}}, {"labels": 5}))
    assert (acceptance.accepted, acceptance.bad_count, counted) == (1, 2, [(1, 2)])
    inlet.accept(body({"labels": {}}))
    with state.transaction() as tx:
        last, first = tx.list(Quarantined)
    assert (first.count, first.kind, last.count) == (2, "alerts", 1)
    assert first.key != last.key


def test_an_empty_body_is_answered_without_a_transaction():
    state = MemoryState()
    with state.transaction():
        assert AlertInlet(small_world(state, {})).accept(body()).durable.result(0) == 0


def test_many_threads_lose_nothing():
    state = MemoryState()
    with living(state, most=10_000) as (inlet, _):

        def send(of: int) -> None:
            for number in range(20):
                inlet.accept(body(row(pod=f"{of}-{number}"))).durable.result(10)

        threads = [threading.Thread(target=send, args=(of,)) for of in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    assert (count(state, ForeignAlert), count(state, Incident)) == (160, 1)


def test_only_alerts_go_this_way():
    made = Plant()
    inlet = AlertInlet(made.world)
    accept = by_kind(made.intake.accept, inlet.accept)
    rows = [{"id": "a", "time": START, "service": "shop"}]
    accept(frame(Kind.PREDICTIONS, rows)).durable.result(5)
    accept(body(row()))
    assert made.intake.accepted == 1
    assert count(made.state, ForeignAlert) == 1  # type: ignore[arg-type]  # in memory, as every plant's
