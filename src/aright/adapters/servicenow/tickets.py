"""One ticket per incident, though ServiceNow knows no key by which a repeated request is known.

A ticket is looked for by its correlation id before it is made, after every unknown outcome, and once more
after it was made; of several, which a late or a second writer may have made, the oldest is kept. A message's
mark stands in a field of the ticket, or in its work note, so that one that comes again is known.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import msgspec

from aright.adapters.servicenow.errors import WireError
from aright.adapters.servicenow.hook import ServiceNowHook
from aright.adapters.servicenow.reading import Reading
from aright.adapters.servicenow.wire import Wire
from aright.adapters.servicenow.work import Work
from aright.core.model.outlet import ExternalRef, Receipt
from aright.core.page.body import read_page
from aright.ports.channel import DeliveryError
from aright.ports.tickets import TicketsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aright.adapters.servicenow.config import ServiceNowConfig
    from aright.adapters.servicenow.ticket import Ticket
    from aright.core.model.message import Message
    from aright.core.model.ticket import TicketSeen
    from aright.core.page.body import PageBody
    from aright.ports.channel import Kind, Rate

TAKES: Final = frozenset({"trigger", "acknowledge", "note", "resolve", "close"})
LONGEST: Final = 25.0
"""Seconds for all requests of one message."""


class ServiceNow:
    """Keeps one ticket for each incident, and reads what people do with it; thread-safe.

    Attributes:
        hook: believes the instance's webhooks.

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
        self.hook = ServiceNowHook(name, config.webhook_secret)

    def deliver(self, message: Message) -> Receipt:
        """Bring the incident's ticket to where the message has it; raises ``DeliveryError``."""
        page = _page(message)
        work = Work(self._config, self._wire, page, message, time.monotonic() + LONGEST)
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

    def read(self, refs: Sequence[ExternalRef]) -> Sequence[TicketSeen]:
        """Return these tickets as they stand, and cancel doubles that came up late; see ``Tickets``."""
        try:
            return Reading(self._config, self._wire, time.monotonic() + LONGEST).read(refs)
        except WireError as error:
            raise TicketsError(str(error)) from None

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
