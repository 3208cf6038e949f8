"""The runtime: one thread that takes rows, closes windows and does what is due, in the order of the clock."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final, cast

from aright.core.model.bookkeeping import Checkpoint
from aright.engine import closing, recovery
from aright.engine.consuming import consume
from aright.engine.outbox import drain
from aright.engine.tasks import run_due

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.core.model.times import Micros
    from aright.engine.intake import Intake
    from aright.engine.watch import Watch
    from aright.engine.world import World
    from aright.ports.clock import DrivenClock

_log = logging.getLogger(__name__)

_TAKEN_AT_ONCE: Final = 200_000
_IDLE_SECONDS: Final = 0.2


class Runtime:
    """Keeps watch over every service.

    Everything that changes the engine's memory holds ``lock``. A failure stops the engine, is told by
    ``failure`` and calls ``on_failure``: what it was doing was not committed, so starting again does it anew.
    """

    def __init__(self, world: World, intake: Intake, on_failure: Callable[[], None] = lambda: None) -> None:
        self.world = world
        self.lock = threading.RLock()
        self.late = 0
        self.failure = ""
        self.watches: dict[str, Watch] = {}
        self._intake = intake
        self._on_failure = on_failure
        self.closed_to: Micros = 0
        self._stopping = threading.Event()
        self._threads = (
            threading.Thread(target=self._live, args=(self.step,), name="aright-engine", daemon=True),
            threading.Thread(target=self._live, args=(self.send,), name="aright-outbox", daemon=True),
        )

    def recover(self) -> None:
        """Fill memory again from the store; called once, before anything else."""
        found = recovery.recover(self.world)
        self.closed_to, self.watches = found.closed_to, found.watches
        self._intake.start(found.position)

    def start(self) -> None:
        """Begin to live by the wall clock; on a driven one, only ``advance`` moves things."""
        if not self.world.clock.driven:
            for thread in self._threads:
                thread.start()

    def stop(self) -> None:
        """Stop, and write down how far it came."""
        self._stopping.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=30)
        if not self.failure:
            with self.lock:
                self._checkpoint()

    def advance(self, to: Micros) -> None:
        """Drive the clock to ``to``, closing windows and doing tasks in order; raises ``ValueError``."""
        clock = cast("DrivenClock", self.world.clock)
        with self.lock:
            self._consume()
            while (at := self._next()) is not None and at <= to:
                clock.set(max(at, clock.now()))
                self._turn()
            clock.set(to)
            self._turn()
            self._checkpoint()

    def step(self) -> None:
        """Take what has come and do all that is due by now."""
        with self.lock:
            self._consume()
            self._turn()

    def _live(self, act: Callable[[], None]) -> None:
        while not self._stopping.is_set():
            try:
                act()
            except Exception as broken:  # noqa: BLE001 - told, and never half done
                self.failure = f"{type(broken).__name__}: {broken}"
                _log.exception("the engine stopped: start aright again, nothing acknowledged is lost")
                self._on_failure()
                return
            self._stopping.wait(_IDLE_SECONDS)

    def send(self) -> None:
        """Send what waits in the outbox."""
        drain(self.world.state, self.world.channels, self.world.clock.now())

    def _consume(self) -> None:
        while taken := self._intake.take(_TAKEN_AT_ONCE):
            consume(self.world, self.watches, taken)
            if self.world.rows.waiting >= self.world.settings.flush_rows:
                self._checkpoint()

    def _turn(self) -> None:
        now = self.world.clock.now()
        self._begin(now)
        while self.closed_to and self.closed_to + self._ripe <= now:
            self._close_next()
        run_due(self.world, now)
        if self.world.clock.driven:
            self.send()  # on the wall clock its own thread sends, so that a slow receiver delays no window

    @property
    def _ripe(self) -> Micros:
        return self.world.settings.width + self.world.settings.lateness

    def _begin(self, now: Micros) -> None:
        """Find the first window, or pass over a long silence."""
        width = self.world.settings.width
        firsts = [watch.first for watch in self.watches.values() if watch.first is not None]
        if not self.closed_to and firsts:
            self.closed_to = min(firsts) // width * width
        waits = any(watch.has_open() for watch in self.watches.values())
        if self.closed_to and not waits and now - self.closed_to > 10 * self._ripe:
            self.closed_to = (now - self.world.settings.lateness) // width * width - width

    def _close_next(self) -> None:
        start = self.closed_to
        end = start + self.world.settings.width
        now = max(end + self.world.settings.lateness, 0)
        position = self.world.rows.flush()
        with self.world.state.transaction() as tx:
            known = tx.get(Checkpoint, "engine")
            self.late += closing.close_window(self.world, tx, self.watches, start=start, now=now)
            tx.put(self._mark(known, position=position, closed_to=end))
        self.closed_to = end
        closing.tell(self.world, self.watches)

    def _checkpoint(self) -> None:
        position = self.world.rows.flush()
        with self.world.state.transaction() as tx:
            known = tx.get(Checkpoint, "engine")
            tx.put(self._mark(known, position=position, closed_to=self.closed_to))
        if position is not None:
            self._intake.release(position)

    def _mark(self, known: Checkpoint | None, *, position: int | None, closed_to: Micros) -> Checkpoint:
        clock = self.world.clock
        before = known.position if known else 0
        return Checkpoint(
            key="engine",
            position=before if position is None else position,
            closed_to=closed_to,
            clock="driven" if clock.driven else "wall",
            now=clock.now() if clock.driven else 0,
        )

    def _next(self) -> Micros | None:
        self._begin(self.world.clock.now())
        with self.world.state.transaction() as tx:
            due = tx.next_due()
        ripe = self.closed_to + self._ripe if self.closed_to else None
        times = [at for at in (due, ripe) if at is not None]
        return min(times) if times else None
