"""A clock for drills and stories: time moves when it is told to."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from aright.core.model.times import iso

if TYPE_CHECKING:
    from aright.core.model.times import Micros


class DrivenClock:
    """Tells the time it was last set to.

    Args:
        start: where it stands at first (µs, UTC).

    >>> clock = DrivenClock(5)
    >>> clock.set(7)
    >>> clock.now(), clock.driven
    (7, True)
    """

    driven: Final = True

    def __init__(self, start: Micros = 0) -> None:
        self._now = start
        self._lock = threading.Lock()

    def now(self) -> Micros:
        """Return the instant it stands at (µs, UTC)."""
        with self._lock:
            return self._now

    def set(self, to: Micros) -> None:
        """Move on; raises ``ValueError`` where ``to`` is in its past."""
        with self._lock:
            if to < self._now:
                raise ValueError(f"the clock stands at {iso(self._now)}: it cannot go back to {iso(to)}")
            self._now = to
