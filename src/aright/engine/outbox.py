"""The outbox: messages leave until they are accepted, the urgent first, none lost by a crash.

A message is leased in one transaction, sent outside of any, and settled in another, under the fence of its
lease. A crash in between may send it again under the same key, which its receiver drops; marking it as sent
before sending would lose it instead.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.core.model.times import SECOND, Micros
from aright.engine.attempts import Outcome, attempt, is_urgent
from aright.engine.lanes import KEPT, ORDINARY, Lanes
from aright.engine.limits import Limits
from aright.engine.settling import settle
from aright.ports.state import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aright.core.model.message import Lease
    from aright.engine.lanes import Lane
    from aright.engine.world import World
    from aright.ports.state import Transaction

WORKERS: Final = ORDINARY + KEPT


@dataclass(frozen=True, kw_only=True, slots=True)
class Spans:
    """How long messages are lent for: longer than a channel takes, so that a slow send is not doubled.

    Attributes:
        others: to pagers and ways, which answer within 5 s; a dead replica's page leaves soon (µs).
        tickets: to channels that keep a record of their own, which may take 30 s (µs).
    """

    others: Micros = 8 * SECOND
    tickets: Micros = 60 * SECOND


def drain(
    world: World,
    now: Micros,
    *,
    workers: int = WORKERS,
    span: Micros | None = None,
    limits: Limits | None = None,
) -> list[Outcome]:
    """Send every message that is due, and return what became of each attempt, in order of settling.

    Blocks until all are settled; may be called from any thread, and from several at once. This is how pages
    leave under a driven clock, whose time stands still meanwhile.

    Args:
        world: the state that holds the outbox, and the channels.
        now: leases, due times and retries are counted from here (µs, UTC).
        workers: how many are under way at once; a message is leased only when one is free, so that what is
            most urgent by then goes first.
        span: how long a lease holds (µs); ``None`` for what the channel's sort says.
        limits: what receivers take; ``None`` for any number, until one says that it is enough.
    """
    dispatcher = Dispatcher(
        world,
        lambda: now,
        lanes=Lanes(shared=workers, each=workers, kept=0),
        limits=limits or Limits({}),
        spans=None if span is None else Spans(others=span, tickets=span),
    )
    return dispatcher.drain()


class Dispatcher:
    """Lends what is due to workers of its own, as many as there is room for.

    Each worker is a thread that sends one message and commits what became of it. ``lend`` is called by one
    thread; the world's bell is rung whenever a worker is free again.

    Args:
        world: the state that holds the outbox, the channels, the bell.
        now: the clock (µs, UTC).
        lanes: who may be under way at once.
        limits: what receivers take.
        spans: how long messages are lent for.
    """

    def __init__(
        self,
        world: World,
        now: Callable[[], Micros],
        *,
        lanes: Lanes | None = None,
        limits: Limits | None = None,
        spans: Spans | None = None,
    ) -> None:
        self._world, self._now = world, now
        self._lanes = lanes or Lanes()
        self._limits = limits or Limits(world.channels)
        self._spans = spans or Spans()
        self._changed = threading.Condition()
        self._under_way = self._over = 0
        self._outcomes: list[Outcome] | None = None
        self._broken: Exception | None = None
        self._strange: set[str] = set()

    def lend(self) -> int:
        """Begin to send what is due, the most urgent first; return how many messages that is.

        Raises what settling an earlier one raised: that is the state's failure, not a channel's.
        """
        if (broken := self._broken) is not None:
            if isinstance(broken, UnreachableError):
                self._broken = None  # what could not be told is lent again once its lease ends
            raise broken
        lent: list[tuple[Lease, Lane]] = []
        try:
            with self._world.state.transaction() as tx:
                for lease in self._lease(tx, self._now()):
                    message = lease.message
                    lane = self._lanes.begin(message.channel, urgent=is_urgent(message))
                    lent.append((lease, lane))
        except BaseException:
            for _, lane in lent:
                self._lanes.end(lane)
            raise
        for lease, lane in lent:
            self._begin(lease, lane)
        return len(lent)

    def rest(self, seconds: float) -> bool:
        """Wait until no worker is under way; return whether that came within so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._under_way, seconds)

    def drain(self) -> list[Outcome]:
        """Send all that is due and there are tokens for; return what became of it, in order of settling."""
        outcomes = self._outcomes = []
        seen = self._over
        while self.lend() or self._any_ended(seen):
            seen = self._over
        self._outcomes = None
        return outcomes

    def _any_ended(self, seen: int) -> bool:
        """Wait until more than ``seen`` workers have ended; return whether there was one to wait for."""
        with self._changed:
            if not self._under_way and self._over == seen:
                return False
            return self._changed.wait_for(lambda: self._over != seen)

    def _lease(self, tx: Transaction, now: Micros) -> Iterator[Lease]:
        """Yield one lease after the other; whoever takes one takes its place before asking for the next."""
        tickets = {name for name, channel in self._world.channels.items() if channel.kind == "tickets"}
        others = self._world.channels.keys() - tickets
        # Where both sorts are there, each level of urgency is gone through by itself.
        levels = (1, 2, 3, 4, 9) if tickets else (1, 9)
        kinds = ((tickets, self._spans.others), (others, self._spans.tickets))
        for level in levels:
            for left_out, span in kinds if tickets else kinds[:1]:
                while leases := tx.lease_messages(
                    now, limit=1, span=span, but=left_out | self._closed(now, level), urgency=level
                ):
                    self._strange |= {leases[0].message.channel} - self._world.channels.keys()
                    self._limits.began(leases[0].message, now)
                    yield leases[0]

    def _closed(self, now: Micros, level: int) -> set[str]:
        urgent = level <= 1
        return {
            name
            for name in self._world.channels.keys() | self._strange
            if not self._lanes.room(name, urgent=urgent) or not self._limits.allows(name, now, urgent=urgent)
        }

    def _begin(self, lease: Lease, lane: Lane) -> None:
        with self._changed:
            self._under_way += 1
        name = f"aright-send-{lane.channel}"
        threading.Thread(target=self._work, args=(lease, lane), name=name, daemon=True).start()

    def _work(self, lease: Lease, lane: Lane) -> None:
        try:
            outcome = attempt(self._world.channels, lease.message, self._now)
            self._limits.ended(outcome)
            counts = settle(self._world, lease, outcome)
        except Exception as broken:  # noqa: BLE001 - raised again by whoever lends
            self._ended(lane, None, broken)
        else:
            self._ended(lane, outcome if counts else None, None)

    def _ended(self, lane: Lane, outcome: Outcome | None, broken: Exception | None) -> None:
        self._lanes.end(lane)
        with self._changed:
            self._under_way -= 1
            self._over += 1
            self._broken = broken or self._broken
            if outcome is not None and self._outcomes is not None:
                self._outcomes.append(outcome)
            self._changed.notify_all()
        self._world.bell.ring()
