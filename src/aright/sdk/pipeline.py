"""The pipeline of one process: buffer, meter, courier, and the thread that keeps them going.

A fork makes a new one in the child; the parent's is let go there, and stays at work in the parent.
"""

from __future__ import annotations

import threading
from hashlib import sha256
from typing import TYPE_CHECKING

from aright.sdk.buffer import BATCH_ROWS, Buffer
from aright.sdk.courier import Courier
from aright.sdk.door import Door
from aright.sdk.lanes import Lane
from aright.sdk.lifetime import load
from aright.sdk.meter import Meter, Usage, work_out
from aright.sdk.rows import Process, encode
from aright.sdk.settings import Settings, spool_place
from aright.sdk.spool import Spool
from aright.sdk.tally import Stats, Tally
from aright.sdk.values import wall_clock

if TYPE_CHECKING:
    from collections.abc import Callable

_ADVICE = {
    "queue_full": "rows come faster than they leave: raise queue_rows, or see whether the server answers",
    "too_large": "a row has more than a mebibyte: send less text",
    "spool_full": "the server has been away for longer than the spool lasts: raise spool_bytes",
    "spool_damaged": "a spool file was damaged, and its rest is lost",
}


class Pipeline:
    """Takes encoded rows and sees to it that they leave.

    Args:
        settings: what the client was told.
        started: called in the caller's thread when the sender starts.
    """

    def __init__(self, settings: Settings, started: Callable[[], None]) -> None:
        self._settings = settings
        self._started = started
        self.tally = Tally()
        self.meter = Meter()
        self._usage = Usage(None if settings.clock is wall_clock else settings.clock)
        self._buffer = Buffer(rows=settings.queue_rows, size=settings.queue_bytes)
        self._door = Door(settings)
        self._courier = Courier(self._buffer, self._door, self.tally, open_spool=self._open_spool)
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._wanted = 0
        self._done = 0
        self._hurried = False
        self._stopping = False

    def put(self, lane: Lane, row: bytes) -> None:
        """Take a row; wake the sender when a batch is full."""
        if self._stopping:
            self.tally.drop("closed", "the client was closed before this row")
            return
        held = self._buffer.put(lane, row)
        if type(held) is str:
            self.tally.drop(held, _ADVICE[held])
        if self._thread is None:
            self.start()
        elif held == BATCH_ROWS:
            with self._wake:
                self._hurried = True
                self._wake.notify_all()

    def start(self) -> None:
        """Start the sender, if it does not run yet."""
        with self._wake:
            if self._thread is None and not self._stopping:
                thread = threading.Thread(target=self._run, name="aright-sdk", daemon=True)
                thread.start()
                self._thread = thread
                self._started()

    def flush(self, timeout: float) -> bool:
        """Wait until all that was taken before is settled; ``False`` when that was not so in time."""
        self._look()
        self.start()
        with self._wake:
            if self._thread is threading.current_thread():
                return False  # a log handler of the host's, called by the sender itself
            self._wanted += 1
            ticket = self._wanted
            self._hurried = True
            self._wake.notify_all()
            self._wake.wait_for(lambda: self._done >= ticket or self._stopping, timeout)
            return self._done >= ticket

    def close(self, timeout: float) -> None:
        """Deliver what can be delivered in time, put the rest on disk, and stop."""
        with self._wake:
            self._stopping = True
            thread = self._thread
            self._wake.notify_all()
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)
        self._courier.put_away()

    def disown(self) -> None:
        """In a forked child: let go of what is the parent's."""
        self._door.disown()
        self._courier.disown()

    def stats(self) -> Stats:
        """Return the counts as they stand."""
        return self.tally.stats(
            accepted=self._buffer.accepted, queued=self._courier.queued(), spooled=self._courier.spooled()
        )

    def _run(self) -> None:
        load()
        stopping = False
        while not stopping:
            with self._wake:
                if not self._hurried and not self._stopping:
                    self._wake.wait(self._courier.pause(self._settings.flush_seconds))
                hurried, self._hurried = self._hurried, False
                wanted, stopping = self._wanted, self._stopping
            settled = self._round(hurried or stopping)
            with self._wake:
                if settled:
                    self._done = wanted
                self._wake.notify_all()
        self._courier.put_away()
        self._door.close()

    def _round(self, hurried: bool) -> bool:  # noqa: FBT001 - private, called once
        try:
            self._look()
            self._sample()
        except Exception as error:  # noqa: BLE001 - a clock or a sample that fails holds no rows up
            self.tally.error("sampling", error)
        try:
            if hurried:
                self._courier.hurry()
            return self._courier.round()
        except Exception as error:  # noqa: BLE001 - the sender outlives its own mistakes
            self.tally.error("delivery", error)
            return False

    def _look(self) -> None:
        if self._settings.process_metrics:
            self.meter.look(self._settings.clock())

    def _sample(self) -> None:
        """Turn closed intervals into rows; CPU and memory are known for the last of them only."""
        intervals = self.meter.take()
        for interval in intervals:
            figures = work_out(interval)
            if interval is intervals[-1]:
                figures |= {k: v for k, v in self._usage.sample().items() if k not in interval.told}
            s = self._settings
            self.put(Lane.PROCESS, encode(Process(interval.end - 1, s.service, figures, s.host, s.version)))

    def _open_spool(self) -> Spool | None:
        s = self._settings
        folder = spool_place(s.spool_dir)
        if not folder:
            return None
        meant_for = "\0".join((str(s.secure), s.address, str(s.port), s.base, s.service, s.token))
        scope = sha256(meant_for.encode()).hexdigest()[:16]
        try:
            spool = Spool(folder, scope, limit=s.spool_bytes, lost=self._lost)
        except (OSError, ImportError) as error:
            why = f"no spool on disk ({type(error).__name__}): give a folder of this user's own as spool_dir"
            self.tally.warn("spool", why)
            return None
        self.tally.add("recovered", spool.recovered)
        return spool

    def _lost(self, reason: str, rows: int) -> None:
        self.tally.drop(reason, _ADVICE[reason], rows)
