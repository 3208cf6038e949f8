"""What people do with a ticket, as events: every state of both sides beside the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aright.core.incident.events import Acknowledged, Noted, Resolved
from aright.core.model.incident import Incident, State
from aright.core.model.ticket import TicketNote, TicketSeen, TicketWatch
from aright.core.page.ticketing import MOST_NOTES, done_there

if TYPE_CHECKING:
    from aright.core.incident.events import Event
    from aright.core.model.ticket import TicketState

NOW = 1_000


def found(
    state: State = State.TRIAGED,
    seen: TicketState = "new",
    *,
    last: str = "new",
    acknowledged: str = "",
    told: tuple[str, ...] = (),
    sent: tuple[int, int] = (1, 1),
    **shown: Any,
) -> tuple[Event, ...]:
    incident = Incident(
        key="INC-1", service="s", state=state, title="", opened_at=1, began_at=1, acknowledged_by=acknowledged
    )
    watch = TicketWatch(
        key="snow/INC-1", channel="snow", incident="INC-1", state=last, sent=sent[0], told=told
    )
    ticket = TicketSeen(**{"id": "t", "state": seen, "number": "T1", "by": "ada", **shown})
    return done_there(incident, watch, ticket, sent=sent[1], now=NOW)


def test_a_watch_is_found_while_it_is_not_over():
    assert TicketWatch(key="k", channel="snow", incident="I").tag == "open"
    assert TicketWatch(key="k", channel="snow", incident="I", over=True).tag == ""


def test_whoever_takes_it_on_there_has_it_here():
    assert found(seen="in_progress") == (Acknowledged(at=NOW, by="ada", origin="snow"),)
    assert found(seen="in_progress", assignee="Bob") == (Acknowledged(at=NOW, by="Bob", origin="snow"),)
    assert found(seen="in_progress", acknowledged="ann") == ()
    assert found(seen="new") == ()


def test_what_aright_put_in_progress_is_nobodys_doing():
    assert found(seen="in_progress", last="resolved", sent=(1, 2), ours=True) == ()
    assert found(seen="in_progress", last="in_progress", ours=True) == ()
    assert found(seen="in_progress", last="", ours=True) == ()


def test_a_note_of_ours_after_it_was_taken_on_hides_nothing():
    (event,) = found(seen="in_progress", last="new", ours=True, assignee="Bob")
    assert event == Acknowledged(at=NOW, by="Bob", origin="snow")
    (event,) = found(seen="in_progress", last="new", ours=True)
    assert event == Acknowledged(at=NOW, by="snow", origin="snow")


@pytest.mark.parametrize("state", ["resolved", "closed"])
@pytest.mark.parametrize("here", [State.DECLARED, State.MONITORING, State.REOPENED])
def test_what_is_ended_there_is_ended_here(state: TicketState, here: State):
    ended = Resolved(at=NOW, by="ada", text="restarted", origin="snow")
    assert found(here, state, close_notes="restarted") == (ended,)
    assert found(here, state, close_notes="restarted", by="us", ours=True, ended_by="ada") == (ended,)


@pytest.mark.parametrize("state", ["resolved", "closed", "cancelled", "new"])
def test_what_is_over_here_stays_over(state: TicketState):
    assert found(State.RESOLVED, state) == ()
    assert found(State.REVIEWED, state, last=state) == ()


def test_a_ticket_that_was_begun_again_or_cancelled_is_noted():
    assert found(State.RESOLVED, "in_progress", last="resolved") == (
        Noted(at=NOW, by="ada", text="T1 was reopened", origin="snow"),
    )
    assert found(State.TRIAGED, "cancelled") == (
        Noted(at=NOW, by="ada", text="T1 was cancelled", origin="snow"),
    )
    assert found(State.TRIAGED, "cancelled", last="cancelled") == ()
    assert found(State.TRIAGED, "cancelled", ours=True) == ()
    assert found(State.RESOLVED, "on_hold", last="closed", number="")[0] == Noted(
        at=NOW, by="ada", text="the ticket was reopened", origin="snow"
    )


def notes(count: int) -> tuple[TicketNote, ...]:
    return tuple(TicketNote(id=str(each), by="ada", text=f"line {each}") for each in range(count))


def test_notes_are_told_once_each_and_before_what_ended_it():
    events = found(seen="resolved", notes=notes(3), told=("0",))
    assert [type(event).__name__ for event in events] == ["Noted", "Noted", "Resolved"]
    assert events[0] == Noted(at=NOW, by="ada", text="line 1", origin="snow")


def test_many_notes_at_once_are_cut_and_say_so():
    events = found(notes=notes(MOST_NOTES + 5))
    texts = [event.text for event in events if isinstance(event, Noted)]
    assert texts[0] == "5 earlier notes are in T1 alone"
    assert texts[1:] == [f"line {each}" for each in range(5, MOST_NOTES + 5)]


@pytest.mark.parametrize("state", [State.CLOSED, State.MERGED])
def test_what_is_filed_away_takes_nothing_more(state: State):
    assert found(state, "in_progress", last="closed", notes=notes(1)) == ()
