"""Lanes: how many messages may be under way at once, on which channels."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from typing import Final

ORDINARY: Final = 6
KEPT: Final = 2


@dataclass(frozen=True, slots=True)
class Lane:
    """A worker's place.

    Attributes:
        channel: which way.
        kept: whether it is of those that are kept for what is most urgent.
    """

    channel: str
    kept: bool


class Lanes:
    """Workers that are shared, and workers that each channel keeps for SEV1; thread-safe.

    A channel has at most half of those that are shared, so that a slow receiver cannot hold up the others.

    Args:
        shared: how many for all.
        each: how many of these for one channel.
        kept: how many more each channel has for what is most urgent.

    >>> lanes = Lanes(shared=2, each=1, kept=1)
    >>> taken = lanes.begin("mail", urgent=False)
    >>> lanes.room("mail", urgent=False), lanes.room("mail", urgent=True), lanes.room("chat", urgent=False)
    (False, True, True)
    """

    def __init__(self, shared: int = ORDINARY, each: int = ORDINARY // 2, kept: int = KEPT) -> None:
        self._shared, self._each, self._kept = shared, each, kept
        self._under_way: Counter[Lane] = Counter()
        self._lock = threading.Lock()

    def room(self, channel: str, *, urgent: bool) -> bool:
        """Return whether one more may be under way on a channel."""
        with self._lock:
            return self._ordinary(channel) or (urgent and self._reserve(channel))

    def begin(self, channel: str, *, urgent: bool) -> Lane:
        """Take a worker's place: of those that are shared, where there is one."""
        with self._lock:
            lane = Lane(channel, kept=urgent and not self._ordinary(channel))
            self._under_way[lane] += 1
        return lane

    def end(self, lane: Lane) -> None:
        """Give a worker's place back."""
        with self._lock:
            self._under_way[lane] -= 1

    def _ordinary(self, channel: str) -> bool:
        taken = sum(count for lane, count in self._under_way.items() if not lane.kept)
        return taken < self._shared and self._under_way[Lane(channel, kept=False)] < self._each

    def _reserve(self, channel: str) -> bool:
        return self._under_way[Lane(channel, kept=True)] < self._kept
