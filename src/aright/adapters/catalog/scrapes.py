"""Where a service's metrics are read, in `aright.yaml`."""

from __future__ import annotations

import re
from typing import Final

from aright.adapters.catalog.addresses import web_address
from aright.adapters.catalog.findings import shown
from aright.adapters.catalog.reading import Reader
from aright.core.model.service import Scrape
from aright.core.model.times import HOUR, SECOND

SCRAPE_KEYS: Final[dict[str, str]] = {
    "url": "where the metrics are, in Prometheus' text format or OpenMetrics; needed.",
    "every": "how often they are read, 1s to 1h; 15s where left out.",
    "job": "a name for what shows them, where a service has several.",
    "bearer_token_file": "a file with the token to send.",
    "metrics": "a list of names to keep, * stands for anything; all where left out.",
}
"""What a scrape may say, by key."""

_USUAL: Final = 15 * SECOND
_METRIC: Final = re.compile(r"[a-zA-Z_:*][a-zA-Z0-9_:*]{0,199}")


def read_scrapes(service: Reader) -> tuple[Scrape, ...]:
    """Return the scrapes of a service."""
    found: dict[str, Scrape] = {}
    for node in service.items("scrape"):
        each = Reader(node, service.said, "a scrape", tuple(SCRAPE_KEYS))
        url = web_address(each, "url", needed=True)
        if url in found:
            each.tell("url", f"{shown(url)} is given twice", "its metrics would count twice", "Take one away")
        if url:
            found[url] = Scrape(
                url=url,
                every=each.span("every", _USUAL, low=SECOND, high=HOUR),
                job=each.text("job"),
                bearer_token_file=each.text("bearer_token_file"),
                metrics=_metrics(each),
            )
    return tuple(found.values())


def _metrics(reader: Reader) -> tuple[str, ...]:
    names = reader.texts("metrics")
    for name in names:
        if not _METRIC.fullmatch(name):
            reader.tell(
                "metrics",
                f"{shown(name)} is no metric's name",
                "it would keep nothing",
                "Write letters, digits, _ and :, and * for anything",
            )
    return names
