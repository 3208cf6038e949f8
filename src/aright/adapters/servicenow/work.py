"""Bringing an incident's ticket to where a message has it: asked first, written once, looked at again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

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
from aright.adapters.servicenow.words import (
    close_notes,
    correlation_of,
    description,
    mark_of,
    marked,
    note,
    short_description,
)

if TYPE_CHECKING:
    from aright.adapters.servicenow.config import ServiceNowConfig
    from aright.adapters.servicenow.ticket import Standing, Ticket
    from aright.adapters.servicenow.wire import Wire
    from aright.core.model.message import Message
    from aright.core.page.body import PageBody

QUOTA: Final = 65.0
"""Seconds after which no request can come late: by default an instance ends those of the Table API after 60 s
(its quota rule "REST Table API request timeout")."""

_PATIENT: Final = 5
"""Attempts of what may overtake the message that makes the ticket."""

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
        self._beside = message.dedup_key.count("/") > 1  # it waits for no other message
        self._attempts = message.attempts
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
            if self._beside and self._attempts < _PATIENT:
                raise WireError("its ticket is not made yet", retry_after=self._config.settle)
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
            return self._move(ticket, self._weight())
        if ticket.state == RESOLVED:
            return self._move(ticket, {"state": IN_PROGRESS, **self._weight()})
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
            "correlation_display": marked("", self._mark),
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
            case "note":
                return self._note(ticket)
            case "acknowledge" if ticket.state in OPEN:
                assigned = {"assigned_to": self._page.address} if self._page.address else {}
                return self._move(ticket, {"state": IN_PROGRESS, **assigned})
            case "resolve" if ticket.state in OPEN:
                return self._move(ticket, {"state": RESOLVED, **self._end()})
            case "close" if ticket.state in OPEN:
                return self._move(ticket, {"state": CLOSED, **self._end()})
            case "close" if ticket.state == RESOLVED:
                return self._move(ticket, {"state": CLOSED})
            case _:
                return ticket, f"{ticket.number} was over already"

    def _end(self) -> dict[str, str]:
        said = close_notes(self._page, self._config.close_notes)
        return {"close_code": self._config.close_code, "close_notes": said}

    def _note(self, ticket: Ticket) -> tuple[Ticket | None, str]:
        """Write a work note; one to what people have closed may be refused, and is then not for telling.

        Nothing takes a work note back: where its answer was lost, it is looked for once it can come no more.
        """
        try:
            return self._write(ticket, {"work_notes": note(self._page, self._mark)})
        except WireError as error:
            if error.status == 403 and ticket.state in {CLOSED, CANCELLED}:
                return ticket, f"{ticket.number} is closed and takes no more notes"
            if error.lost:
                error.retry_after = max(error.retry_after or 0.0, QUOTA)
            raise

    def _move(self, ticket: Ticket, fields: dict[str, str]) -> tuple[Ticket | None, str]:
        """Set fields: that may be done twice without harm, so that the mark is a field, too."""
        marks = {"correlation_display": marked(ticket.marks, self._mark)}
        return self._write(ticket, {**fields, **marks})

    def _write(self, ticket: Ticket, fields: dict[str, str]) -> tuple[Ticket, str]:
        row = self._wire.update(self._config.table, ticket.sys_id, fields, NAMES, until=self._until)
        return ticket_of(row), f"told {ticket.number}"

    def _weight(self) -> dict[str, str]:
        impact, urgency = self._config.weight(self._page.severity)
        return {"impact": impact, "urgency": urgency}
