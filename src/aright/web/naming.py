"""What signals are called on pages, and in which unit they are."""

from __future__ import annotations

from typing import Final

from aright.core.incident.words import signal_in_words
from aright.core.observe.catalogue import kind_of

_SHARES: Final = frozenset({"quality", "events"})
"""Families whose means lie in [0, 1] and read best as percentages, whatever their unit is called."""

_MISSING: Final = "none"


def signal_title(name: str) -> str:
    """Return a signal's name for people, as a heading.

    >>> signal_title("quality:click"), signal_title("feature:profiles.norm:none")
    ('Click quality', 'Feature profiles.norm missing')
    """
    if name.startswith("feature:") and name.count(":") > 1:
        feature, _, where = name.removeprefix("feature:").rpartition(":")
        return f"Feature {feature} " + ("missing" if where == _MISSING else where)
    words = signal_in_words(name)
    return words[:1].upper() + words[1:]


def signal_unit(name: str) -> str:
    """Return the unit of a signal's value, as :func:`aright.web.words.quantity` takes it.

    >>> signal_unit("quality:click"), signal_unit("popularity"), signal_unit("unheard of")
    ('share', 'score', 'share')
    """
    try:
        return "share" if name.partition(":")[0] in _SHARES else kind_of(name).unit
    except LookupError:
        return "share"
