"""The part that a replica plays: one watches, any number respond."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.model.replica import WATCHER, Watcher
from aright.core.model.times import SECOND
from aright.ports.state import FencedError

if TYPE_CHECKING:
    from aright.ports.clock import Clock
    from aright.ports.state import State, Transaction

SPAN: Final = 30 * SECOND
"""How long the watch is held without being renewed; another replica's clock may be off by less."""


class WatchedError(ValueError):
    """Another replica watches already."""


class ElsewhereError(Exception):
    """It is for the replica that watches; its text says so."""


class Lease:
    """The watch of one process over a state.

    Nobody waits for it: whoever finds it taken is told by whom and until when. A process that starts on the
    folder of the one before it has it at once: the log there belongs to one process at a time.

    Args:
        state: holds it.
        clock: what time it is.
        name: of this replica.
        store: id of the folder that its log is in.
    """

    def __init__(self, state: State, clock: Clock, *, name: str, store: str) -> None:
        self._state, self._clock = state, clock
        self._name, self._store = name, store
        self._fence = 0

    def take(self) -> None:
        """Take the watch; raises ``WatchedError`` where another replica has it."""
        now = self._clock.now()
        with self._state.transaction() as tx:
            held = tx.get(Watcher, WATCHER)
            if held is not None and held.store != self._store and held.until > now:
                seconds = -((now - held.until) // SECOND)
                raise WatchedError(
                    f"the replica {held.name!r} watches already: start this one with --respond. "
                    f"If that one is gone for good, the watch is free in {seconds} s"
                )
            self._fence = held.fence + 1 if held is not None else 1
            taken = Watcher(name=self._name, store=self._store, fence=self._fence, until=now + SPAN)
            if held is not None:
                taken = msgspec.structs.replace(
                    taken, beats=held.beats + 1, missed_at=held.missed_at, incident=held.incident
                )
            tx.put(taken)

    def check(self, tx: Transaction) -> Watcher:
        """Return the lease; raises ``FencedError`` where another process has taken it since."""
        held = tx.get(Watcher, WATCHER)
        if held is None or held.fence != self._fence:
            whose = f"{held.name!r}" if held is not None else "nobody"
            raise FencedError(f"the watch went to {whose} while this replica was away: start it again")
        return held

    def renew(self, tx: Transaction) -> Watcher:
        """Hold it for longer; return what it was before. Raises ``FencedError``."""
        held = self.check(tx)
        until = self._clock.now() + SPAN
        tx.put(msgspec.structs.replace(held, until=until, beats=held.beats + 1, missed_at=0, incident=""))
        return held

    def end(self) -> None:
        """Let it go, so that another replica need not wait."""
        with self._state.transaction() as tx:
            held = tx.get(Watcher, WATCHER)
            if held is not None and held.fence == self._fence:
                tx.put(msgspec.structs.replace(held, until=0))


@dataclass(frozen=True, kw_only=True)
class Role:
    """What this replica does.

    Attributes:
        name: by which it is told of; empty where there is only one.
        watches: whether rows, windows, diagnoses and releases are its own; all do what responding takes.
        lease: of the watch; ``None`` where nobody else can have it.
        store: id of the folder of its log; empty for the embedded store, which has but one.
    """

    name: str = ""
    watches: bool = True
    lease: Lease | None = None
    store: str = ""

    def check(self, tx: Transaction) -> None:
        """Raise ``FencedError`` within a transaction that only the replica that watches may commit."""
        if self.lease is not None:
            self.lease.check(tx)
