"""The drill's time in a process that handles many requests at once: each has its own."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

TIME_HEADER: Final = "drill-time"
"""The drill's time (µs, UTC) at which a request is made, since an hour is played in seconds."""

TOOK_HEADER: Final = "drill-took"
"""How long an answer took in the drill's time (µs)."""

_NOW: Final[ContextVar[int]] = ContextVar("drill_time", default=0)


class Clock:
    """The time that requests bring with them; what no request is behind happens at the latest of them.

    Attributes:
        latest: the latest time that any brought (µs, UTC).
    """

    def __init__(self, start: int) -> None:
        self.latest = start

    def set(self, to: int) -> None:
        """Take over a request's time, for all that is done on its behalf."""
        _NOW.set(to)
        self.latest = max(self.latest, to)

    def __call__(self) -> int:
        """Return the time of the request being handled (µs, UTC)."""
        return _NOW.get() or self.latest
