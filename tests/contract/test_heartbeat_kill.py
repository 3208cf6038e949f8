"""kill −9 at any moment: a beat that was acknowledged is kept, and the next one is awaited."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from aright.adapters.sql.sqlite import SqliteState
from aright.core.model.heartbeat import Heartbeat
from aright.core.model.times import HOUR
from aright.core.page.heartbeats import due_at

if TYPE_CHECKING:
    from typing import IO

LIVES = 12


def live_and_die(told: IO[str], orders: IO[str], start: int, beats: int, heard: dict[str, int]) -> None:
    """Let it live until so many beats are acknowledged, kill it, and note all that it acknowledged."""
    orders.write(f"{start}\n")
    orders.flush()
    pid, seen, killed = int(told.readline()), 0, False
    while (line := told.readline()) != "dead\n":
        name, at = line.split()
        heard[name] = int(at)
        seen += 1
        if seen >= beats and not killed:
            os.kill(pid, signal.SIGKILL)
            killed = True
    assert killed, "it died by itself"


def test_no_acknowledged_beat_is_lost(tmp_path: Path) -> None:
    path, chance = tmp_path / "state.db", random.Random(6)
    heard: dict[str, int] = {}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.contract.beating_until_killed", str(path)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as victim:
        assert victim.stdin is not None
        assert victim.stdout is not None
        for life in range(1, LIVES + 1):
            live_and_die(victim.stdout, victim.stdin, life * HOUR, chance.randint(1, 60), heard)
        victim.stdin.close()
        assert victim.wait(10) == 0
    state = SqliteState(path)
    with state.transaction() as tx:
        kept = {each.key: each for each in tx.list(Heartbeat)}
        awaited = {due.subject: due.due_at for due in tx.take_due(2**60, limit=1_000, only="heartbeat")}
    state.close()
    assert heard
    assert all(kept[name].last_at >= at for name, at in heard.items())
    assert awaited == {name: due_at(each) for name, each in kept.items() if each.last_at}
