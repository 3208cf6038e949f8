"""Tickets that people work on: what they do there happens here, once, and nothing of it is an echo."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from aright.adapters.memory_tickets import MemoryTickets
from aright.core.model.heard import Heard
from aright.core.model.incident import Incident, State
from aright.core.model.message import Due, Message
from aright.core.model.on_call import Person
from aright.core.model.postmortem import PostMortem
from aright.core.model.ticket import TicketWatch
from aright.core.model.times import DAY, MINUTE
from aright.core.page.body import page_body
from aright.engine.commit import dedup_key
from aright.engine.hearing import hear
from aright.engine.ticket_dues import TICKETS
from aright.ports.tickets import TicketsError
from tests.unit.engine.failing_shop import Plant, hurt

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from aright.core.model.outlet import ExternalRef
    from aright.core.model.ticket import TicketSeen


class Desk(MemoryTickets):
    """Tickets that may be away, and that see how often they are looked at."""

    def __init__(self) -> None:
        super().__init__("snow")
        self.away = False
        self.looks = 0

    def read(self, refs: Sequence[ExternalRef]) -> Sequence[TicketSeen]:
        self.looks += 1
        if self.away:
            raise TicketsError("nobody answers")
        return super().read(refs)


def opened() -> tuple[Plant, Desk, str]:
    """Return an engine with an open incident that has a ticket, and the ticket's key."""
    desk = Desk()
    made = Plant(channels={"snow": desk})
    with made.state.transaction() as tx:
        tx.put(Person(key="ann", name="Ann A.", aliases=("ada",)))
    incident = hurt(made)
    made.runtime.send()
    tell(made, desk, incident, "trigger")
    made.desk.advance(made.clock.now() + MINUTE)
    return made, desk, desk.tickets[0].id


def tell(made: Plant, desk: Desk, incident: Incident, action: str) -> None:
    """Send a message to the ticket by hand, whatever else is sent there."""
    message = Message(
        id=f"by hand {incident.key} {action} {made.clock.now()}",
        channel="snow",
        dedup_key=f"{dedup_key(incident)}/snow/",
        incident=incident.key,
        urgency=2,
        body=page_body(incident).replace(b'"trigger"', f'"{action}"'.encode()),
        due_at=made.clock.now(),
    )
    with made.state.transaction() as tx:
        tx.send(message)
    made.runtime.send()
    ref = desk.deliver(message).ref
    assert ref is not None
    with made.state.transaction() as tx:
        tx.put(ref)


def later(made: Plant, minutes: int = 1) -> Incident:
    made.desk.advance(made.clock.now() + minutes * MINUTE)
    return made.desk.incident("INC-1")


def lines(made: Plant, kind: str) -> list[tuple[str, str]]:
    return [(event.by, event.text) for event in made.desk.timeline("INC-1") if event.kind == kind]


def test_whoever_takes_the_ticket_has_the_incident():
    made, desk, key = opened()
    assert later(made).acknowledged_by == ""
    desk.by_hand(key, by="ada", state="in_progress", assignee="Ann A.")
    assert later(made).acknowledged_by == "ann"
    later(made, 3)
    assert len(lines(made, "acknowledged")) == 1


def test_what_is_resolved_there_is_resolved_here_with_its_post_mortem():
    made, desk, key = opened()
    desk.by_hand(key, by="bob", state="resolved", text="restarted the cache")
    assert later(made).state is State.RESOLVED
    ((by, text),) = lines(made, "resolved")
    assert by == "bob"
    assert "restarted the cache" in text
    with made.state.transaction() as tx:
        assert tx.get(PostMortem, "INC-1") is not None
    desk.by_hand(key, by="bob", state="in_progress")
    assert later(made).state is State.RESOLVED
    assert ("bob", "T1 was reopened") in lines(made, "note")


def test_notes_of_people_are_told_once():
    made, desk, key = opened()
    desk.by_hand(key, by="ada", text="the cache is cold")
    later(made)
    desk.by_hand(key, by="bob", text="warming it")
    later(made, 3)
    told = [line for line in lines(made, "note") if line[0] != "aright"]
    assert told == [("ann", "the cache is cold"), ("bob", "warming it")]


def test_what_aright_does_there_comes_back_as_nothing():
    made, desk, _ = opened()
    incident = made.desk.acknowledge("INC-1", by="ann")
    tell(made, desk, incident, "acknowledge")
    later(made)
    incident = made.desk.resolve("INC-1", by="ann", confirm="shop")
    tell(made, desk, incident, "resolve")
    later(made, 2)
    assert [by for by, _ in lines(made, "acknowledged")] == ["ann"]
    assert [by for by, _ in lines(made, "resolved")] == ["ann"]
    assert not [line for line in lines(made, "note") if line[0] == "snow"]


def test_while_something_waits_to_be_told_to_it_a_ticket_is_not_looked_at():
    made, desk, key = opened()
    waiting = Message(
        id="waits",
        channel="snow",
        dedup_key="another key",
        incident="INC-1",
        urgency=2,
        body=b"{}",
        due_at=made.clock.now() + 90 * MINUTE,
    )
    with made.state.transaction() as tx:
        tx.send(waiting)
    desk.by_hand(key, by="bob", state="resolved")
    assert later(made).state is not State.RESOLVED


def test_what_was_told_to_it_while_it_was_read_makes_that_old():
    made, desk, key = opened()
    desk.by_hand(key, by="bob", state="resolved")
    before = desk.read

    def read(refs: Sequence[ExternalRef]) -> Sequence[TicketSeen]:
        seen = before(refs)
        with made.state.transaction() as tx:
            tx.put(msgspec.structs.replace(refs[0], seen_at=refs[0].seen_at + 1))
        return seen

    desk.read = read  # type: ignore[method-assign]  # the moment between
    assert later(made).state is not State.RESOLVED
    desk.read = before  # type: ignore[method-assign]  # as it was
    assert later(made).state is State.RESOLVED


def test_tickets_that_cannot_be_read_are_read_again(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.WARNING)
    made, desk, key = opened()
    desk.away = True
    desk.by_hand(key, by="bob", state="resolved")
    assert later(made).state is not State.RESOLVED
    assert "nobody answers" in caplog.text
    desk.away = False
    assert later(made).state is State.RESOLVED


def test_an_odd_ticket_does_not_end_the_watch(caplog: pytest.LogCaptureFixture):
    made, desk, key = opened()
    desk.by_hand(key, by="bob", state="resolved")
    before = desk.read

    def read(refs: Sequence[ExternalRef]) -> Sequence[TicketSeen]:
        raise KeyError("odd")

    desk.read = read  # type: ignore[method-assign]  # what nobody thought of
    assert later(made).state is not State.RESOLVED
    assert "looking at tickets of snow broke" in caplog.text
    desk.read = before  # type: ignore[method-assign]  # as it was
    assert later(made).state is State.RESOLVED


def test_a_webhook_lets_it_be_looked_at_at_once():
    made, desk, key = opened()
    desk.by_hand(key, by="bob", state="resolved")
    now = made.clock.now()
    with made.state.transaction() as tx:
        assert hear(made.world, tx, Heard(ids=("x",), channel="snow", kind="ping", at=now), now=now)
        assert not hear(made.world, tx, Heard(ids=("y",), channel="else", kind="ping", at=now), now=now)
    made.runtime.settle()
    assert made.desk.incident("INC-1").state is State.RESOLVED


def test_an_incident_that_is_filed_away_is_looked_at_no_more():
    made, desk, _ = opened()
    made.desk.resolve("INC-1", by="ann", confirm="shop")
    later(made)
    made.desk.review("INC-1", by="ann")
    made.desk.close_incident("INC-1", by="ann")
    later(made, 2)
    looks = desk.looks
    later(made, 3)
    assert desk.looks == looks
    with made.state.transaction() as tx:
        assert not tx.list(TicketWatch, tag="open")


def test_one_that_was_resolved_long_ago_is_looked_at_no_more():
    made, _, _ = opened()
    made.desk.resolve("INC-1", by="ann", confirm="shop")
    with made.state.transaction() as tx:
        incident = tx.get(Incident, "INC-1")
        assert incident is not None
        tx.put(msgspec.structs.replace(incident, resolved_at=made.clock.now() - 31 * DAY))
    later(made, 2)
    with made.state.transaction() as tx:
        assert not tx.list(TicketWatch, tag="open")


def test_a_channel_that_is_gone_takes_its_looks_with_it():
    made, _, _ = opened()
    with made.state.transaction() as tx:
        tx.schedule(Due(key=f"{TICKETS}:gone", task=TICKETS, subject="gone", due_at=made.clock.now()))
    later(made)
    with made.state.transaction() as tx:
        assert [due.subject for due in tx.take_due(made.clock.now() + DAY, only=TICKETS)] == ["snow"]
