"""Scraping over HTTP, bounded in time and bytes."""

from __future__ import annotations

import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx

from aright.core.model.times import SECOND
from aright.ports.scraper import Scraped, ScrapeError

if TYPE_CHECKING:
    from aright.core.model.service import Scrape

LARGEST: Final = 32 << 20
"""Bytes of one target's metrics, decompressed."""

LONGEST: Final = 10.0
"""Seconds for one target; never longer than until it is read again."""

_ACCEPT: Final = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
_OPENMETRICS: Final = "application/openmetrics-text"


class HttpScraper:
    """Reads targets by GET; redirects are not followed, so that no target sends the token elsewhere."""

    def __init__(self, largest: int = LARGEST, longest: float = LONGEST) -> None:
        self._largest = largest
        self._longest = longest
        self._client = httpx.Client(
            follow_redirects=False,
            headers={"Accept": _ACCEPT, "Accept-Encoding": "gzip"},
            trust_env=False,
        )

    def scrape(self, target: Scrape) -> Scraped:
        """Return what the target shows; raises ``ScrapeError``."""
        seconds = min(self._longest, target.every / SECOND)
        headers = {"X-Prometheus-Scrape-Timeout-Seconds": f"{seconds:g}", **_authorization(target)}
        try:
            with self._client.stream("GET", target.url, headers=headers, timeout=seconds) as answer:
                if answer.status_code != 200:
                    raise ScrapeError(f"{target.url} answers {answer.status_code}")
                body = self._read(target, answer, time.monotonic() + seconds)
                kind = answer.headers.get("content-type", "")
        except httpx.HTTPError as error:
            raise ScrapeError(
                f"{target.url} cannot be read: {type(error).__name__} {error}".strip()
            ) from error
        return Scraped(body=body, openmetrics=kind.lower().startswith(_OPENMETRICS))

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def _read(self, target: Scrape, answer: httpx.Response, until: float) -> bytes:
        """Return the body; time and size are looked at with each piece that arrives, however small."""
        coding = answer.headers.get("content-encoding", "identity").strip().lower()
        if coding not in {"gzip", "identity"}:
            raise ScrapeError(
                f"{target.url} answers with Content-Encoding {coding[:40]!r}, which is not read"
            )
        inflater = zlib.decompressobj(wbits=31) if coding == "gzip" else None
        parts, left = [], self._largest
        for raw in answer.iter_raw():
            try:
                part = inflater.decompress(raw, left + 1) if inflater else raw
            except zlib.error as error:
                raise ScrapeError(f"{target.url} cannot be read: {error}") from error
            left -= len(part)
            if left < 0:
                raise ScrapeError(f"{target.url} shows more than {self._largest:,} bytes")
            if time.monotonic() > until:
                raise ScrapeError(f"{target.url} takes too long")
            parts.append(part)
        if inflater and not inflater.eof:
            raise ScrapeError(f"{target.url} cannot be read: its answer is cut off")
        return b"".join(parts)


def _authorization(target: Scrape) -> dict[str, str]:
    """Return the token's header; the file is read each time, for tokens are renewed."""
    if not target.bearer_token_file:
        return {}
    try:
        token = Path(target.bearer_token_file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ScrapeError(f"the token of {target.url} cannot be read: {type(error).__name__}") from error
    if not token.isascii() or not token.isprintable():
        raise ScrapeError(f"the token of {target.url} is no token")
    return {"Authorization": f"Bearer {token}"}
