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
from aright.engine.paging import Page, told
from aright.engine.ticketing import keep_ref, ticket_told
from aright.ports.state import FencedError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.core.incident.effects import PageAction
    from aright.core.model.message import Lease, Message
    from aright.core.page.body import PageBody
    from aright.engine.attempts import Outcome
    from aright.engine.world import World
    from aright.ports.state import Transaction

_LOG: Final = logging.getLogger(__name__)


def settle(world: World, lease: Lease, outcome: Outcome) -> bool:
    """Commit an outcome; return whether it counts, or another has the message since the lease ran out."""
    try:
        _settle_and_tell(world, lease, outcome)
    except FencedError:
        _LOG.warning("message %s took longer than its lease; another worker has it", lease.message.id)
        return False
    if outcome.message.incident:
        world.happenings.tell(Happening(kind="incident", key=outcome.message.incident))
    return True


def _settle_and_tell(world: World, lease: Lease, outcome: Outcome) -> None:
    try:
        _settle(world, lease, outcome, settled)
    except (FencedError, UnreachableError):
        raise
    except Exception:  # noqa: BLE001 - a defect in what is told must not have the same message sent for ever
        _LOG.exception("message %s is settled, but what became of it is told nowhere", lease.message.id)
        _settle(world, lease, outcome, lambda _world, _tx, _outcome: None)


def _settle(
    world: World, lease: Lease, outcome: Outcome, tell: Callable[[World, Transaction, Outcome], None]
) -> None:
    with world.state.transaction() as tx:
        if outcome.sent:
            tx.message_sent(lease)
        else:
            tx.message_failed(lease, error=outcome.text, retry_at=outcome.retry_at)
        tell(world, tx, outcome)


def settled(world: World, tx: Transaction, outcome: Outcome) -> None:
    """Tell the incident what became of a message; in the transaction that settles it.

    Args:
        world: the ports.
        tx: open; the message is settled in it already.
        outcome: with the receipt, where the receiver accepted it.
    """
    message = outcome.message
    ref = keep_ref(tx, outcome)
    incident = tx.get(Incident, message.incident)
    if incident is None:
        return
    page = _page(message)
    action = _action(page)
    channel = world.channels.get(message.channel)
    if channel is not None and channel.kind == "tickets":
        ticket_told(world, tx, incident, outcome, ref)
    else:
        _tell(world, tx, incident, outcome, page)
    if action == "trigger" and (outcome.sent or outcome.retry_at is None):
        at = Page(tx=tx, incident=incident, outlets=world.outlets, base_url=world.public_url)
        told(at, message, outcome.at, sent=outcome.sent, permanent=True)


def _tell(world: World, tx: Transaction, incident: Incident, outcome: Outcome, page: PageBody | None) -> None:
    message, action = outcome.message, _action(page)
    if page is None or action is None:
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
            to=page.to,
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
        to=page.to,
    )
    happen(world, tx, incident, failed)


def _page(message: Message) -> PageBody | None:
    try:
        return read_page(message.body)
    except msgspec.MsgspecError:
        return None  # a message that is no page has no line in the timeline


def _action(page: PageBody | None) -> PageAction | None:
    action = page.action if page is not None else ""
    if action == "acknowledge":
        return "acknowledge"
    if action == "resolve":
        return "resolve"
    return "trigger" if action == "trigger" else None  # updates and reminders have lines of their own
