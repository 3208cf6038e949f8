"""Asking PagerDuty: within a time, reading no more than is needed, and showing no secret."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import httpx

from aright.core.model.foreign_text import harmless
from aright.core.page.retry_after import seconds_to_wait

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from aright.adapters.pagerduty.config import PagerDutyConfig

LONGEST_ANSWER: Final = 2_000
"""Characters of an answer that are kept."""

_TO_ANSWER: Final = 0.6
"""Of the time there is; the rest is to connect."""

LARGEST_READ: Final = 1 << 20
"""Bytes of an answer that are read where it is more than told."""


class UnreachedError(Exception):
    """No answer came: whether the request did its work is not known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """An answer.

    Attributes:
        status: HTTP's.
        headers: by their names, in any case.
        body: its beginning.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def remaining(self) -> int | None:
        """Return how many more requests would be taken now; ``None`` where that is not told."""
        told = self.headers.get("ratelimit-remaining", "")
        return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else None

    @property
    def resets_in(self) -> float | None:
        """Return the seconds until requests are counted anew; ``None`` where that is not told."""
        return seconds_to_wait(self.headers.get("ratelimit-reset", ""), "", 0.0)

    @property
    def wait(self) -> float | None:
        """Return the seconds to wait, as ``Retry-After`` or else ``ratelimit-reset`` says."""
        said = self.headers.get("retry-after", "")
        asked = seconds_to_wait(said, self.headers.get("date", ""), time.time())
        return self.resets_in if asked is None and self.status == 429 else asked


class Wire:
    """A client whose connections are kept; thread-safe.

    Args:
        config: what to trust, how long to wait, and what to hide.

    Raises:
        ValueError: the file of certificates cannot be used.
    """

    def __init__(self, config: PagerDutyConfig) -> None:
        self._config = config
        # A redirect would carry the key to wherever it points.
        self._client = httpx.Client(
            timeout=config.timeout, follow_redirects=False, verify=_trusted(config.ca_file)
        )

    def ask(
        self,
        method: str,
        url: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str],
        seconds: float,
        most: int = LARGEST_READ,
    ) -> Answered:
        """Ask once; raises ``UnreachedError``, whose text holds no secret.

        Args:
            method: HTTP's.
            url: where.
            body: what is sent.
            headers: besides the usual ones.
            seconds: for all of it: to connect, to be answered, and to read the answer.
            most: bytes to read.
        """
        sent = {**headers, "Accept-Encoding": "identity"}
        if body:
            sent["Content-Type"] = "application/json"
        until = time.monotonic() + seconds
        try:
            with self._client.stream(
                method,
                url,
                content=body,
                headers=sent,
                timeout=httpx.Timeout(seconds * _TO_ANSWER, connect=seconds * (1 - _TO_ANSWER)),
            ) as response:
                read = _read(response, until, most)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            text = f"PagerDuty could not be reached ({type(error).__name__}): {error}"
            raise UnreachedError(self.shown(text)) from error
        return Answered(status=response.status_code, headers=response.headers, body=read)

    def shown(self, text: bytes | str) -> str:
        """Return an answer as it may be shown: it may repeat a secret, which must not reach state or log."""
        told = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        for secret, name in self._config.secrets.items():
            told = told.replace(secret, f"<{name}>")
        return harmless(told, LONGEST_ANSWER)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()


@lru_cache(maxsize=8)  # to load the system's certificates takes longer than a page
def _trusted(ca_file: str) -> ssl.SSLContext:
    context = httpx.create_ssl_context()
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ValueError) as wrong:
            raise ValueError(
                f"ca_file {ca_file[:200]!r} cannot be used ({wrong}): name a file of certificates in PEM"
            ) from wrong
    return context


def _read(response: httpx.Response, until: float, most: int) -> bytes:
    """Read the beginning of an answer, however long or slow the rest is."""
    read = b""
    for chunk in response.iter_raw():
        read += chunk
        if len(read) >= most or time.monotonic() > until:
            break
    return read[:most]
