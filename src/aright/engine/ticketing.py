"""What other systems answer: what they call an incident, and how far its ticket has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from aright.core.incident.effects import Record, Step
from aright.core.incident.paging import TELL_AT
from aright.core.model.outlet import ExternalRef
from aright.engine.commit import commit

if TYPE_CHECKING:
    from aright.core.model.incident import Incident
    from aright.engine.attempts import Outcome
    from aright.engine.world import World
    from aright.ports.state import Transaction


def keep_ref(tx: Transaction, outcome: Outcome) -> ExternalRef | None:
    """Keep what the receiver calls the incident, beside what was known of it; return that if it is news."""
    said = outcome.receipt.ref if outcome.receipt is not None else None
    if said is None or not said.id:
        return None
    before = tx.get(ExternalRef, said.key)
    same = before if before is not None and before.id == said.id else None
    if same is not None:
        said = msgspec.structs.replace(
            said,
            number=said.number or same.number,
            link=said.link or same.link,
            state=said.state or same.state,
            seen_at=max(said.seen_at, same.seen_at),
        )
    tx.put(msgspec.structs.replace(said, seen_at=said.seen_at or outcome.at))
    return said if same is None else None


def ticket_told(
    world: World, tx: Transaction, incident: Incident, outcome: Outcome, ref: ExternalRef | None
) -> None:
    """Write down that a ticket was made, or could not be; how far it went on from there, it says itself."""
    channel, attempts = outcome.message.channel, outcome.message.attempts
    if ref is not None:
        name = ref.number or ref.id
        text = f"{name} of {channel} is this incident's ticket{f': {ref.link}' if ref.link else ''}"
    elif outcome.sent:
        return
    elif outcome.retry_at is None:
        text = f"{channel} could not be told (it will not be tried again): {outcome.text}"
    elif attempts in TELL_AT:
        text = f"{channel} could not be told (attempt {attempts}, tried again): {outcome.text}"
    else:
        return
    line = Record(at=outcome.at, kind="ticket", text=text[:1_000], refs=(outcome.message.id,))
    commit(tx, Step(incident, (line,)), outlets=world.outlets, base_url=world.public_url)
