"""The outbox: messages leave until they are accepted, the urgent first, none lost by a crash.

A message is leased in one transaction, sent outside of any, and settled in another, under the fence of its
lease. A crash in between may send it again under the same key, which its receiver drops; marking it as sent
before sending would lose it instead.
"""

from __future__ import annotations

import logging
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zlib import crc32

import msgspec

from aright.core.incident.events import PageFailed, PageSent
from aright.core.incident.machine import apply
from aright.core.model.incident import Incident
from aright.core.model.times import MINUTE, SECOND, Micros
from aright.core.page.body import read_page
from aright.engine.commit import commit
from aright.ports.channel import DeliveryError
from aright.ports.state import FencedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aright.core.incident.effects import PageAction
    from aright.core.model.message import Lease, Message
    from aright.ports.channel import Channel
    from aright.ports.state import State, Transaction

_LOG: Final = logging.getLogger(__name__)

WORKERS: Final = 8
SPAN: Final = 2 * MINUTE
"""How long a lease holds: longer than any channel takes, so that a slow send is not doubled."""

FIRST_WAIT: Final = 2 * SECOND
LONGEST_WAIT: Final = 2 * MINUTE
LONGEST_ASKED: Final = 10 * MINUTE
"""The longest wait a receiver may ask for: a page must not sleep for a day on a header's word."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one attempt.

    Attributes:
        message: as it was lent.
        sent: whether it was accepted.
        text: the receiver's answer, or what went wrong.
        retry_at: when it is tried again (µs, UTC); ``None`` for never: sent, or failed for good.
    """

    message: Message
    sent: bool
    text: str
    retry_at: Micros | None = None


def drain(
    state: State,
    channels: Mapping[str, Channel],
    now: Micros,
    *,
    workers: int = WORKERS,
    span: Micros = SPAN,
) -> list[Outcome]:
    """Send every message that is due, and return what became of each attempt, in order of settling.

    Blocks until all are settled; may be called from any thread, and from several at once. Each outcome is
    committed as soon as it is known, together with its line in the incident's timeline.

    Args:
        state: holds the outbox.
        channels: by the name that messages carry.
        now: leases, due times and retries are counted from here (µs, UTC).
        workers: how many are under way at once; a message is leased only when one is free, so that what is
            most urgent by then goes first.
        span: how long a lease holds (µs).
    """
    leases = _lease(state, now, workers, span)
    if not leases:
        return []
    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(workers, thread_name_prefix="outbox") as pool:
        under_way: dict[Future[Outcome], Lease] = {}
        while leases or under_way:
            for lease in leases:
                under_way[pool.submit(_send, channels, lease.message, now)] = lease
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in [future for future in under_way if future in done]:
                outcomes += _settle(state, under_way.pop(future), future.result(), now)
            leases = _lease(state, now, workers - len(under_way), span)
    return outcomes


def backoff(message: str, attempts: int) -> Micros:
    """Return how long to wait after a failed attempt (µs).

    It doubles from 2 s to 2 min. The message's id moves it by up to a fifth either way, so that pages that
    failed together do not all come back at once.

    >>> [round(backoff("m", attempts) / SECOND) for attempts in (1, 2, 3, 9)]
    [2, 5, 8, 118]
    """
    doubled = min(FIRST_WAIT << min(attempts - 1, 30), LONGEST_WAIT)
    return round(doubled * (0.8 + 0.4 * crc32(f"{message} {attempts}".encode()) / 2**32))


def _lease(state: State, now: Micros, limit: int, span: Micros) -> Sequence[Lease]:
    with state.transaction() as tx:
        return tx.lease_messages(now, limit=limit, span=span)


def _send(channels: Mapping[str, Channel], message: Message, now: Micros) -> Outcome:
    channel = channels.get(message.channel)
    if channel is None:
        # It was there when the message was written: to drop the page because of a restart without its key
        # would be worse than to look again every two minutes.
        text = f"no channel {message.channel!r} is set up any more: start aright with it, and this leaves"
        return Outcome(message=message, sent=False, text=text, retry_at=now + _wait(message, None))
    try:
        return Outcome(message=message, sent=True, text=channel.deliver(message).answer)
    except DeliveryError as error:
        retry_at = None if error.permanent else now + _wait(message, error.retry_after)
        return Outcome(message=message, sent=False, text=str(error), retry_at=retry_at)
    except Exception as error:  # noqa: BLE001 - a defect in one channel must not keep other pages from leaving
        # Only the type is told: what an unforeseen error holds may be a secret.
        _LOG.error("channel %s broke on message %s: %s", channel.name, message.id, type(error).__name__)
        text = f"{type(error).__name__} in the channel {channel.name}: report this as a defect of aright"
        return Outcome(message=message, sent=False, text=text, retry_at=now + _wait(message, None))


def _wait(message: Message, asked: float | None) -> Micros:
    own = backoff(message.id, message.attempts)
    return own if asked is None else max(own, min(round(asked * SECOND), LONGEST_ASKED))


def _settle(state: State, lease: Lease, outcome: Outcome, now: Micros) -> list[Outcome]:
    try:
        with state.transaction() as tx:
            if outcome.sent:
                tx.message_sent(lease)
            else:
                tx.message_failed(lease, error=outcome.text, retry_at=outcome.retry_at)
            _tell(tx, outcome, now)
    except FencedError:
        # The lease ran out and another worker has the message: its outcome is the one that counts.
        _LOG.warning("message %s took longer than its lease; another worker has it", lease.message.id)
        return []
    return [outcome]


def _tell(tx: Transaction, outcome: Outcome, now: Micros) -> None:
    message = outcome.message
    incident = tx.get(Incident, message.incident)
    action = _action(message)
    if incident is None or action is None:
        return
    if outcome.sent:
        sent = PageSent(
            at=now,
            action=action,
            message=message.id,
            channel=message.channel,
            attempts=message.attempts,
        )
        commit(tx, apply(incident, sent))
        return
    failed = PageFailed(
        at=now,
        action=action,
        message=message.id,
        channel=message.channel,
        attempts=message.attempts,
        error=outcome.text,
        permanent=outcome.retry_at is None,
    )
    commit(tx, apply(incident, failed))


def _action(message: Message) -> PageAction | None:
    try:
        action = read_page(message.body).action
    except msgspec.MsgspecError:
        return None  # a message that is no page has no line in the timeline
    if action == "acknowledge":
        return "acknowledge"
    return "resolve" if action == "resolve" else "trigger"
