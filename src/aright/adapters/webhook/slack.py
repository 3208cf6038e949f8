"""Slack, and what speaks as it does (Mattermost, Rocket.Chat): messages to an incoming webhook.

Documented at https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks. A webhook has no key
by which a repeat is known: after a crash a message may come twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import httpx
import msgspec

from aright.adapters.webhook import answers
from aright.core.incident.words import cut
from aright.core.model.outlet import Receipt
from aright.core.page.body import read_page
from aright.core.page.telling import lines, subject
from aright.ports.channel import DeliveryError, Rate

if TYPE_CHECKING:
    from aright.core.model.message import Message
    from aright.core.page.body import PageBody
    from aright.ports.channel import Kind

_LONGEST_SECTION: Final = 2_900
"""Slack takes 3,000 characters in a section."""

_MEMBER: Final = re.compile(r"[UW][A-Z0-9]{2,20}")
_MENTIONS: Final = {"": "", "here": "<!here> ", "channel": "<!channel> "}
_SHAPES: Final = {1: "🔴", 2: "🟠", 3: "🟡", 4: "⚪"}


@dataclass(frozen=True, kw_only=True)
class SlackConfig:
    """An incoming webhook.

    Attributes:
        url: the webhook's address: whoever has it can write there, so it is never shown.
        mention: whom a SEV1 page calls besides: ``here``, ``channel`` or nobody.
        timeout: how long one attempt may take (seconds), at most 5.

    Raises:
        ValueError: a value cannot be right; the text repeats no secret.

    >>> SlackConfig(url="https://hooks.example/services/T0/B0/secret")
    SlackConfig(mention='', timeout=5.0)
    """

    url: str = field(repr=False)
    mention: str = ""
    timeout: float = 5.0

    def __post_init__(self) -> None:
        if not self.url.startswith(("https://", "http://")):
            raise ValueError("the Slack webhook's url must begin with https://")
        if self.mention not in _MENTIONS:
            raise ValueError(f"mention must be here, channel or left out, not {self.mention[:40]!r}")
        if not 0 < self.timeout <= 5:
            raise ValueError(f"the Slack timeout must be above 0 and at most 5 s, not {self.timeout:g}")


class Slack:
    """Posts messages into a room; thread-safe.

    Args:
        name: the channel's.
        config: where to.
    """

    kind: Kind = "way"
    takes = frozenset({"trigger", "acknowledge", "resolve", "update", "remind"})
    rate: Rate | None = Rate(limit=10, seconds=10, reserved=3)

    def __init__(self, name: str, config: SlackConfig) -> None:
        self.name = name
        self._config = config
        self._client = answers.client(config.timeout)

    def deliver(self, message: Message) -> Receipt:
        """Post it once; raises ``DeliveryError``."""
        try:
            page = read_page(message.body)
        except msgspec.MsgspecError as error:
            raise DeliveryError(f"the message is no page: {error}", permanent=True) from error
        body = msgspec.json.encode(_said(page, self._config.mention))
        try:
            answer = answers.post(self._client, self._config.url, body, {}, seconds=self._config.timeout)
        except httpx.HTTPError as error:
            raise answers.unreachable(self.name, error) from None
        if answer.status == 200:
            return Receipt(answer=answer.text)
        raise answers.refusal(self.name, answer)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()


def _said(page: PageBody, mention: str) -> dict[str, object]:
    calls = _MENTIONS[mention] if page.action == "trigger" and page.severity == 1 else ""
    if _MEMBER.fullmatch(page.address):
        calls += f"<@{page.address}> "
    shape = f"{_SHAPES[page.severity]} " if page.severity in _SHAPES and page.action == "trigger" else ""
    head = f"{calls}{shape}*{escaped(subject(page))}*"
    link = page.link if page.link.startswith(("https://", "http://")) else ""
    said = "\n".join(escaped(line) for line in lines(page))
    text = head + (f"\n<{escaped(link)}|Open {escaped(page.incident)}>" if link else "")
    sections = [text, *([cut(said, _LONGEST_SECTION)] if said else [])]
    return {
        "text": f"{calls}{escaped(subject(page))}",  # what a notification shows
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": each}} for each in sections],
        "unfurl_links": False,
    }


def escaped(text: str) -> str:
    """Return text that calls nobody and links nowhere, as Slack wants it escaped.

    >>> escaped("<!channel> a & b")
    '&lt;!channel&gt; a &amp; b'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
