"""What signals are called on pages, and in which unit they are."""

from __future__ import annotations

from typing import Final

_TITLES: Final = {
    "quality": "Quality",
    "events": "Rate of",
    "feature": "Feature",
}


def signal_title(name: str) -> str:
    """Return a signal's name for people.

    >>> signal_title("fallback_share"), signal_title("quality:click"), signal_title("events:complaint")
    ('Fallback share', 'Quality: click', 'Rate of complaint')
    """
    head, colon, tail = name.partition(":")
    if not colon:
        return name.replace("_", " ").capitalize()
    title = _TITLES.get(head, head.replace("_", " ").capitalize())
    return f"{title} {tail}" if head == "events" else f"{title}: {tail}"


def signal_unit(name: str) -> str:
    """Return the unit of a signal's value: a share, unless its name says otherwise.

    >>> signal_unit("fallback_share"), signal_unit("latency_ms")
    ('share', 'ms')
    """
    return "ms" if "latency" in name else "share"
