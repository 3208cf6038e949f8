"""The inlet of alerts: an answer means that alert, incident, timeline and page are committed.

Other rows are answered once they are in the log. An alert is not: whoever is to be woken by it must be in the
outbox before its sender is told that it has arrived. Bodies that wait are committed together.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.core.model.bookkeeping import Quarantined
from aright.core.model.frame import Kind
from aright.core.observe.intake import Intake as Read
from aright.core.observe.intake import read
from aright.engine.consuming import keep_documents
from aright.engine.intake import Acceptance
from aright.ports.log import LogFullError
from aright.ports.state import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aright.core.model.frame import Frame
    from aright.core.model.times import Micros
    from aright.engine.world import World
    from aright.ports.state import Transaction

_LOG: Final = logging.getLogger(__name__)

MOST_WAITING: Final = 30_000
"""Alerts that may wait to be committed: a few seconds' work, which is what their senders wait for."""

MOST_AT_ONCE: Final = 10_000
"""Alerts in one transaction, but for a body that holds more: others wait for the state meanwhile."""

_SEQUENCE: Final = "quarantined alerts"


@dataclass(frozen=True, slots=True)
class _Waiting:
    found: Read
    received_at: Micros
    durable: Future[int]

    @property
    def size(self) -> int:
        return self.found.good + self.found.bad_count


class AlertInlet:
    """Takes bodies of alerts; ``accept`` may be called from many threads.

    The sender's bell is rung by what happens to incidents; it looks once the transaction is over.

    On a driven clock a body is committed by whoever brings it; else by a thread of its own, which neither
    holds the engine's lock nor waits for its windows.

    Args:
        world: the state, the clock, the bell.
        limit_bytes: largest body once decompressed.
        count: told how many rows of a body were taken and set aside, once it is committed.
        most: how many alerts may wait.
    """

    def __init__(
        self,
        world: World,
        limit_bytes: int = 64 << 20,
        count: Callable[[int, int], None] = lambda _good, _bad: None,
        *,
        most: int = MOST_WAITING,
    ) -> None:
        self._world = world
        self._limit = limit_bytes
        self._count = count
        self._most = most
        self._changed = threading.Condition()
        self._queue: deque[_Waiting] = deque()
        self._waiting = 0
        self._stopped = False
        self._thread = threading.Thread(target=self._live, name="aright-alerts", daemon=True)

    def start(self) -> None:
        """Begin to commit; on a driven clock, whoever brings a body does."""
        if not self._world.clock.driven:
            self._thread.start()

    def stop(self) -> None:
        """Take nothing more, and commit what waits."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout=30)

    def accept(self, frame: Frame) -> Acceptance:
        """Decode a body; its future is done once all of it is committed, at position 0 of no log.

        Raises ``UnreadableError`` where no alert can be told apart, ``LogFullError`` where too many wait.
        """
        self._hold_room()
        found = read(frame, limit_bytes=self._limit)
        waiting = _Waiting(found, frame.received_at, Future())
        if not waiting.size:
            waiting.durable.set_result(0)
        elif self._world.clock.driven:
            self._commit([waiting])
        else:
            self._put(waiting)
        return Acceptance(
            accepted=found.good,
            bad_count=found.bad_count,
            bad=found.bad,
            notes=found.notes,
            durable=waiting.durable,
        )

    def _hold_room(self) -> None:
        if self._waiting >= self._most or self._stopped:
            raise LogFullError("too many alerts wait to be committed: send again in a second")

    def _put(self, waiting: _Waiting) -> None:
        with self._changed:
            self._hold_room()
            self._queue.append(waiting)
            self._waiting += waiting.size
            self._changed.notify_all()

    def _live(self) -> None:
        while batch := self._take():
            self._commit(batch)

    def _take(self) -> list[_Waiting]:
        """Wait for bodies; return those that are committed together, none once all is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._stopped)
            batch: list[_Waiting] = []
            size = 0
            while self._queue and (not batch or size + self._queue[0].size <= MOST_AT_ONCE):
                batch.append(self._queue.popleft())
                size += batch[-1].size
            self._waiting -= size
        return batch

    def _commit(self, batch: Sequence[_Waiting]) -> None:
        """Commit bodies together; where that fails, find the one that is to blame."""
        try:
            with self._world.state.transaction() as tx:
                _keep(self._world, tx, batch)
        except Exception as broken:  # noqa: BLE001 - told to the sender, who sends it again
            if len(batch) == 1 or isinstance(broken, UnreachableError):
                known = isinstance(broken, UnreachableError)
                _LOG.error("alerts could not be committed: %s", broken, exc_info=None if known else broken)
                for waiting in batch:
                    waiting.durable.set_exception(broken)
                return
            half = len(batch) // 2
            self._commit(batch[:half])
            self._commit(batch[half:])
            return
        for waiting in batch:
            self._count(waiting.found.good, waiting.found.bad_count)
            waiting.durable.set_result(0)


def by_kind(
    rows: Callable[[Frame], Acceptance], alerts: Callable[[Frame], Acceptance]
) -> Callable[[Frame], Acceptance]:
    """Return what gives alerts to the one, and all else to the other."""
    return lambda frame: (alerts if frame.kind is Kind.ALERTS else rows)(frame)


def _keep(world: World, tx: Transaction, batch: Sequence[_Waiting]) -> None:
    keep_documents(world, tx, [value for waiting in batch for value in waiting.found.documents])
    for waiting in batch:
        if waiting.found.bad_count:
            tx.put(
                Quarantined(
                    key=f"at-once-{tx.next_number(_SEQUENCE)}:alerts",
                    at=waiting.received_at,
                    kind=waiting.found.kind.name.lower(),
                    count=waiting.found.bad_count,
                    rows=waiting.found.bad,
                )
            )
