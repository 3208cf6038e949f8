"""Happenings: telling open pages that there is something new."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.engine.operations import Happening

_KEPT: Final = 256


class Listener:
    """One reader's bounded queue; the oldest happening gives way to the newest."""

    def __init__(self, leave: Callable[[Listener], None]) -> None:
        self._queue: queue.Queue[Happening] = queue.Queue(_KEPT)
        self._leave = leave

    def put(self, happening: Happening) -> None:
        """Add one without ever waiting."""
        while True:
            try:
                self._queue.put_nowait(happening)
            except queue.Full:
                try:
                    self._queue.get_nowait()
                except queue.Empty:
                    continue
            else:
                return

    def get(self, seconds: float) -> Happening | None:
        """Return the next one, or ``None`` after so many seconds."""
        try:
            return self._queue.get(timeout=seconds)
        except queue.Empty:
            return None

    def close(self) -> None:
        """Stop listening."""
        self._leave(self)


class Happenings:
    """Hands every happening to every listener.

    >>> from aright.engine.operations import Happening
    >>> happenings = Happenings()
    >>> listener = happenings.listen()
    >>> happenings.tell(Happening(kind="incident", key="INC-1"))
    >>> listener.get(0.0).key
    'INC-1'
    """

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._lock = threading.Lock()

    def listen(self) -> Listener:
        """Return a new listener."""
        listener = Listener(self._forget)
        with self._lock:
            self._listeners.add(listener)
        return listener

    @property
    def heard(self) -> bool:
        """Whether anybody listens."""
        return bool(self._listeners)

    def tell(self, happening: Happening) -> None:
        """Hand it to all."""
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener.put(happening)

    def _forget(self, listener: Listener) -> None:
        with self._lock:
            self._listeners.discard(listener)
