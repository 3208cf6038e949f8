"""The wall clock, kept from going back."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.core.model.times import Micros


class WallClock:
    """Tells the machine's time; when that is set back, it stands still until the machine has caught up.

    Args:
        read: nanoseconds since 1970, UTC.

    >>> ticks = iter([5_000, 3_000, 9_000])
    >>> clock = WallClock(lambda: next(ticks))
    >>> clock.now(), clock.now(), clock.now(), clock.driven
    (5, 5, 9, False)
    """

    driven: Final = False

    def __init__(self, read: Callable[[], int] = time.time_ns) -> None:
        self._read = read
        self._last = 0
        self._lock = threading.Lock()

    def now(self) -> Micros:
        """Return the current instant (µs, UTC)."""
        with self._lock:
            self._last = max(self._last, self._read() // 1_000)
            return self._last
