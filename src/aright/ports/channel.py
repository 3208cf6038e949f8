"""Channels: how a message leaves, and whether a failure may be tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from aright.core.model.message import Message


class DeliveryError(Exception):
    """The message was not accepted.

    Attributes:
        permanent: sending it again will not help.
        retry_after: seconds to wait at least, where the receiver said so.
    """

    def __init__(self, text: str, *, permanent: bool, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.permanent = permanent
        self.retry_after = retry_after


class Channel(Protocol):
    """One way out."""

    @property
    def name(self) -> str:
        """The channel that messages name."""
        ...

    def deliver(self, message: Message) -> str:
        """Send; return the receiver's answer, cut to 2,000 characters. Raises ``DeliveryError``."""
        ...
