"""The courier: takes batches to the door, tries again later, and puts them on disk meanwhile.

It has no thread and no waiting of its own: ``round`` delivers what waits now, and ``pause`` says how long
until the next round makes sense.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

from aright.sdk.buffer import BATCH_ROWS, Buffer
from aright.sdk.door import Reply
from aright.sdk.lanes import Batch, Lane, pack

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.sdk.spool import Spool
    from aright.sdk.tally import Tally

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 30.0


def _by_chance() -> float:
    return int.from_bytes(os.urandom(4), "big") / 2**32


class Sends(Protocol):
    """What the courier needs of a door."""

    def send(self, batch: Batch) -> Reply:
        """Send a batch and return the answer."""
        ...


class Courier:
    """Delivers the buffer's rows.

    Args:
        buffer: where rows come from.
        door: where they go.
        tally: where it is counted.
        open_spool: opens the spool, once, when it is first needed; ``None`` when there is none.
        monotonic: seconds from a clock that never goes back.
        jitter: a number in [0, 1) by which pauses differ between senders.
    """

    def __init__(
        self,
        buffer: Buffer,
        door: Sends,
        tally: Tally,
        *,
        open_spool: Callable[[], Spool | None],
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = _by_chance,
    ) -> None:
        self._buffer = buffer
        self._door = door
        self._tally = tally
        self._open_spool = open_spool
        self._monotonic = monotonic
        self._jitter = jitter
        self._lock = threading.RLock()
        self._spool: Spool | None = None
        self._spool_asked = False
        self._held: deque[Batch] = deque()
        self._carried: Batch | None = None
        self._failures = 0
        self._retry_at = 0.0
        self._not_before = 0.0
        self._abandoned = False
        self._left_on_disk = 0

    @property
    def spool(self) -> Spool | None:
        """The spool, opened at the first look."""
        with self._lock:
            if not self._spool_asked:
                self._spool_asked = True
                self._spool = self._open_spool()
            return self._spool

    def round(self) -> bool:
        """Deliver all that waits now, oldest first; return whether nothing of it waits any longer."""
        if self._monotonic() < self._retry_at:
            self._shelve_all()
            return False
        if self._replay() and self._drain():
            return True
        self._shelve_all()
        return False

    def pause(self, usual: float) -> float:
        """Return the seconds until the next round makes sense, ``usual`` at most."""
        return max(0.0, min(usual, self._retry_at - self._monotonic())) if self._failures else usual

    def hurry(self) -> None:
        """Let the next round try at once, unless the server itself asked for patience."""
        self._retry_at = min(self._retry_at, self._not_before)

    def queued(self) -> int:
        """Return the rows in memory."""
        carried = self._carried
        held = sum(batch.rows for batch in list(self._held))
        return len(self._buffer) + held + (carried.rows if carried is not None else 0)

    def spooled(self) -> int:
        """Return the rows on disk."""
        if self._abandoned:
            return self._left_on_disk
        return self._spool.rows() if self._spool is not None else 0

    def put_away(self) -> None:
        """Leave nothing in memory: what was not delivered goes to disk, or is counted as lost."""
        with self._lock:
            if self._abandoned:
                return
            self._abandoned = True
            if self._carried is not None:
                self._held.append(self._carried)
                self._carried = None
            for batch in (*self._held, *self._rest()):
                if self.spool is None or not self.spool.append(batch):
                    self._tally.drop("exit", "the process ended before all rows were delivered", batch.rows)
            self._held.clear()
            if self._spool is not None:
                self._left_on_disk = self._spool.rows()
                self._spool.close()

    def disown(self) -> None:
        """In a forked child: let go of the parent's files."""
        if self._spool is not None:
            self._spool.disown()

    def _replay(self) -> bool:
        """Send what is on disk, then what was held; return whether both are empty."""
        while not self._abandoned and self.spool is not None:
            batch = self.spool.oldest()
            if batch is None:
                break
            if not self._offer(batch):
                return False
            with self._lock:
                if not self._abandoned:  # else the file is another's by now
                    self.spool.settle()
        while not self._abandoned and self._held:
            if not self._offer(self._held[0]):
                return False
            with self._lock:
                if self._held:
                    self._held.popleft()
        return not self._abandoned

    def _drain(self) -> bool:
        """Send what the buffer holds now, kind by kind; return whether all of it went."""
        for lane in Lane:
            left = self._buffer.waiting(lane)
            while left > 0 and (batch := self._carry(lane, left)) is not None:
                left -= batch.rows
                settled = self._offer(batch)
                with self._lock:
                    if self._abandoned:
                        return False
                    self._carried = None
                    if not settled:
                        self._shelve(batch)
                        return False
        return True

    def _carry(self, lane: Lane, limit: int) -> Batch | None:
        with self._lock:
            rows = [] if self._abandoned else self._buffer.take(lane, min(limit, BATCH_ROWS))
            self._carried = pack(lane, rows) if rows else None
            return self._carried

    def _offer(self, batch: Batch) -> bool:
        """Take one batch to the door; return whether the matter is settled, be it by a refusal."""
        try:
            reply = self._door.send(batch)
        except Exception as error:  # noqa: BLE001 - the sender outlives whatever a door does
            self._tally.error("sending", error)
            reply = Reply(0, failure=type(error).__name__)
        with self._lock:
            if self._abandoned:
                return False
            if reply.again:
                self._wait(reply)
                return False
            self._failures = 0
            self._retry_at = self._not_before = 0.0
            self._count(batch, reply)
        return True

    def _count(self, batch: Batch, reply: Reply) -> None:
        if not reply.taken:
            self._tally.add("rejected", batch.rows)
            told = reply.advice or "check url and token"
            self._tally.warn(
                f"rejected:{reply.status}", f"the server refused rows with status {reply.status}: {told}"
            )
            return
        self._tally.add("sent", batch.rows)
        if reply.quarantined:
            self._tally.add("quarantined", reply.quarantined)
            self._tally.warn("quarantined", f"the server put rows aside: {reply.advice}")

    def _wait(self, reply: Reply) -> None:
        """Put off the next attempt: twice as long each time, half of it by chance, and as the server asks."""
        now = self._monotonic()
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._failures, 16))
        self._failures += 1
        self._not_before = now + reply.retry_after if reply.retry_after else 0.0
        self._retry_at = max(now + pause * (0.5 + 0.5 * self._jitter()), self._not_before)
        cause = f"status {reply.status}" if reply.status else reply.failure
        self._tally.warn("away", f"the server cannot be reached ({cause}); rows are kept and sent again")

    def _shelve_all(self) -> None:
        """Bring the buffer's rows to disk, where the end of the process cannot hurt them."""
        with self._lock:
            if self._abandoned or self._held or self.spool is None:
                return
            for lane in Lane:
                while not self._held and (rows := self._buffer.take(lane)):
                    self._shelve(pack(lane, rows))

    def _shelve(self, batch: Batch) -> None:
        if self.spool is None or self._held or not self.spool.append(batch):
            self._held.append(batch)

    def _rest(self) -> list[Batch]:
        rest = []
        for lane in Lane:
            while rows := self._buffer.take(lane):
                rest.append(pack(lane, rows))
        return rest
