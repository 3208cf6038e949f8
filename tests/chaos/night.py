"""A night: alerts come in through the doors while the server is killed again and again."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx

from aright.core.incident import apply
from aright.core.incident.facts import wrongs
from aright.core.incident.standing import services_of
from aright.core.model.incident import Incident
from aright.stores import open_state
from tests.contract.fake_pagerduty import KEY, FakePagerDuty
from tests.contract.listening import Reply, Request, listen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.ports.state import State

TOKEN: Final = "token of the night"
_ROOT: Final = Path(__file__).parents[2]
_SECRETS: Final = {"CHAOS_KEY": KEY, "CHAOS_SECRET": "a secret of the night"}
_SENDERS: Final = 3
_PATIENCE: Final = 40.0
"""Seconds for the last pages to arrive: a dead sender's lease lasts eight."""


class Server:
    """One place where a server runs, in one life after the other."""

    def __init__(self, store: Path, catalog: Path, **told: Any) -> None:
        self._order = {"store": str(store), "catalog": str(catalog), "token": TOKEN, **told}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.serving_by_the_wall"],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **_SECRETS, "OPENBLAS_NUM_THREADS": "1"},
        )
        self.url = ""
        self._child = 0

    def start(self) -> None:
        """Begin a life, and wait until it answers."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(self._order) + "\n")
        self._process.stdin.flush()
        self._child = int(self._process.stdout.readline())
        said = ""
        for line in self._process.stdout:
            if found := re.search(r"ready at (http\S+)", line):
                self.url = found[1]
                return
            said += line
            if line.startswith("gone"):
                raise AssertionError(said)

    def end(self, how: signal.Signals = signal.SIGKILL) -> str:
        """End the life; return what it said since it was ready."""
        assert self._process.stdout is not None
        os.kill(self._child, how)
        said = ""
        for line in self._process.stdout:
            if line.startswith("gone"):
                assert int(line.split()[1]) == (-how if how is signal.SIGKILL else 0), said
                return said
            said += line
        return said

    def close(self) -> None:
        """Let go of the place; whatever lives there is killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if self._process.poll() is None and self._child:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGKILL)
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


@dataclass
class Receivers:
    """PagerDuty and a webhook, which take their time.

    Attributes:
        pager: PagerDuty.
        hooked: how often the webhook heard each incident's trigger, by dedup key.
    """

    pager: FakePagerDuty = field(default_factory=FakePagerDuty)
    hooked: Counter[str] = field(default_factory=Counter)
    chance: random.Random = field(default_factory=lambda: random.Random(11))

    def page(self, request: Request) -> Reply:
        time.sleep(self.chance.random() * 0.02)
        return self.pager.answer(request)

    def hook(self, request: Request) -> Reply:
        body = json.loads(request.body)
        if body.get("action") == "trigger":
            self.hooked[str(body.get("incident", ""))] += 1
        return Reply(200)


class Senders:
    """Programs that send an alert until it is acknowledged, then the next, each of another service."""

    def __init__(self, server: Server, seed: int) -> None:
        self._server, self._seed = server, seed
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(at,)) for at in range(_SENDERS)]
        self.acknowledged: list[str] = []
        for thread in self._threads:
            thread.start()

    def _send(self, sender: int) -> None:
        chance = random.Random(f"{self._seed} {sender}")
        number = 0
        with httpx.Client(timeout=10, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
            while not self._ended.wait(chance.random() * 0.25):
                number += 1
                service = f"s{self._seed}-{sender}-{number}"
                while not self._told(client, service):
                    self._ended.wait(0.03)
                self.acknowledged.append(service)

    def _told(self, client: httpx.Client, service: str) -> bool:
        labels = {"alertname": "Down", "service": service, "severity": "critical"}
        try:
            answer = client.post(f"{self._server.url}/api/v2/alerts", json=[{"labels": labels}])
        except httpx.HTTPError:
            return False
        return answer.status_code == 200

    def end(self) -> list[str]:
        """Send nothing new; return the services whose alerts were acknowledged."""
        self._ended.set()
        for thread in self._threads:
            thread.join(30)
        return self.acknowledged


@dataclass(frozen=True)
class Morning:
    """What is found after a night.

    Attributes:
        kills: how often the server was killed.
        acknowledged: alerts that the doors had said yes to.
        lost: of these, those of which no incident tells, and incidents whose page did not arrive.
        doubled: incidents of which PagerDuty opened more than one alert, and alerts of no incident.
        broken: incidents whose timeline or facts do not verify.
        repeated: requests that PagerDuty heard more than once: what the crash left unsettled.
    """

    kills: int
    acknowledged: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    broken: tuple[str, ...]
    repeated: int


def night(folder: Path, *, kills: int, seed: int, state: str = "", longest: float = 0.45) -> Morning:
    """Kill a server at random moments, start it each time again, and look at what is there in the morning.

    Args:
        folder: for the store.
        kills: how many.
        seed: of the moments.
        state: address of the state; empty for the embedded one.
        longest: how long a life lasts at most once it answers (seconds).
    """
    chance = random.Random(seed)
    receivers = Receivers()
    with listen(receivers.page) as pager, listen(receivers.hook) as hook:
        catalog = folder / "aright.yaml"
        catalog.write_text(CATALOG.format(pager=pager.url, hook=hook.url))
        server = Server(folder / "store", catalog, state=state)
        try:
            server.start()
            senders = Senders(server, seed)
            for _ in range(kills):
                time.sleep(chance.random() * longest)
                server.end()
                server.start()
            acknowledged = senders.end()
            seen = open_state(folder / "store", state)
            arrived(seen, receivers)
            server.end(signal.SIGINT)
            found = morning(seen, receivers, acknowledged, kills)
            seen.close()
        finally:
            server.close()
    return found


def arrived(state: State, receivers: Receivers) -> bool:
    """Wait until nothing waits to be sent any more; return whether that came."""
    ends = time.monotonic() + _PATIENCE
    while time.monotonic() < ends:
        with state.transaction() as tx:
            incidents = tx.list(Incident, limit=100_000)
            waits = [m for found in incidents for m in tx.messages(found.key) if m.status == "pending"]
        if not waits:
            return True
        time.sleep(0.2)
    return False


def morning(state: State, receivers: Receivers, acknowledged: Sequence[str], kills: int) -> Morning:
    with state.transaction() as tx:
        incidents = tx.list(Incident, limit=100_000)
        broken = tuple(
            found.key
            for found in incidents
            if wrongs(found, tx.events(found.key), tx.facts(found.key), apply)
        )
        keys = {found.key: {m.dedup_key for m in tx.messages(found.key)} for found in incidents}
    opened = Counter(alert.dedup_key for alert in receivers.pager.alerts)
    told = {name for found in incidents for name in services_of(found)}
    unpaged = [key for key, names in keys.items() if not any(opened[name] for name in names)]
    unhooked = [key for key in keys if not receivers.hooked[key]]
    known = {name for names in keys.values() for name in names}
    triggers = [event for event in receivers.pager.events if event["event_action"] == "trigger"]
    return Morning(
        kills=kills,
        acknowledged=len(acknowledged),
        lost=(*sorted(set(acknowledged) - told), *unpaged, *unhooked),
        doubled=tuple(name for name, count in opened.items() if count > 1 or name not in known),
        broken=broken,
        repeated=len(triggers) - len(opened),
    )


CATALOG: Final = """
channels:
  - name: pager
    type: pagerduty
    routing_key: ${{CHAOS_KEY}}
    url: {pager}
  - name: hook
    type: webhook
    url: {hook}
    secret: ${{CHAOS_SECRET}}
people:
  - name: ann
    contact: [hook]
policies:
  - name: default
    steps:
      - notify: [channel:pager, person:ann]
        wait: 1h
"""
