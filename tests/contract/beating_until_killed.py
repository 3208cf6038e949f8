"""Run by test_heartbeat_kill: takes beats as fast as it can, and tells of each once it is kept, until killed.

Reads lines of the time to start from (µs). For each it forks a child, so that what is imported is paid for
once; it writes the child's process id, then ``NAME AT`` for each beat, and ``dead`` when the child is gone.
"""

from __future__ import annotations

import os
import sys
from itertools import count
from pathlib import Path

from aright.adapters.clocks.driven import DrivenClock
from aright.adapters.memory_segments import MemorySegments
from aright.adapters.sql.sqlite import SqliteState
from aright.adapters.webhook.actuator import WebhookActuator, WebhookConfig
from aright.core.model.heartbeat import Heartbeat
from aright.core.model.times import HOUR, SECOND
from aright.engine.happenings import Happenings
from aright.engine.heartbeats import beat, put_heartbeats
from aright.engine.rows import Rows
from aright.engine.settings import Settings
from aright.engine.world import World

NAMES = [f"beat-{number}" for number in range(20)]


def beat_for_ever(path: Path, start: int) -> None:
    clock = DrivenClock(start)
    world = World(
        state=SqliteState(path),
        rows=Rows(MemorySegments()),
        clock=clock,
        actuator=WebhookActuator(WebhookConfig()),
        channels={},
        happenings=Happenings(),
        settings=Settings(),
        public_url="",
    )
    for number in count():
        clock.set(start + number * SECOND)
        made = beat(world, NAMES[number % len(NAMES)])
        os.write(1, f"{made.key} {made.last_at}\n".encode())


def main(path: Path) -> None:
    state = SqliteState(path)
    with state.transaction() as tx:
        put_heartbeats(tx, [Heartbeat(key=name, service="shop", every=HOUR) for name in NAMES], now=0)
    state.close()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os.write(1, f"{os.getpid()}\n".encode())
            beat_for_ever(path, int(line))
        os.waitpid(child, 0)
        os.write(1, b"dead\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
