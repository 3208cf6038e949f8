"""When aright itself was awake: nobody's heartbeat is held against them for the time in which it was not."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.model.heartbeat import Heartbeat, Pulse
from aright.core.model.message import Due
from aright.core.model.times import SECOND
from aright.core.page.heartbeats import Vigil, due_at

if TYPE_CHECKING:
    from aright.core.model.times import Micros
    from aright.ports.state import State, Transaction

HEARTBEAT: Final = "heartbeat"
"""The task that looks whether a heartbeat was missed."""

_KEEP: Final = 5 * SECOND
"""How often it is written down that aright is awake, so that the next start knows how long it was not."""

_EVERY: Final = 1_000_000


class Awake:
    """What looks at the clock have shown, for all threads.

    Attributes:
        vigil: what is known so far.
    """

    def __init__(self) -> None:
        self.vigil = Vigil()
        self._kept: Micros = 0
        self._lock = threading.Lock()

    def look(self, state: State, now: Micros) -> None:
        """Look at the clock; where there are heartbeats, write down now and then that aright is awake."""
        with self._lock:
            back = now < self.vigil.seen - SECOND
            if self.vigil.seen and not back and now - self._kept < _KEEP:
                self.vigil = self.vigil.look(now)
                return
            with state.transaction() as tx:
                if not self.vigil.seen and (before := tx.get(Pulse, "aright")) is not None:
                    self.vigil = Vigil().sleep(min(before.at, now), now)
                self.vigil = self.vigil.look(now)
                if tx.list(Heartbeat, limit=1):
                    tx.put(Pulse(at=now))
                if back:
                    _turn_back(tx, now)
            self._kept = now


def await_beat(tx: Transaction, known: Heartbeat, at: Micros) -> None:
    """Let a heartbeat be judged at a time (µs, UTC)."""
    tx.schedule(Due(key=f"{HEARTBEAT}:{known.key}", task=HEARTBEAT, subject=known.key, due_at=at))


def _turn_back(tx: Transaction, now: Micros) -> None:
    """Await beats anew that a clock that was set back has in the future."""
    for known in tx.list(Heartbeat, limit=_EVERY):
        if known.last_at > now and not known.missed_at:
            made = msgspec.structs.replace(known, last_at=now)
            tx.put(made)
            await_beat(tx, made, due_at(made))
