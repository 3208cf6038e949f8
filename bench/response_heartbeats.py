"""What heartbeats cost: a part of ``python -m bench.response``.

A thousand senders that beat once a minute are sixteen beats a second. What one beat costs on the embedded
store, and what it costs to look for those that are silent, say how much of a core that takes; and how late a
silence is told, by a clock that the bench moves.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from aright.adapters.memory_segments import MemorySegments
from aright.adapters.sql.sqlite import SqliteState
from aright.adapters.webhook.actuator import WebhookActuator, WebhookConfig
from aright.core.model.heartbeat import Heartbeat
from aright.core.model.incident import Incident
from aright.core.model.times import MINUTE, SECOND
from aright.engine.happenings import Happenings
from aright.engine.heartbeats import beat, put_heartbeats
from aright.engine.rows import Rows
from aright.engine.settings import Settings
from aright.engine.tasks import run_due
from aright.engine.world import World
from bench.report import Figure, at_most

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.times import Micros

SENDERS: Final = 1_000
START: Final = 1_767_225_600_000_000
STEP: Final = SECOND // 5
"""How often the engine looks, as on the wall clock."""


@dataclass
class Clock:
    """By the wall, as far as anybody can tell."""

    at: Micros = START
    driven: bool = False

    def now(self) -> Micros:
        """Return the time (µs, UTC)."""
        return self.at


def figures(*, quick: bool) -> Sequence[Figure]:
    """Return what a thousand heartbeats take of a core, and how late silence is told."""
    with TemporaryDirectory() as folder:
        clock = Clock()
        world = _world(Path(folder), clock)
        seconds = 5 if quick else 30
        busy = _beat(world, clock, seconds)
        late = _fall_silent(world, clock)
        world.state.close()
    return (
        at_most(f"share of a core that {SENDERS:,} heartbeats a minute take", busy, 0.1),
        at_most("a heartbeat's silence told after it was due, p99 (s)", late, 1.0),
    )


def _world(folder: Path, clock: Clock) -> World:
    state = SqliteState(folder / "state.db")
    with state.transaction() as tx:
        known = [
            Heartbeat(key=f"b{number}", service=f"s{number % 50}", every=MINUTE) for number in range(SENDERS)
        ]
        put_heartbeats(tx, known, now=clock.at)
    return World(
        state=state,
        rows=Rows(MemorySegments()),
        clock=clock,
        actuator=WebhookActuator(WebhookConfig()),
        channels={},
        happenings=Happenings(),
        settings=Settings(),
        public_url="",
    )


def _beat(world: World, clock: Clock, seconds: int) -> float:
    """Let all senders beat in turn for so many seconds of the clock; return CPU seconds a second."""
    begun, sent, until = time.process_time(), 0, clock.at + seconds * SECOND
    while clock.at < until:
        clock.at += STEP
        run_due(world, clock.at)
        while sent < (clock.at - START) * SENDERS // MINUTE:
            beat(world, f"b{sent % SENDERS}")
            sent += 1
    return (time.process_time() - begun) / seconds


def _fall_silent(world: World, clock: Clock) -> float:
    """Let nobody beat any more; return the 99th percentile of how late that is told (s)."""
    until = clock.at + 3 * MINUTE
    while clock.at < until:
        clock.at += STEP
        run_due(world, clock.at)
    with world.state.transaction() as tx:
        beats = [each for each in tx.list(Heartbeat, limit=SENDERS) if each.last_at]
        opened = tx.list(Incident)
    if not opened or not all(each.missed_at for each in beats):
        raise RuntimeError("silence was not told")
    late = sorted(each.missed_at - each.last_at - each.every - each.grace for each in beats)
    return late[int(len(late) * 0.99)] / SECOND
