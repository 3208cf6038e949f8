"""Tickets in memory: what a system that keeps them promises, and nothing that a network could do to it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.model.outlet import ExternalRef, Receipt
from aright.core.model.ticket import TicketNote, TicketSeen
from aright.core.page.body import read_page
from aright.ports.channel import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.message import Message
    from aright.core.model.ticket import TicketState
    from aright.core.page.body import PageBody
    from aright.ports.channel import Kind, Rate

TAKES: Final = frozenset({"trigger", "acknowledge", "note", "resolve", "close"})
_OPEN: Final = frozenset({"new", "in_progress", "on_hold"})


class MemoryTickets:
    """Keeps one ticket for each dedup key; thread-safe.

    Args:
        name: the channel's.
    """

    kind: Kind = "tickets"
    takes = TAKES
    rate: Rate | None = None

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._tickets: dict[str, TicketSeen] = {}
        self._of_key: dict[str, str] = {}
        self._known: set[str] = set()
        self._wrote: list[str] = []

    def deliver(self, message: Message) -> Receipt:
        """Bring the incident's ticket to where the message has it; raises ``DeliveryError``."""
        try:
            page = read_page(message.body)
        except msgspec.MsgspecError as error:
            raise DeliveryError(f"the message is no page: {error}", permanent=True) from error
        if page.action not in TAKES or not message.dedup_key:
            raise DeliveryError("a ticket has no use for this message", permanent=True)
        with self._lock:
            if message.id not in self._known and (page.action == "trigger" or self._of(message)):
                self._known.add(message.id)
                self._take(message, page)
            ticket = self._of(message)
            return Receipt(answer="taken", ref=self._ref(page, ticket) if ticket else None)

    def read(self, refs: Sequence[ExternalRef]) -> Sequence[TicketSeen]:
        """Return these tickets as they stand."""
        with self._lock:
            return [self._tickets[ref.id] for ref in refs if ref.id in self._tickets]

    @property
    def tickets(self) -> list[TicketSeen]:
        """All tickets, oldest first."""
        with self._lock:
            return list(self._tickets.values())

    @property
    def wrote(self) -> list[str]:
        """What aright wrote into tickets, oldest first."""
        with self._lock:
            return list(self._wrote)

    def by_hand(
        self, key: str, *, by: str, state: TicketState | None = None, text: str = "", assignee: str = ""
    ) -> None:
        """Let somebody change a ticket, or write into it.

        Args:
            key: the ticket's.
            by: who does it.
            state: where it stands then; ``None`` leaves it.
            text: a note, or how it ended.
            assignee: who works on it then; empty leaves it.
        """
        with self._lock:
            ticket = self._tickets[key]
            if state is None and text:
                note = TicketNote(id=f"{key}/{len(ticket.notes)}", by=by, text=text)
                ticket = msgspec.structs.replace(ticket, notes=(*ticket.notes, note))
            elif state is not None:
                ended = by if state in {"resolved", "closed"} else ""
                ticket = msgspec.structs.replace(
                    ticket, state=state, word=state, close_notes=text, ended_by=ended
                )
            self._tickets[key] = msgspec.structs.replace(
                ticket, by=by, ours=False, assignee=assignee or ticket.assignee
            )

    def _take(self, message: Message, page: PageBody) -> None:
        ticket = self._of(message)
        if page.action == "trigger" and (ticket is None or ticket.state in {"closed", "cancelled"}):
            key = f"ticket-{len(self._tickets) + 1}"
            self._of_key[message.dedup_key] = key
            number = f"T{len(self._tickets) + 1}"
            self._tickets[key] = TicketSeen(id=key, state="new", number=number, word="new", ours=True)
            return
        if ticket is None:
            return
        state = _after(ticket.state, page.action)
        self._wrote.append(f"{page.action} {page.text}".strip())
        self._tickets[ticket.id] = msgspec.structs.replace(
            ticket,
            state=state,
            word=state,
            by="aright",
            ours=True,
            assignee=page.address or ticket.assignee if page.action == "acknowledge" else ticket.assignee,
        )

    def _of(self, message: Message) -> TicketSeen | None:
        return self._tickets.get(self._of_key.get(message.dedup_key, ""))

    def _ref(self, page: PageBody, ticket: TicketSeen) -> ExternalRef:
        return ExternalRef(
            key=f"{self.name}/{page.incident}",
            channel=self.name,
            incident=page.incident,
            id=ticket.id,
            number=ticket.number,
            state=ticket.word,
        )


def _after(state: TicketState, action: str) -> TicketState:
    """Return where a ticket stands after a message; what people have ended, only harm begins again."""
    if action == "trigger":
        return "in_progress" if state == "resolved" else state
    if action == "close" and state in {*_OPEN, "resolved"}:
        return "closed"
    if state not in _OPEN:
        return state
    if action == "acknowledge":
        return "in_progress"
    return "resolved" if action == "resolve" else state
