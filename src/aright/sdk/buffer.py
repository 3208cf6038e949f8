"""The buffer between the host's threads and the sender: bounded in rows and bytes, never waited for."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from aright.sdk.lanes import Lane

ROW_BYTES: Final = 1 << 20
"""The largest row taken (bytes, encoded)."""

BATCH_ROWS: Final = 1000
BATCH_BYTES: Final = 1 << 20


class Buffer:
    """Encoded rows in order of arrival, one lane per kind.

    >>> buffer = Buffer(rows=2, size=100)
    >>> [buffer.put(Lane.OUTCOME, b"abc") for _ in range(3)]
    [1, 2, 'queue_full']
    >>> buffer.take(Lane.OUTCOME), len(buffer)
    ([b'abc', b'abc'], 0)
    """

    def __init__(self, *, rows: int, size: int) -> None:
        self._lock = threading.RLock()  # re-entrant: a finalizer may report in the midst of a report
        # By the lanes' numbers: an enum's hash alone costs more than all that is done with its deque.
        self._lanes: list[deque[bytes]] = [deque() for _ in range(max(Lane) + 1)]
        self._room = rows
        self._room_bytes = size
        self.accepted = 0

    def put(self, lane: Lane, row: bytes) -> int | str:
        """Take a row and return how many its lane holds, or why not: ``too_large``, ``queue_full``."""
        size = len(row)
        if size > ROW_BYTES:
            return "too_large"
        with self._lock:
            if self._room <= 0 or self._room_bytes < size:
                return "queue_full"
            waiting = self._lanes[lane]
            waiting.append(row)
            self._room -= 1
            self._room_bytes -= size
            self.accepted += 1
            return len(waiting)

    def take(self, lane: Lane, limit: int = BATCH_ROWS) -> list[bytes]:
        """Take out the oldest rows of a lane, at most ``limit`` and about a mebibyte."""
        rows: list[bytes] = []
        size = 0
        with self._lock:
            waiting = self._lanes[lane]
            while waiting and len(rows) < limit and size < BATCH_BYTES:
                row = waiting.popleft()
                size += len(row)
                rows.append(row)
            self._room += len(rows)
            self._room_bytes += size
        return rows

    def waiting(self, lane: Lane) -> int:
        """Return how many rows a lane holds."""
        return len(self._lanes[lane])

    def __len__(self) -> int:
        return sum(map(len, self._lanes))
