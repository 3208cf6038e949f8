"""Watching tickets: what people do where a ticket is kept is done here, too, once and without an echo.

What is due is taken in one transaction, read outside of any, and settled in another; what was sent to a
ticket meanwhile makes what was read of it old, and it is read again at the next look.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from aright.core.incident import IllegalEventError, Resolved
from aright.core.incident.events import Acknowledged, Noted
from aright.core.model.heard import Heard
from aright.core.model.incident import Incident, State
from aright.core.model.message import Due
from aright.core.model.outlet import ExternalRef
from aright.core.model.ticket import TicketWatch
from aright.core.model.times import DAY
from aright.core.page.body import read_page
from aright.core.page.ticketing import done_there
from aright.engine.happening import happen
from aright.engine.hearing import LEARN, person_of
from aright.engine.operations import Happening
from aright.engine.ticket_dues import EVERY, SOON, TICKETS, look_at
from aright.ports.tickets import TicketsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aright.core.incident import Event
    from aright.core.model.message import Message
    from aright.core.model.ticket import TicketSeen
    from aright.core.model.times import Micros
    from aright.engine.world import World
    from aright.ports.state import Transaction
    from aright.ports.tickets import Tickets

_log = logging.getLogger(__name__)

LATELY: Final = 500
"""References among which new ones are looked for: those that were put last."""

MOST: Final = 1_000
"""Tickets of one look."""

AT_ONCE: Final = 50
"""Of these, so many are read and settled before the next."""

LONGEST: Final[Micros] = 30 * DAY
"""How long after its incident was resolved a ticket is looked at."""

MOST_TOLD: Final = 500
"""Ids of notes that are kept of a ticket: more than one look brings."""


_Wait = Literal["", "soon"]
"""Until the next look: as always, or soon, since what is to be told first is on its way."""


@dataclass(frozen=True, slots=True)
class _Looked:
    """A ticket that is to be read.

    Attributes:
        ref: where it is.
        watch: how far it had been looked at.
        sent: how many messages that move it had been sent.
    """

    ref: ExternalRef
    watch: TicketWatch
    sent: int


def run_tickets(world: World, due: Due) -> None:
    """Look at a channel's tickets, and do what people did there; the next look is due a minute later."""
    tickets = world.tickets.get(due.subject)
    with world.state.transaction() as tx:
        now = world.clock.now()
        if all(each.key != due.key for each in tx.take_due(now, only=TICKETS)):
            return  # another replica took it
        if tickets is None:
            tx.done(due.key)
            return
        found = _to_look_at(tx, due.subject, now)
        looked = [each for each in found if isinstance(each, _Looked)]
        look_at(tx, due.subject, now + (SOON if "soon" in found else EVERY))
    if any(list(_crossed(world, tickets, looked))):
        with world.state.transaction() as tx:
            look_at(tx, due.subject, world.clock.now() + SOON)


def _crossed(world: World, tickets: Tickets, looked: Sequence[_Looked]) -> Iterator[bool]:
    """Read and settle, some tickets after the others, until the other system answers no more."""
    for at in range(0, len(looked), AT_ONCE):
        try:
            yield _read(world, tickets, looked[at : at + AT_ONCE])
        except TicketsError as error:
            text = "the tickets of %s could not be read, which is tried again: %s"
            _log.warning(text, tickets.name, error)
            return
        except Exception:  # noqa: BLE001 - one odd ticket must not end the watch over all, which is due again
            _log.exception("looking at tickets of %s broke", tickets.name)


def _read(world: World, tickets: Tickets, looked: Sequence[_Looked]) -> bool:
    """Read and settle some tickets; return whether a message crossed the look at any."""
    seen = {each.id: each for each in tickets.read([each.ref for each in looked])}
    kept = [_settle(world, each, seen[each.ref.id]) for each in looked if each.ref.id in seen]
    return not all(kept)


def _to_look_at(tx: Transaction, channel: str, now: Micros) -> list[_Looked | _Wait]:
    """Return the tickets of incidents under way, or how long to wait where something is to be told first."""
    watches = {each.key: each for each in tx.list(TicketWatch, tag="open", limit=MOST)}
    refs = [each for each in tx.list(ExternalRef, limit=LATELY) if each.channel == channel]
    known = tx.get_all(TicketWatch, [ref.key for ref in refs])
    for ref in refs:
        if ref.key not in known:
            watches[ref.key] = TicketWatch(key=ref.key, channel=channel, incident=ref.incident, since=now)
    return [_one(tx, watch, now) for watch in watches.values() if watch.channel == channel]


def _one(tx: Transaction, watch: TicketWatch, now: Micros) -> _Looked | _Wait:
    ref, incident = tx.get(ExternalRef, watch.key), tx.get(Incident, watch.incident)
    if ref is None or incident is None or _is_over(incident, now):
        tx.put(msgspec.structs.replace(watch, over=True))
        return ""
    messages = tx.messages(watch.incident)
    sent = _sent(messages, watch.channel)
    if sent is not None:
        return _Looked(ref, watch, sent)
    waiting = [each for each in messages if each.channel == watch.channel and each.status == "pending"]
    return "" if any(each.attempts > 1 for each in waiting) else "soon"


def _is_over(incident: Incident, now: Micros) -> bool:
    ended = incident.resolved_at and now - incident.resolved_at > LONGEST
    return incident.state in {State.CLOSED, State.MERGED} or bool(ended)


def _sent(messages: Sequence[Message], channel: str) -> int | None:
    """Return how many messages that move a ticket were sent to it; ``None`` while any waits."""
    ours = [message for message in messages if message.channel == channel]
    if any(message.status == "pending" for message in ours):
        return None
    return sum(message.status == "sent" and _moves(message) for message in ours)


def _moves(message: Message) -> bool:
    try:
        return read_page(message.body).action != "note"
    except msgspec.MsgspecError:
        return False


def _settle(world: World, looked: _Looked, seen: TicketSeen) -> bool:
    """Do what people did, and remember how far the ticket was looked at, all or nothing.

    Returns ``False`` where something was told to it meanwhile: what was seen is old.
    """
    with world.state.transaction() as tx:
        now, watch = world.clock.now(), looked.watch
        incident = tx.get(Incident, watch.incident)
        same = tx.get(ExternalRef, watch.key) == looked.ref
        if incident is None or not same or _sent(tx.messages(watch.incident), watch.channel) != looked.sent:
            return False
        events = done_there(incident, watch, seen, sent=looked.sent, now=now)
        for event in events:
            _happen(world, tx, incident.key, _by_person(tx, event, seen, watch.channel))
        _remember(tx, looked, seen)
    if events:
        world.happenings.tell(Happening(kind="incident", key=watch.incident))
    return True


def _happen(world: World, tx: Transaction, key: str, event: Event) -> None:
    try:
        happen(world, tx, tx.get(Incident, key), event)
    except IllegalEventError as illegal:
        _log.info("%s takes no more of what its ticket says: %s", key, illegal)
        return
    if isinstance(event, Resolved):
        tx.schedule(Due(key=f"{LEARN}:{key}", task=LEARN, subject=key, due_at=event.at))


def _by_person(tx: Transaction, event: Event, seen: TicketSeen, channel: str) -> Event:
    """Name whoever did it as the catalog does."""
    if not isinstance(event, Acknowledged | Noted | Resolved):
        return event
    also = seen.also.get(event.by, ())
    told = Heard(ids=(), channel=channel, kind="note", at=event.at, by=event.by, names=also)
    return replace(event, by=person_of(tx, told))


def _remember(tx: Transaction, looked: _Looked, seen: TicketSeen) -> None:
    ids = tuple(note.id for note in seen.notes)
    told = tuple(dict.fromkeys((*looked.watch.told, *ids)))[-MOST_TOLD:]
    after = msgspec.structs.replace(looked.watch, state=seen.state, sent=looked.sent, told=told)
    if tx.get(TicketWatch, after.key) != after:
        tx.put(after)
    if seen.word and seen.word != looked.ref.state:
        tx.put(msgspec.structs.replace(looked.ref, state=seen.word))
