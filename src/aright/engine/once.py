"""Something that takes long to read, and that several threads may want: it is read once, by the first."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Once(Generic[T]):
    """A value that is read when it is first asked for.

    >>> asked = Once(lambda: 7)
    >>> asked.get(), asked.at_hand()
    (7, 7)
    """

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._known: list[T] = []

    def get(self) -> T:
        """Return the value, reading it or waiting for who reads it; what broke is tried again."""
        with self._lock:
            if not self._known:
                self._known.append(self._read())
        return self._known[0]

    def at_hand(self) -> T | None:
        """Return the value as ``get`` does, but ``None`` while another thread reads it: nobody waits."""
        if not self._known and self._lock.acquire(blocking=False):
            self._lock.release()
            return self.get()
        return self._known[0] if self._known else None
