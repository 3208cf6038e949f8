"""Heartbeats in `aright.yaml`: what must be heard from again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.adapters.catalog.naming import read_name
from aright.core.model.heartbeat import Heartbeat
from aright.core.model.times import DAY, MINUTE, SECOND

if TYPE_CHECKING:
    from aright.adapters.catalog.reading import Reader

HEARTBEAT_KEYS: Final[dict[str, str]] = {
    "name": "its name, as `POST /v1/heartbeats/NAME` says it; needed, unique.",
    "service": "whose incident its silence opens; needed.",
    "every": "how often it must be heard, such as `5m` or `1d`; needed.",
    "grace": "how much later at most; 60s where left out.",
    "alert": "the name of another program's alert that counts as its beat, such as Watchdog.",
    "page": "whether its silence pages (true, where left out) or only gives notice.",
}
"""What a heartbeat may say, by key."""


def read_heartbeat(reader: Reader) -> Heartbeat | None:
    """Return a heartbeat; none where it has no name, service or rhythm."""
    name, service = read_name(reader), reader.text("service", needed=True)
    if reader.ok and not reader.has("every"):
        reader.missing("every")
    made = Heartbeat(
        key=name,
        service=service,
        every=reader.span("every", 0, low=10 * SECOND, high=366 * DAY),
        grace=reader.span("grace", MINUTE, low=5 * SECOND, high=30 * DAY),
        alert=reader.text("alert"),
        page=reader.flag("page", default=True),
    )
    return made if name and service and made.every else None
