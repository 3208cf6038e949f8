"""A channel of one's own: every message as a signed POST."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import httpx
import msgspec

from aright.adapters.webhook import answers
from aright.core.model.outlet import Receipt
from aright.core.model.signature import sign
from aright.core.page.body import read_page
from aright.ports.channel import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.core.model.message import Message
    from aright.ports.channel import Kind, Rate

TAKES: Final = frozenset({"trigger", "acknowledge", "resolve", "note", "update", "remind", "close"})
_SHORTEST_SECRET: Final = 16


@dataclass(frozen=True, kw_only=True)
class SignedWebhookConfig:
    """Where messages are posted, and what they are signed with.

    Attributes:
        url: where; https, or http to this machine or a network of one's own.
        secret: the HMAC-SHA256 key, at least 16 characters; never shown.
        timeout: how long one attempt may take (seconds), at most 5.

    Raises:
        ValueError: a value cannot be right; the text repeats no secret.

    >>> SignedWebhookConfig(url="https://ops.example/aright", secret="0123456789abcdef")
    SignedWebhookConfig(url='https://ops.example/aright', timeout=5.0)
    """

    url: str
    secret: str = field(repr=False)
    timeout: float = 5.0

    def __post_init__(self) -> None:
        if not self.url.startswith(("https://", "http://")):
            raise ValueError("the webhook's url must begin with https:// or http://")
        if len(self.secret) < _SHORTEST_SECRET:
            raise ValueError(f"the webhook's secret must have at least {_SHORTEST_SECRET} characters")
        if not 0 < self.timeout <= 5:
            raise ValueError(f"the webhook's timeout must be above 0 and at most 5 s, not {self.timeout:g}")


class SignedWebhook:
    """Posts messages as JSON; any 2xx accepts them. Thread-safe.

    The receiver knows a repeat by ``Idempotency-Key``, and what belongs together by ``dedup_key``.

    Args:
        name: the channel's.
        config: where and how.
        now: Unix seconds for the signature, by the wall: the receiver holds it against its own clock.
    """

    kind: Kind = "way"
    takes = TAKES
    rate: Rate | None = None

    def __init__(
        self, name: str, config: SignedWebhookConfig, *, now: Callable[[], float] = time.time
    ) -> None:
        self.name = name
        self._config = config
        self._now = now
        self._client = answers.client(config.timeout)

    def deliver(self, message: Message) -> Receipt:
        """Post it once; raises ``DeliveryError``."""
        body = _body(message)
        timestamp = str(int(self._now()))
        headers = {
            "Idempotency-Key": message.id.encode("ascii", "replace").decode(),
            "X-Aright-Timestamp": timestamp,
            "X-Aright-Signature": sign(self._config.secret, timestamp, body),
        }
        try:
            answer = answers.post(self._client, self._config.url, body, headers, seconds=self._config.timeout)
        except httpx.HTTPError as error:
            raise answers.unreachable(self.name, error) from None
        if 200 <= answer.status < 300:
            return Receipt(answer=answer.text)
        raise answers.refusal(self.name, answer)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()


def _body(message: Message) -> bytes:
    try:
        page = read_page(message.body)
    except msgspec.MsgspecError as error:
        raise DeliveryError(f"the message is no page: {error}", permanent=True) from error
    told = msgspec.to_builtins(page)
    return msgspec.json.encode({"id": message.id, "dedup_key": message.dedup_key, **told})
