"""Rate limits: how often somebody may try something."""

from __future__ import annotations

import math
import time
from collections import OrderedDict, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Attempts:
    """A sliding window of attempts per caller and over all callers together.

    Args:
        each: attempts one caller has per window.
        all_together: attempts all callers have per window.
        seconds: the window's length.
        clock: a monotonic clock (seconds).
        callers: callers remembered at most; the one idle longest is forgotten first.

    >>> attempts = Attempts(each=2, all_together=10, seconds=60, clock=lambda: 0.0)
    >>> [attempts.wait("10.0.0.1") for _ in range(3)]
    [0, 0, 60]
    """

    def __init__(
        self,
        *,
        each: int,
        all_together: int,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
        callers: int = 10_000,
    ) -> None:
        self._each = each
        self._all_together = all_together
        self._seconds = seconds
        self._clock = clock
        self._callers = callers
        self._by_caller: OrderedDict[str, deque[float]] = OrderedDict()
        self._everyone: deque[float] = deque()

    def wait(self, caller: str) -> int:
        """Count an attempt and return 0, or return the seconds to wait where there have been too many."""
        now = self._clock()
        mine = self._by_caller.setdefault(caller, deque())
        self._by_caller.move_to_end(caller)
        while len(self._by_caller) > self._callers:
            self._by_caller.popitem(last=False)
        left = max(self._left(mine, self._each, now), self._left(self._everyone, self._all_together, now))
        if left > 0:
            return math.ceil(left)
        mine.append(now)
        self._everyone.append(now)
        return 0

    def _left(self, times: deque[float], allowed: int, now: float) -> float:
        while times and times[0] <= now - self._seconds:
            times.popleft()
        return times[0] + self._seconds - now if len(times) >= allowed else 0.0
