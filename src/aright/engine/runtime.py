"""The runtime: one thread that takes rows, closes windows and does what is due, in the order of the clock."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final, cast

from aright.core.model.bookkeeping import Checkpoint
from aright.engine import closing, recovery
from aright.engine.consuming import consume
from aright.engine.limits import Limits
from aright.engine.outbox import Dispatcher, drain
from aright.engine.releasing import RELEASE
from aright.engine.resuming import resume
from aright.engine.tasks import APART, DIAGNOSE, RESPONSE, run_due, run_response
from aright.engine.ticket_dues import TICKETS, begin
from aright.engine.tidying import tidy
from aright.ports.state import UnreachableError

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
"""How long a thread waits for the bell before it looks all the same: other processes put work there, too."""

_BREATH_SECONDS: Final = 0.05
"""How long what is not urgent waits after a ring, so that many rings are one look."""

_RESPONSE_SECONDS: Final = 0.1
_HOUSE_SECONDS: Final = 2.0
_RESPONDING: Final = frozenset({"aright-outbox", "aright-response", "aright-tickets", "aright-house"})
"""Threads of every replica. They keep nothing in memory, so that they outlive a state that is away."""

_SENDING_SECONDS: Final = 6.0
"""How long a stop waits for what is under way: what is not told by then is sent again, under the same key."""


class Runtime:
    """Keeps watch over every service.

    Everything that changes the engine's memory holds ``lock``. A failure stops the engine, is told by
    ``failure`` and calls ``on_failure``: what it was doing was not committed, so starting again does it anew.

    Args:
        world: the ports and what is built on them.
        intake: hands over rows.
        on_failure: called once the engine has stopped for good.
        chore: done every few seconds beside all else, and on a driven clock at each move.
    """

    def __init__(
        self,
        world: World,
        intake: Intake,
        on_failure: Callable[[], None] = lambda: None,
        chore: Callable[[], None] = lambda: None,
    ) -> None:
        self.world = world
        self.lock = threading.RLock()
        self.late = 0
        self.failure = ""
        self.watches: dict[str, Watch] = {}
        self._intake = intake
        self._on_failure = on_failure
        self._chore = chore
        self.closed_to: Micros = 0
        self._position = self._counted = 0
        self._flushed_at: Micros = 0
        self._tidied_at: Micros = 0
        self._limits = Limits(world.channels)
        self._dispatcher = Dispatcher(world, world.clock.now, limits=self._limits)
        self._stopping = threading.Event()
        self._threads = tuple(
            threading.Thread(target=self._live, args=(act, rest), name=name, daemon=True)
            for name, act, rest in (
                ("aright-engine", self.step, self._doze),
                ("aright-outbox", self.send, self._listen),
                ("aright-response", self.respond, self._attend),
                ("aright-inquiry", self.inquire, self._doze),
                ("aright-releases", self.release, self._doze),
                ("aright-tickets", self.look, self._doze),
                ("aright-house", self.keep_house, self._sleep),
            )
            if world.role.watches or name in _RESPONDING
        )

    def recover(self) -> None:
        """Fill memory again from the store; called once, before anything else."""
        found = recovery.recover(self.world, self._intake)
        self._position, self._counted, self.closed_to = found.position, found.counted, found.closed_to
        self.watches = found.watches
        self._flushed_at = self.world.clock.now()
        consume(self.world, self.watches, found.taken)
        resume(self.world)
        begin(self.world)

    @property
    def windows_behind(self) -> int:
        """How many windows could be closed and are not yet."""
        ripe = self.world.clock.now() - self.world.settings.lateness - self.closed_to
        return max(0, ripe // self.world.settings.width) if self.closed_to else 0

    def start(self) -> None:
        """Begin to live by the wall clock; on a driven one, only ``advance`` moves things."""
        if not self.world.role.watches:
            begin(self.world)
        if not self.world.clock.driven:
            for thread in self._threads:
                thread.start()

    def stop(self) -> None:
        """Stop, and write down how far it came."""
        self._stopping.set()
        self.world.bell.ring()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=30)
        self._dispatcher.rest(_SENDING_SECONDS)
        if not self.failure and self.world.role.watches:
            with self.lock:
                self._flush()
                self._keep_detectors()

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
            with self.world.state.transaction() as tx:
                tx.put(self._mark())
        self.keep_house()

    def step(self) -> None:
        """Take what has come and do all that is due by now."""
        with self.lock:
            self._consume()
            self._turn()

    def _live(self, act: Callable[[], None], rest: Callable[[], object]) -> None:
        while not self._stopping.is_set():
            try:
                act()
            except Exception as broken:  # noqa: BLE001 - told, and never half done
                away = isinstance(broken, UnreachableError)
                if not away or not _keeps_nothing():
                    told = "the engine stopped: start aright again, nothing acknowledged is lost"
                    _log.error(told, exc_info=None if away else broken)
                    self.fail(f"{type(broken).__name__}: {broken}")
                    return
                _log.warning("%s", broken)
                self._sleep()
            rest()

    def fail(self, why: str) -> None:
        """Say that the engine has stopped for good."""
        self.failure = self.failure or why
        self._on_failure()

    def _listen(self) -> bool:
        """Rest until the bell is rung."""
        return self.world.bell.wait(_IDLE_SECONDS)

    def _attend(self) -> None:
        """Rest for a short while, whatever happens: what is due may not be late."""
        self._stopping.wait(_RESPONSE_SECONDS)

    def _doze(self) -> None:
        """Rest likewise, and take many rings for one."""
        if self._listen():
            self._stopping.wait(_BREATH_SECONDS)

    def _sleep(self) -> None:
        """Rest whatever happens."""
        self._stopping.wait(_HOUSE_SECONDS)

    def send(self) -> None:
        """Begin to send what waits in the outbox; on a driven clock, send it."""
        if self.world.clock.driven:
            drain(self.world, self.world.clock.now(), limits=self._limits)
        else:
            self._dispatcher.lend()

    def respond(self) -> None:
        """Tell the steps, updates and reminders that are due, whatever windows and diagnoses take."""
        run_response(self.world, self.world.clock.now())

    def inquire(self) -> None:
        """Make the diagnoses that are due; windows are closed and pages sent meanwhile."""
        run_due(self.world, self.world.clock.now(), only=DIAGNOSE)

    def release(self) -> None:
        """Look at the releases that are due; a diagnosis that takes long does not delay going back."""
        run_due(self.world, self.world.clock.now(), only=RELEASE)

    def look(self) -> None:
        """Look at the tickets that are due; nothing else waits for who keeps them."""
        run_due(self.world, self.world.clock.now(), only=TICKETS)

    def settle(self) -> None:
        """Do what is due already: on a driven clock nothing else would before time moves."""
        with self.lock:
            run_due(self.world, self.world.clock.now())

    def keep_house(self) -> None:
        """Do the chore; merge small files and delete what is too old, if it is time to."""
        self._chore()
        now = self.world.clock.now()
        if self.world.role.watches and now - self._tidied_at >= self.world.settings.tidy_every:
            self._tidied_at = now
            tidy(self.world, self._position, now)

    def _consume(self) -> None:
        while taken := self._intake.take(_TAKEN_AT_ONCE):
            consume(self.world, self.watches, taken)
            if self._full():
                self._flush()

    def _full(self) -> bool:
        rows, settings = self.world.rows, self.world.settings
        return rows.waiting >= settings.flush_rows or rows.waiting_bytes >= settings.flush_bytes

    def _turn(self) -> None:
        now = self.world.clock.now()
        self._begin(now)
        while self.closed_to and self.closed_to + self._ripe <= now:
            self._close_next()
        if now - self._flushed_at >= self.world.settings.flush_every:
            self._flush()
            self._flushed_at = now
        driven = self.world.clock.driven
        run_due(self.world, now, but=() if driven else (*APART, *RESPONSE))
        if driven:
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
        counted = self.world.rows.reached
        with self.world.state.transaction() as tx:
            self.world.role.check(tx)
            self.late += closing.close_window(self.world, tx, self.watches, start=start, now=now)
            tx.put(self._mark(closed_to=end, counted=counted))
        self.closed_to, self._counted = end, counted
        closing.tell(self.world, self.watches)

    def _flush(self) -> None:
        """Bring all rows at hand to rest; once that is committed, the log may let go of them."""
        position = self.world.rows.flush()
        if position == self._position:
            return
        with self.world.state.transaction() as tx:
            self.world.role.check(tx)
            tx.put(self._mark(position=position))
        self._position = position
        self._intake.release(position)

    def _keep_detectors(self) -> None:
        """Let the next start go on from here, without going over any points."""
        if self.closed_to:
            with self.world.state.transaction() as tx:
                self.world.role.check(tx)
                for watch in self.watches.values():
                    watch.freeze(tx, self.closed_to)

    def _mark(
        self, *, position: int | None = None, counted: int | None = None, closed_to: Micros | None = None
    ) -> Checkpoint:
        clock = self.world.clock
        return Checkpoint(
            key="engine",
            position=self._position if position is None else position,
            counted=self._counted if counted is None else counted,
            closed_to=self.closed_to if closed_to is None else closed_to,
            clock="driven" if clock.driven else "wall",
            now=clock.now() if clock.driven else 0,
            store=self.world.role.store,
        )

    def _next(self) -> Micros | None:
        self._begin(self.world.clock.now())
        with self.world.state.transaction() as tx:
            due = tx.next_due()
        ripe = self.closed_to + self._ripe if self.closed_to else None
        times = [at for at in (due, ripe) if at is not None]
        return min(times) if times else None


def _keeps_nothing() -> bool:
    return threading.current_thread().name in _RESPONDING
