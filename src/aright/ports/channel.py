"""Channels: how a message leaves, and whether a failure may be tried again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from aright.core.model.message import Message
    from aright.core.model.outlet import Receipt

Kind = Literal["pager", "tickets", "way"]
"""``pager``: escalates by itself, as PagerDuty; ``tickets``: has a record of its own, as ServiceNow;
``way``: reaches a person or a room, as e-mail."""


class DeliveryError(Exception):
    """The message was not accepted.

    Attributes:
        permanent: sending it again will not help.
        retry_after: seconds to wait at least, where the receiver said so.
        whole: whether the receiver would refuse any message now, as one that limits its callers does: the
            others of this channel need not be tried before.
    """

    def __init__(
        self, text: str, *, permanent: bool, retry_after: float | None = None, whole: bool = False
    ) -> None:
        super().__init__(text)
        self.permanent = permanent
        self.retry_after = retry_after
        self.whole = whole


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """How many messages a receiver takes.

    Attributes:
        limit: so many …
        seconds: … in so many seconds.
        reserved: of these kept free for SEV1.
    """

    limit: int
    seconds: float
    reserved: int


class Channel(Protocol):
    """One way out. Thread-safe: several messages may be under way at once."""

    @property
    def name(self) -> str:
        """The channel that messages name."""
        ...

    @property
    def kind(self) -> Kind:
        """What it is to an incident."""
        ...

    @property
    def takes(self) -> frozenset[str]:
        """The actions (``core.page.body.Action``) that it has a use for; others are never given to it."""
        ...

    @property
    def rate(self) -> Rate | None:
        """How many messages its receiver takes, ``None`` for any number."""
        ...

    def deliver(self, message: Message) -> Receipt:
        """Send, within 5 s or, for tickets, within 30 s; raises ``DeliveryError``.

        May be called again with the same message after a crash or an unknown outcome: what the receiver has
        done already under the message's ``dedup_key`` must not be done twice.
        """
        ...
