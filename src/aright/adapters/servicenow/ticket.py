"""A ticket as it stands, and which of several counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.adapters.servicenow.words import signed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aright.adapters.servicenow.wire import Row

NEW, IN_PROGRESS, ON_HOLD, RESOLVED, CLOSED, CANCELLED = "1", "2", "3", "6", "7", "8"
OPEN: Final = frozenset({NEW, IN_PROGRESS, ON_HOLD})

NAMES: Final = "sys_id,number,state,correlation_id,correlation_display,sys_created_on,close_notes,work_notes"
"""Fields that are read of a ticket."""

DOUBLE: Final = "Double of "
"""Close notes of a double begin so."""

MOST_TURNS: Final = 12
"""How often one incident may get another ticket because people closed the last one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """A record of the table.

    Attributes:
        sys_id: its key.
        number: what people call it.
        state: the code.
        told: the state in the instance's own word.
        correlation: its correlation id.
        marks: of the last messages that made or moved it: its ``correlation_display``.
        created: when, as the instance writes it (UTC, seconds).
        close_notes: as they are.
        journal: its work notes as people read them.
    """

    sys_id: str
    number: str
    state: str
    told: str
    correlation: str
    marks: str
    created: str
    close_notes: str
    journal: str

    def knows(self, mark: str) -> bool:
        """Return whether a message was taken already: it made or moved it, or stands in its journal."""
        return mark in self.marks or signed(mark) in self.journal


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What an incident has there.

    Attributes:
        ticket: the one that counts; ``None`` while there is none.
        turn: the how manieth it is, from 1; 0 while there is none.
        doubles: what is to be cancelled: made more than once because an answer was lost.
    """

    ticket: Ticket | None = None
    turn: int = 0
    doubles: tuple[Ticket, ...] = ()


def ticket_of(row: Row) -> Ticket:
    """Read a record; fields that it lacks are empty."""

    def value(name: str) -> str:
        return (row[name].value if name in row else "") or ""

    def shown(name: str) -> str:
        return (row[name].display_value if name in row else "") or ""

    return Ticket(
        sys_id=value("sys_id"),
        number=value("number"),
        state=value("state"),
        told=shown("state"),
        correlation=value("correlation_id"),
        marks=value("correlation_display"),
        created=value("sys_created_on"),
        close_notes=value("close_notes"),
        journal=shown("work_notes"),
    )


def turns(root: str) -> list[str]:
    """Return the correlation ids of an incident's tickets, the first one's first.

    >>> turns("aright-INC-7-5/snow")[:2]
    ['aright-INC-7-5/snow', 'aright-INC-7-5/snow#2']
    """
    return [root if turn == 1 else f"{root}#{turn}" for turn in range(1, MOST_TURNS + 1)]


def stand(tickets: Iterable[Ticket], root: str) -> Standing:
    """Return which ticket counts: of the last turn the oldest that nobody cancelled.

    The instance is not trusted to have read the query as meant: a condition on a field that it does not know
    it drops, and every ticket there is comes back.
    """
    names = turns(root)
    found: dict[int, list[Ticket]] = {}
    for ticket in tickets:
        if ticket.sys_id and ticket.correlation in names:
            found.setdefault(names.index(ticket.correlation) + 1, []).append(ticket)
    doubles: list[Ticket] = []
    for each in found.values():
        kept = _kept(each)
        doubles += [one for one in each if one is not kept and one.state != CANCELLED]
    if not found:
        return Standing()
    turn = max(found)
    return Standing(ticket=_kept(found[turn]), turn=turn, doubles=tuple(doubles))


def _kept(tickets: Sequence[Ticket]) -> Ticket:
    return min(tickets, key=_order)


def _order(ticket: Ticket) -> tuple[bool, bool, str, str, str]:
    cancelled = ticket.state == CANCELLED
    double = cancelled and ticket.close_notes.startswith(DOUBLE)
    return (double, cancelled, ticket.created, ticket.number, ticket.sys_id)
