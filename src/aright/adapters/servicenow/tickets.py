"""One ticket per incident, though ServiceNow knows no key by which a repeated request is known.

A ticket is looked for by its correlation id before it is made, after every unknown outcome, and once more
after it was made; of several, which a late or a second writer may have made, the oldest is kept. Every work
note carries a mark of its message, so that a message that comes again is known.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import msgspec

from aright.adapters.servicenow.errors import WireError
from aright.adapters.servicenow.ticket import (
    CANCELLED,
    CLOSED,
    DOUBLE,
    IN_PROGRESS,
    MOST_TURNS,
    NAMES,
    OPEN,
    RESOLVED,
    Standing,
    Ticket,
    stand,
    ticket_of,
    turns,
)
from aright.adapters.servicenow.wire import Wire
from aright.adapters.servicenow.words import correlation_of, description, mark_of, note, short_description
from aright.core.model.outlet import ExternalRef, Receipt
from aright.core.page.body import read_page
from aright.ports.channel import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.adapters.servicenow.config import ServiceNowConfig
    from aright.core.model.message import Message
    from aright.core.page.body import PageBody
    from aright.ports.channel import Kind, Rate

TAKES: Final = frozenset({"trigger", "acknowledge", "note", "resolve", "close"})
LONGEST: Final = 25.0
"""Seconds for all requests of one message."""

_MOST_FOUND: Final = 60
_NOT_FOR_US: Final = frozenset({400, 403, 404, 422})
"""Answers to a change that this user may not make, or that nobody can."""


class ServiceNow:
    """Keeps one ticket for each incident; thread-safe.

    Args:
        name: the channel's.
        config: which instance, as whom, and what tickets carry.
        now: Unix seconds.
    """

    kind: Kind = "tickets"
    takes = TAKES
    rate: Rate | None = None

    def __init__(self, name: str, config: ServiceNowConfig, *, now: Callable[[], float] = time.time) -> None:
        self.name = name
        self._config = config
        self._now = now
        self._wire = Wire(config, now)

    def deliver(self, message: Message) -> Receipt:
        """Bring the incident's ticket to where the message has it; raises ``DeliveryError``."""
        page = _page(message)
        work = _Work(self._config, self._wire, page, message, time.monotonic() + LONGEST)
        try:
            ticket, said = work.do()
        except WireError as error:
            raise DeliveryError(
                str(error),
                permanent=error.permanent,
                retry_after=error.retry_after,
                whole=error.whole,
            ) from None
        return Receipt(answer=said, ref=self._ref(page, ticket) if ticket else None)

    def close(self) -> None:
        """Let go of the connections."""
        self._wire.close()

    def _ref(self, page: PageBody, ticket: Ticket) -> ExternalRef:
        return ExternalRef(
            key=f"{self.name}/{page.incident}",
            channel=self.name,
            incident=page.incident,
            id=ticket.sys_id,
            number=ticket.number,
            link=link_of(self._config, ticket.sys_id),
            state=ticket.told or ticket.state,
            seen_at=int(self._now() * 1_000_000),
        )


def link_of(config: ServiceNowConfig, sys_id: str) -> str:
    """Return a ticket's page."""
    inner = f"%2F{config.table}.do%3Fsys_id%3D{sys_id}"
    return f"{config.url.rstrip('/')}/nav_to.do?uri={inner}"


class _Work:
    """What one message asks for."""

    def __init__(
        self, config: ServiceNowConfig, wire: Wire, page: PageBody, message: Message, until: float
    ) -> None:
        self._config = config
        self._wire = wire
        self._page = page
        self._until = until
        self._root = correlation_of(message.dedup_key)
        self._mark = mark_of(message.id)
        self._left: list[str] = []

    def do(self) -> tuple[Ticket | None, str]:
        """Return the ticket and what was done."""
        ticket, said = self._do()
        left = f"; {', '.join(self._left)} should be cancelled and cannot be by this user"
        return ticket, said + (left if self._left else "")

    def _do(self) -> tuple[Ticket | None, str]:
        standing = self._look()
        ticket = standing.ticket
        if ticket is not None and ticket.knows(self._mark):
            return ticket, f"{ticket.number} knows it already"
        if self._page.action == "trigger":
            return self._trigger(standing)
        if ticket is None:
            return None, "there is no ticket that this could be told to"
        return self._change(ticket)

    def _look(self) -> Standing:
        """Read what there is; doubles are cancelled on the way."""
        query = f"correlation_idIN{','.join(turns(self._root))}^ORDERBYsys_created_on"
        rows = self._wire.rows(self._config.table, query, NAMES, limit=_MOST_FOUND, until=self._until)
        standing = stand((ticket_of(row) for row in rows), self._root)
        for double in standing.doubles:
            self._cancel(double, standing)
        return standing

    def _cancel(self, double: Ticket, standing: Standing) -> None:
        kept = standing.ticket.number if standing.ticket else "another ticket"
        said = f"{DOUBLE}{kept}: it was made twice because an answer was lost on the way. Work goes on there."
        code = self._config.close_code
        fields = {"state": CANCELLED, "close_code": code, "close_notes": said, "work_notes": said}
        try:
            self._write(double, fields)
        except WireError as error:
            if error.status not in _NOT_FOR_US:
                raise
            self._left.append(double.number)  # people must: the message itself is worth more than tidiness

    def _trigger(self, standing: Standing) -> tuple[Ticket | None, str]:
        ticket = standing.ticket
        if ticket is None:
            return self._make(1, "")
        if ticket.state in OPEN:
            return self._tell(ticket, {**self._weight(), "work_notes": self._note("Told once more")})
        if ticket.state == RESOLVED:
            fields = {"state": IN_PROGRESS, "work_notes": self._note("Reopened: the harm came back")}
            return self._tell(ticket, {**fields, **self._weight()})
        return self._make(standing.turn + 1, f"The harm came back: this follows {ticket.number}.")

    def _make(self, turn: int, follows: str) -> tuple[Ticket | None, str]:
        """Make a ticket, then look whether it is alone."""
        if turn > MOST_TURNS:
            raise WireError(f"the incident has had {MOST_TURNS} tickets already", permanent=True)
        made = ticket_of(
            self._wire.insert(self._config.table, self._fields(turn, follows), NAMES, until=self._until)
        )
        seen = self._look().ticket
        blind = "" if seen else "; it cannot be read back: without the right to read, there will be doubles"
        return seen or made, f"made {made.number}{blind}"

    def _fields(self, turn: int, follows: str) -> dict[str, str]:
        config = self._config
        own = {
            "short_description": short_description(self._page),
            "description": description(self._page),
            "correlation_id": turns(self._root)[turn - 1],
            "correlation_display": self._mark,
            "assignment_group": config.assignment_group,
            "caller_id": config.caller,
            "category": config.category,
            "subcategory": config.subcategory,
            "cmdb_ci": config.configuration_item,
            "work_notes": follows,
        }
        return {**config.extra, **{name: value for name, value in own.items() if value}, **self._weight()}

    def _change(self, ticket: Ticket) -> tuple[Ticket | None, str]:
        match self._page.action:
            case "acknowledge":
                return self._acknowledge(ticket)
            case "resolve" if ticket.state in OPEN:
                return self._tell(ticket, {"state": RESOLVED, **self._end("Resolved")})
            case "close" if ticket.state in OPEN | {RESOLVED}:
                return self._tell(ticket, {"state": CLOSED, **self._end("Closed")})
            case "resolve" | "close":
                return ticket, f"{ticket.number} was over already"
            case _:
                return self._tell(ticket, {"work_notes": self._note("")})

    def _acknowledge(self, ticket: Ticket) -> tuple[Ticket | None, str]:
        fields = {"work_notes": self._note("Taken on")}
        if ticket.state in OPEN:
            fields["state"] = IN_PROGRESS
            if self._page.address:
                fields["assigned_to"] = self._page.address
        return self._tell(ticket, fields)

    def _end(self, said: str) -> dict[str, str]:
        text = f"{self._config.close_notes} {self._page.text}".strip()
        notes = note(msgspec.structs.replace(self._page, text=text), said, "").strip()
        return {
            "close_code": self._config.close_code,
            "close_notes": notes,
            "work_notes": self._note(said),
        }

    def _tell(self, ticket: Ticket, fields: dict[str, str]) -> tuple[Ticket | None, str]:
        """Write; a note to what people have closed may be refused, and is then not for telling."""
        try:
            return self._write(ticket, fields), f"told {ticket.number}"
        except WireError as error:
            if error.status == 403 and ticket.state in {CLOSED, CANCELLED}:
                return ticket, f"{ticket.number} is closed and takes no more notes"
            raise

    def _write(self, ticket: Ticket, fields: dict[str, str]) -> Ticket:
        return ticket_of(
            self._wire.update(self._config.table, ticket.sys_id, fields, NAMES, until=self._until)
        )

    def _note(self, said: str) -> str:
        return note(self._page, said, self._mark)

    def _weight(self) -> dict[str, str]:
        impact, urgency = self._config.weight(self._page.severity)
        return {"impact": impact, "urgency": urgency}


def _page(message: Message) -> PageBody:
    try:
        page = read_page(message.body)
    except msgspec.MsgspecError as error:
        raise DeliveryError(f"the message is no page: {error}", permanent=True) from error
    if page.action not in TAKES:
        raise DeliveryError(f"a ticket has no use for {page.action[:40]!r}", permanent=True)
    if not message.dedup_key:
        raise DeliveryError(
            "the message has no dedup key: its ticket could not be found again", permanent=True
        )
    return page
