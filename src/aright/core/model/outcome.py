"""Kinds of outcomes: graded answers, and events that only happen when something is wrong."""

from __future__ import annotations

from typing import Final

EVENT_KINDS: Final = frozenset({"complaint", "ticket", "abandonment"})
"""Kinds that are sent only when they happen: their rate is per unit that was served. All others (click,
thumbs, label, reward, …) carry a ``value`` for each graded prediction, and their mean is a quality."""


def is_event(kind: str) -> bool:
    """Return whether outcomes of this kind are counted against the units served.

    >>> is_event("complaint"), is_event("click")
    (True, False)
    """
    return kind in EVENT_KINDS
