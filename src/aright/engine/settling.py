"""Settling: what became of a message is committed with all that follows from it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.incident.events import Noted, PageFailed, PageSent
from aright.core.model.incident import Incident, State
from aright.core.page.body import read_page
from aright.engine.happening import happen
from aright.engine.operations import Happening
from aright.ports.state import FencedError

if TYPE_CHECKING:
    from aright.core.incident.effects import PageAction
    from aright.core.model.message import Lease, Message
    from aright.engine.attempts import Outcome
    from aright.engine.world import World
    from aright.ports.state import Transaction

_LOG: Final = logging.getLogger(__name__)


def settle(world: World, lease: Lease, outcome: Outcome) -> bool:
    """Commit an outcome; return whether it counts, or another has the message since the lease ran out."""
    try:
        with world.state.transaction() as tx:
            if outcome.sent:
                tx.message_sent(lease)
            else:
                tx.message_failed(lease, error=outcome.text, retry_at=outcome.retry_at)
            settled(world, tx, outcome)
    except FencedError:
        _LOG.warning("message %s took longer than its lease; another worker has it", lease.message.id)
        return False
    if outcome.message.incident:
        world.happenings.tell(Happening(kind="incident", key=outcome.message.incident))
    return True


def settled(world: World, tx: Transaction, outcome: Outcome) -> None:
    """Tell the incident what became of a message; in the transaction that settles it.

    Args:
        world: the ports.
        tx: open; the message is settled in it already.
        outcome: with the receipt, where the receiver accepted it.
    """
    message = outcome.message
    incident = tx.get(Incident, message.incident)
    action = _action(message)
    if incident is None:
        return
    if action is None:
        if not outcome.sent and outcome.retry_at is None and incident.state is not State.CLOSED:
            text = f"a message could not be told through {message.channel}: {outcome.text}"[:1_000]
            happen(world, tx, incident, Noted(at=outcome.at, by="aright", text=text))
        return
    if outcome.sent:
        sent = PageSent(
            at=outcome.at,
            action=action,
            message=message.id,
            channel=message.channel,
            attempts=message.attempts,
        )
        happen(world, tx, incident, sent)
        return
    failed = PageFailed(
        at=outcome.at,
        action=action,
        message=message.id,
        channel=message.channel,
        attempts=message.attempts,
        error=outcome.text,
        permanent=outcome.retry_at is None,
    )
    happen(world, tx, incident, failed)


def _action(message: Message) -> PageAction | None:
    try:
        action = read_page(message.body).action
    except msgspec.MsgspecError:
        return None  # a message that is no page has no line in the timeline
    if action == "acknowledge":
        return "acknowledge"
    if action == "resolve":
        return "resolve"
    return "trigger" if action == "trigger" else None  # updates and reminders have lines of their own
