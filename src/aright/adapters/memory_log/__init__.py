"""The log in memory, for tests and trials: it keeps the port's promises but durability."""

from __future__ import annotations

from concurrent.futures import Future
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.model.frame import Frame

_HEAD = 20  # bytes counted for each frame, so that positions grow as those of the files do


class MemoryLog:
    """A ``Log`` that lives as long as its process.

    >>> MemoryLog().end()
    0
    """

    def __init__(self) -> None:
        self._frames: list[tuple[int, Frame]] = []
        self._end = 0
        self._lock = Lock()

    def append(self, frame: Frame) -> Future[int]:
        """Keep the frame; the future is set at once."""
        future: Future[int] = Future()
        with self._lock:
            self._end += _HEAD + len(frame.body)
            self._frames.append((self._end, frame))
            future.set_result(self._end)
        return future

    def read(self, position: int) -> Iterator[tuple[int, Frame]]:
        """Yield what lies behind ``position``."""
        while True:
            with self._lock:
                ahead = [(end, frame) for end, frame in self._frames if end > position][:100]
            if not ahead:
                return
            for end, frame in ahead:
                position = end
                yield end, frame

    def end(self) -> int:
        """Return the position behind the last frame."""
        with self._lock:
            return self._end

    def release(self, position: int) -> None:
        """Forget what lies before ``position``."""
        with self._lock:
            self._frames = [(end, frame) for end, frame in self._frames if end > position]

    def close(self) -> None:
        """Nothing waits."""
