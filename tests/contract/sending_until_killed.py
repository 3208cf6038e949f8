"""Run by test_outbox_kill: declares incidents and pages for them until it is killed.

Reads lines of an address and a run's number. For each it forks a child (imports are paid for once) that
declares incidents and drains the outbox as fast as it can, and writes the child's process id back.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from aright.adapters.clocks.driven import DrivenClock
from aright.adapters.memory_segments import MemorySegments
from aright.adapters.pagerduty.channel import PagerDuty
from aright.adapters.pagerduty.config import PagerDutyConfig
from aright.adapters.sql.sqlite import SqliteState
from aright.adapters.webhook.actuator import WebhookActuator, WebhookConfig
from aright.core.incident import HarmAlerted, apply
from aright.core.model.alert import Alert
from aright.core.model.times import SECOND
from aright.engine.commit import commit
from aright.engine.happenings import Happenings
from aright.engine.outbox import drain
from aright.engine.rows import Rows
from aright.engine.settings import Settings
from aright.engine.world import World


def alert(service: str) -> Alert:
    return Alert(
        key=f"{service}|quality:click",
        service=service,
        signal="quality:click",
        harm=True,
        at=0,
        since=0,
        before=0.12,
        now=0.06,
        low=0.05,
        high=0.07,
        units=900,
        log_e=9,
        threshold=8,
        rule="",
    )


def work(path: Path, url: str, run: int) -> None:
    state = SqliteState(path)
    channel = PagerDuty(PagerDutyConfig(routing_key="0123456789abcdef0123456789abcdef", url=url))
    world = World(
        state=state,
        rows=Rows(MemorySegments()),
        clock=DrivenClock(),
        actuator=WebhookActuator(WebhookConfig()),
        channels={"pagerduty": channel},
        happenings=Happenings(),
        settings=Settings(),
        public_url="",
    )
    while True:
        with state.transaction() as tx:
            key = f"INC-{tx.next_number('incident')}"
            service = f"service {key}"
            event = HarmAlerted(at=run * 60 * SECOND, incident=key, service=service, alerts=(alert(service),))
            commit(tx, apply(None, event), outlets=world.outlets)
        drain(world, run * 60 * SECOND, span=30 * SECOND)


def main() -> None:
    path = Path(sys.argv[1])
    SqliteState(path).close()  # makes the tables, and what is imported for that, once
    for line in sys.stdin:
        url, run = line.split()
        child = os.fork()
        if child == 0:
            work(path, url, int(run))
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
