"""Reading the metrics that a service shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from aright.core.model.service import Scrape


@dataclass(frozen=True, kw_only=True)
class Scraped:
    """What was shown.

    Attributes:
        body: text, plain.
        openmetrics: whether it is OpenMetrics and not Prometheus' text format.
    """

    body: bytes
    openmetrics: bool


class ScrapeError(Exception):
    """The metrics could not be read; the text says why. It holds no token."""


class Scraper(Protocol):
    """Reads one target at a time; may be called from many threads."""

    def scrape(self, target: Scrape) -> Scraped:
        """Return what the target shows; raises ``ScrapeError``."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
