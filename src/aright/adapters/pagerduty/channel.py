"""Posting events, and telling what may be tried again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import httpx

from aright.adapters.pagerduty.event import event_body
from aright.core.model.outlet import Receipt
from aright.core.page.retry_after import seconds_to_wait
from aright.ports.channel import DeliveryError, Rate

if TYPE_CHECKING:
    from aright.adapters.pagerduty.config import PagerDutyConfig
    from aright.core.model.message import Message

ACCEPTED: Final = 202
MESSAGE_IS_WRONG: Final = frozenset({400, 413, 422})
"""Answers that the same message will always get. Others may be a proxy's, a wrong address or a bad day: once
that is mended the page must still go out."""

_LONGEST_ANSWER: Final = 2_000


class PagerDuty:
    """Delivers pages as Events v2; thread-safe, connections are kept.

    Args:
        config: where to, and with which key.
    """

    name: Final = "pagerduty"
    kind: Final = "pager"
    takes: Final = frozenset({"trigger", "acknowledge", "resolve"})
    rate: Final = Rate(limit=120, seconds=60, reserved=20)

    def __init__(self, config: PagerDutyConfig) -> None:
        self._config = config
        # A redirect would carry the key to wherever it points.
        self._client = httpx.Client(timeout=config.timeout, follow_redirects=False)

    def deliver(self, message: Message) -> Receipt:
        """Post the message; the answer is cut to 2,000 characters. Raises ``DeliveryError``."""
        body = event_body(message, self._config.routing_key)
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        try:
            with self._client.stream("POST", self._config.url, content=body, headers=headers) as response:
                answer = _read(response, time.monotonic() + self._config.timeout)
        except httpx.HTTPError as error:
            text = f"PagerDuty could not be reached ({type(error).__name__}): {error}"
            raise DeliveryError(self._hidden(text), permanent=False) from error
        if response.status_code == ACCEPTED:
            return Receipt(answer=self._hidden(answer))
        raise self._refusal(response, answer)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _refusal(self, response: httpx.Response, answer: str) -> DeliveryError:
        status = response.status_code
        text = f"PagerDuty answered {status}: {self._hidden(answer) or 'nothing more'}"
        if status in MESSAGE_IS_WRONG:
            return DeliveryError(text, permanent=True)
        if status < 500 and status not in {408, 429}:
            text += ". Is the URL that of an Events API v2 endpoint?"
        return DeliveryError(text, permanent=False, retry_after=_retry_after(response))

    def _hidden(self, text: str) -> str:
        """An answer may repeat the key: it must not reach the state or a log."""
        return text.replace(self._config.routing_key, "<routing key>")[:_LONGEST_ANSWER]


def _read(response: httpx.Response, until: float) -> str:
    """Read the beginning of an answer, however long or slow the rest is."""
    read = b""
    for chunk in response.iter_raw():
        read += chunk
        if len(read) > 4 * _LONGEST_ANSWER or time.monotonic() > until:
            break
    return read.decode("utf-8", "replace").strip()


def _retry_after(response: httpx.Response) -> float | None:
    headers = response.headers
    return seconds_to_wait(headers.get("retry-after", ""), headers.get("date", ""), time.time())
