"""One attempt to send a message: what became of it, and when it is tried again."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zlib import crc32

from aright.core.model.times import MINUTE, SECOND, Micros
from aright.ports.channel import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aright.core.model.message import Message
    from aright.core.model.outlet import Receipt
    from aright.ports.channel import Channel

_LOG: Final = logging.getLogger(__name__)

FIRST_WAIT: Final = 2 * SECOND
LONGEST_WAIT: Final = 2 * MINUTE
LONGEST_URGENT_WAIT: Final = 30 * SECOND
LONGEST_ASKED: Final = 10 * MINUTE
"""The longest wait a receiver may ask for: a page must not sleep for a day on a header's word."""

TRIAL: Final = 15 * SECOND
"""How often what is most urgent may be tried on a channel that has asked to be left alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one attempt.

    Attributes:
        message: as it was lent.
        at: when that was known (µs, UTC).
        sent: whether it was accepted.
        text: the receiver's answer, or what went wrong.
        retry_at: when it is tried again (µs, UTC); ``None`` for never: sent, or failed for good.
        receipt: what the receiver said; ``None`` where it did not accept it.
        halted_to: until when the receiver would refuse any message (µs, UTC); 0 where it would not.
    """

    message: Message
    at: Micros
    sent: bool
    text: str
    retry_at: Micros | None = None
    receipt: Receipt | None = None
    halted_to: Micros = 0


def is_urgent(message: Message) -> bool:
    """Return whether workers and tokens are kept for such a message."""
    return message.urgency <= 1


def attempt(channels: Mapping[str, Channel], message: Message, now: Callable[[], Micros]) -> Outcome:
    """Send a message and return what became of it, whatever the channel raises.

    Args:
        channels: by the name that messages carry.
        message: as it was lent: its attempts count this one.
        now: the clock, asked once the attempt is over.
    """
    channel = channels.get(message.channel)
    if channel is None:
        # It was there when the message was written: to drop the page because of a restart without its key
        # would be worse than to look again every two minutes.
        text = f"no channel {message.channel!r} is set up any more: start aright with it, and this leaves"
        return _again(message, now(), text)
    try:
        receipt = channel.deliver(message)
    except DeliveryError as error:
        return _refused(message, now(), error)
    except Exception as error:  # noqa: BLE001 - a defect in one channel must not keep other pages from leaving
        # Only the type is told: what an unforeseen error holds may be a secret.
        _LOG.error("channel %s broke on message %s: %s", message.channel, message.id, type(error).__name__)
        text = f"{type(error).__name__} in the channel {message.channel}: report this as a defect of aright"
        return _again(message, now(), text)
    return Outcome(message=message, at=now(), sent=True, text=receipt.answer, receipt=receipt)


def backoff(message: Message) -> Micros:
    """Return how long to wait after a failed attempt (µs).

    It doubles from 2 s to 2 min, or to 30 s for what is most urgent. The message's id moves it by up to a
    fifth either way, so that pages that failed together do not all come back at once.

    >>> from aright.core.model.message import Message
    >>> def tried(attempts: int, urgency: int) -> Message:
    ...     return Message(id="m", channel="c", dedup_key="k", incident="", urgency=urgency, body=b"",
    ...         due_at=0, attempts=attempts)
    >>> [round(backoff(tried(attempts, 2)) / SECOND) for attempts in (1, 2, 3, 9)]
    [2, 5, 8, 118]
    >>> round(backoff(tried(9, 1)) / SECOND)
    30
    """
    longest = LONGEST_URGENT_WAIT if is_urgent(message) else LONGEST_WAIT
    doubled = min(FIRST_WAIT << min(message.attempts - 1, 30), longest)
    moved = 0.8 + 0.4 * crc32(f"{message.id} {message.attempts}".encode()) / 2**32
    return round(doubled * (min(moved, 1.0) if is_urgent(message) else moved))


def _again(message: Message, at: Micros, text: str) -> Outcome:
    return Outcome(message=message, at=at, sent=False, text=text, retry_at=at + backoff(message))


def _refused(message: Message, at: Micros, error: DeliveryError) -> Outcome:
    own = backoff(message)
    asked = _bounded(error.retry_after or 0.0)
    wait = max(own, asked)
    again = min(wait, max(own, TRIAL)) if is_urgent(message) else wait
    return Outcome(
        message=message,
        at=at,
        sent=False,
        text=str(error),
        retry_at=None if error.permanent else at + again,
        halted_to=at + wait if error.whole else 0,
    )


def _bounded(seconds: float) -> Micros:
    return round(min(seconds, LONGEST_ASKED / SECOND) * SECOND) if seconds > 0 else 0
