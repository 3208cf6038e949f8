"""A bell: threads wait on it, and whoever has put something where they should look rings it."""

from __future__ import annotations

import threading


class Bell:
    """Wakes every thread that waits; a ring while a thread was busy is heard at its next wait.

    It may be rung within a transaction: transactions run one after the other, so that whoever wakes sees what
    this one commits.

    >>> bell = Bell()
    >>> bell.ring()
    >>> bell.wait(0.0), bell.wait(0.0)
    (True, False)
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._rung = 0
        self._heard = threading.local()

    def ring(self) -> None:
        """Wake all that wait, and let all others not begin to."""
        with self._changed:
            self._rung += 1
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait until it is rung; return whether it was since this thread's last wait returned.

        Args:
            seconds: at most so long.
        """
        heard: int = getattr(self._heard, "last", 0)
        with self._changed:
            self._changed.wait_for(lambda: self._rung != heard, seconds)
            self._heard.last = self._rung
            return self._rung != heard
