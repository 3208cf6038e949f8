"""kill −9 while pages leave: none is lost, and what is repeated carries the same key."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

from aright.adapters.pagerduty.channel import PagerDuty
from aright.adapters.pagerduty.config import PagerDutyConfig
from aright.adapters.sql.sqlite import SqliteState
from aright.core.incident.chain import verify_chain
from aright.core.model.incident import Incident
from aright.core.model.times import SECOND
from aright.engine.outbox import drain
from tests.contract.fake_pagerduty import KEY, FakePagerDuty
from tests.contract.listening import Reply, Request, listen
from tests.unit.engine.small_world import small_world

RUNS = 24
CHILD = Path(__file__).with_name("sending_until_killed.py")


class Killer:
    """Says when the sender is to be killed: at the n-th event of a run, before or after it is processed."""

    def __init__(self, fake: FakePagerDuty, seed: int) -> None:
        self._fake = fake
        self._random = random.Random(seed)
        self._path = ""
        self._left = 0
        self._before = False
        self._lock = threading.Lock()
        self.due = threading.Event()

    def arm(self, run: int) -> None:
        with self._lock:
            self.due.clear()
            self._path = f"/{run}"
            self._left = self._random.randint(1, 4)
            self._before = self._random.random() < 0.5

    def answer(self, request: Request) -> Reply:
        with self._lock:
            if request.path != self._path:  # sent by one that has been killed since
                return self._fake.answer(request)
            self._left -= 1
            if self._left == 0 and self._before:
                self.due.set()
                return Reply(silent=True)
            reply = self._fake.answer(request)
            if self._left == 0:
                self.due.set()
        return reply


def test_no_page_is_lost_and_repeats_carry_the_same_key(tmp_path: Path):
    path = tmp_path / "state.db"
    fake = FakePagerDuty()
    killer = Killer(fake, seed=7)
    with listen(killer.answer) as listener:
        sender = subprocess.Popen(
            [sys.executable, str(CHILD), str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert sender.stdin is not None
        assert sender.stdout is not None
        for run in range(1, RUNS + 1):
            killer.arm(run)
            sender.stdin.write(f"{listener.url}/{run} {run}\n")
            sender.stdin.flush()
            child = int(sender.stdout.readline())
            assert killer.due.wait(20), "the sender sent nothing"
            os.kill(child, signal.SIGKILL)
        sender.stdin.close()
        sender.stdout.close()
        assert sender.wait(10) == 0

    state = SqliteState(path)
    with listen(fake.answer) as listener:
        channel = PagerDuty(PagerDutyConfig(routing_key=KEY, url=listener.url))
        late = (RUNS + 1) * 60 * SECOND
        drain(small_world(state, {"pagerduty": channel}), late)
        channel.close()
    with state.transaction() as tx:
        incidents = tx.list(Incident)
        messages = [message for incident in incidents for message in tx.messages(incident.key)]
        for incident in incidents:
            events = tx.events(incident.key)
            assert verify_chain(events)
            assert [event.kind for event in events].count("paged") == 1
    state.close()

    assert len(incidents) >= RUNS // 2
    assert len(messages) == len(incidents), "an incident and its page are committed together"
    assert {message.status for message in messages} == {"sent"}
    received = Counter(event["dedup_key"] for event in fake.events)
    assert set(received) == {message.dedup_key for message in messages}, "none lost, none made up"
    assert max(received.values()) > 1, (
        "no run was killed between sending and settling: the test shows nothing"
    )
    assert Counter(alert.dedup_key for alert in fake.alerts) == dict.fromkeys(received, 1)
