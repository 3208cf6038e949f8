"""Posting once, and reading the beginning of the answer."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx

from aright.core.page.retry_after import seconds_to_wait
from aright.ports.channel import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_ANSWER: Final = 2_000
MESSAGE_IS_WRONG: Final = frozenset({400, 413, 422})
"""Answers that the same message will always get; what is wrong with an address or a key can be mended."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a receiver said.

    Attributes:
        status: of HTTP.
        text: the body's beginning, at most 2,000 characters.
        wait: seconds that it asks to wait; ``None`` where it does not.
    """

    status: int
    text: str
    wait: float | None


def client(timeout: float) -> httpx.Client:
    """Return a client that keeps connections and follows no redirect: one would carry secrets elsewhere."""
    return httpx.Client(timeout=timeout, follow_redirects=False)


def post(http: httpx.Client, url: str, body: bytes, headers: Mapping[str, str], *, seconds: float) -> Answer:
    """Post within so many seconds; raises ``httpx.HTTPError``."""
    until = time.monotonic() + seconds
    sent = {"Content-Type": "application/json", "Accept-Encoding": "identity", **headers}
    with http.stream("POST", url, content=body, headers=sent) as response:
        told = response.headers
        wait = seconds_to_wait(told.get("retry-after", ""), told.get("date", ""), time.time())
        return Answer(status=response.status_code, text=read(response, until), wait=wait)


def read(response: httpx.Response, until: float) -> str:
    """Read the beginning of an answer, however long or slow the rest is."""
    found = b""
    for chunk in response.iter_raw():
        found += chunk
        if len(found) > 4 * LONGEST_ANSWER or time.monotonic() > until:
            break
    return found.decode("utf-8", "replace").strip()[:LONGEST_ANSWER]


def refusal(name: str, answer: Answer) -> DeliveryError:
    """Return what an answer that is no acceptance means for the message."""
    text = f"{name} answered {answer.status}: {answer.text or 'nothing more'}"
    if answer.status in MESSAGE_IS_WRONG:
        return DeliveryError(text, permanent=True)
    limited = answer.status == 429
    return DeliveryError(text, permanent=False, retry_after=answer.wait, whole=limited)


def unreachable(name: str, error: httpx.HTTPError) -> DeliveryError:
    """Return what a failure before any answer means; its text never holds the address."""
    return DeliveryError(f"{name} could not be reached ({type(error).__name__})", permanent=False)
