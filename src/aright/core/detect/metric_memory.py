"""What a metric's values have been over many days, in little room."""

from __future__ import annotations

import math
from collections import deque
from typing import Final, NamedTuple

_BLOCK: Final = 120
_BLOCKS: Final = 192


class Extremes(NamedTuple):
    """The least and the largest."""

    low: float
    high: float


class LongMemory:
    """Keeps the least and the largest value of each hour of eight days, as windows of 30 seconds count them.

    A weekly job, or the first day after a weekend, is then no news the second time.

    >>> memory = LongMemory()
    >>> for value in range(1_000):
    ...     memory.add(float(value))
    >>> memory.extremes
    Extremes(low=0.0, high=999.0)
    """

    def __init__(self) -> None:
        self._blocks: deque[tuple[float, float]] = deque(maxlen=_BLOCKS)
        self._low, self._high, self._filled = math.inf, -math.inf, 0
        self.count = 0

    def add(self, value: float, high: float | None = None) -> None:
        """Remember a finite value; or a pair, the first for the least and ``high`` for the largest."""
        self._low, self._high = min(self._low, value), max(self._high, value if high is None else high)
        self._filled += 1
        self.count += 1
        if self._filled == _BLOCK:
            self._blocks.append((self._low, self._high))
            self._low, self._high, self._filled = math.inf, -math.inf, 0

    @property
    def extremes(self) -> Extremes:
        """The least and the largest of what is remembered; infinite, and the wrong way round, for nothing."""
        blocks = [*self._blocks, (self._low, self._high)]
        return Extremes(min(low for low, _ in blocks), max(high for _, high in blocks))
