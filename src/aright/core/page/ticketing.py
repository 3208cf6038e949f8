"""What people did with a ticket, as events of its incident."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.incident.events import Acknowledged, Noted, Resolved
from aright.core.incident.standing import is_open
from aright.core.model.incident import State

if TYPE_CHECKING:
    from aright.core.incident.events import Event
    from aright.core.model.incident import Incident
    from aright.core.model.ticket import TicketSeen, TicketWatch
    from aright.core.model.times import Micros

ENDED: Final = frozenset({"resolved", "closed", "cancelled"})
MOST_NOTES: Final = 20
"""Of one look: whoever pastes a log into a ticket must not flood the timeline."""


def done_there(
    incident: Incident, watch: TicketWatch, seen: TicketSeen, *, sent: int, now: Micros
) -> tuple[Event, ...]:
    """Return what people did since the last look, in the order in which it is to be applied.

    It must be asked only while nothing waits to be told to the ticket: then a ticket that has ended while its
    incident is open was ended by somebody there, and one that is in progress while nobody has taken the
    incident on was taken on there, unless aright itself put it there when the harm came back.

    Args:
        incident: as it is now.
        watch: how far the ticket had been looked at.
        seen: the ticket as it stands.
        sent: how many messages have been sent to it by now.
        now: µs, UTC.
    """
    if incident.state in {State.CLOSED, State.MERGED}:
        return ()
    return (*_noted(watch, seen, now), *_moved(incident, watch, seen, sent=sent, now=now))


def _noted(watch: TicketWatch, seen: TicketSeen, now: Micros) -> tuple[Event, ...]:
    new = [note for note in seen.notes if note.id not in watch.told]
    told = [(note.by or watch.channel, note.text) for note in new[-MOST_NOTES:]]
    if len(new) > MOST_NOTES:
        text = f"{len(new) - MOST_NOTES} earlier notes are in {_name(seen)} alone"
        told.insert(0, (watch.channel, text))
    return tuple(Noted(at=now, by=by, text=text, origin=watch.channel) for by, text in told)


def _name(seen: TicketSeen) -> str:
    return seen.number or "the ticket"


def _moved(
    incident: Incident, watch: TicketWatch, seen: TicketSeen, *, sent: int, now: Micros
) -> tuple[Event, ...]:
    origin, ticket = watch.channel, _name(seen)
    who = (seen.by if not seen.ours else "") or seen.assignee or origin
    if is_open(incident):
        if seen.state in {"resolved", "closed"}:
            return (Resolved(at=now, by=seen.ended_by or who, text=seen.close_notes, origin=origin),)
        if seen.state == "cancelled" and watch.state not in {"", "cancelled"} and not seen.ours:
            return (Noted(at=now, by=who, text=f"{ticket} was cancelled", origin=origin),)
        if seen.state == "in_progress" and not incident.acknowledged_by and _by_people(watch, seen, sent):
            return (Acknowledged(at=now, by=seen.assignee or who, origin=origin),)
        return ()
    if watch.state in ENDED and seen.state not in ENDED:
        return (Noted(at=now, by=who, text=f"{ticket} was reopened", origin=origin),)
    return ()


def _by_people(watch: TicketWatch, seen: TicketSeen, sent: int) -> bool:
    """Whoever changed it last did; where aright has only added a note since, the state moved without it."""
    moved = watch.state not in {"", "in_progress"} and watch.sent == sent
    return not seen.ours or moved
