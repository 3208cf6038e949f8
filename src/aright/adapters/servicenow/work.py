"""Bringing an incident's ticket to where a message has it: asked first, written once, looked at again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.adapters.servicenow.doubles import cancel
from aright.adapters.servicenow.errors import WireError
from aright.adapters.servicenow.ticket import (
    CANCELLED,
    CLOSED,
    IN_PROGRESS,
    MOST_TURNS,
    NAMES,
    OPEN,
    RESOLVED,
    stand,
    ticket_of,
    turns,
)
from aright.adapters.servicenow.words import correlation_of, description, mark_of, note, short_description

if TYPE_CHECKING:
    from aright.adapters.servicenow.config import ServiceNowConfig
    from aright.adapters.servicenow.ticket import Standing, Ticket
    from aright.adapters.servicenow.wire import Wire
    from aright.core.model.message import Message
    from aright.core.page.body import PageBody

_MOST_FOUND: Final = 60


class Work:
    """What one message asks for.

    Args:
        config: what tickets carry.
        wire: asks the instance.
        page: the message's body.
        message: with its id and key.
        until: a monotonic time by which all of it is done (seconds).
    """

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
            if not cancel(self._config, self._wire, double, standing.ticket, until=self._until):
                self._left.append(double.number)
        return standing

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
