"""How soon another replica goes on where one is killed: the page that it was sending, the step that was due.

Two replicas respond over one PostgreSQL, on one machine. One is killed with kill −9 while it has a page on
lease (its receiver holds the answer back), or just before a step of an escalation falls due; the time runs
from the kill, or from when the step was due if that is later, until the other's request arrives.
"""

from __future__ import annotations

import json
import random
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from bench.report import Figure, at_most
from tests.chaos.night import TOKEN, Server
from tests.contract.listening import Reply, Request, listen
from tests.contract.running_postgres import running

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_GOAL = 10.0
_PATIENCE = 30.0
_WAIT = 10.0
"""The shortest that a step may wait (seconds)."""

_APART = 2.5
"""Seconds from one kill to the next."""

_CATALOG = """
channels:
  - name: first
    type: webhook
    url: {url}/first
    secret: ${{CHAOS_SECRET}}
  - name: second
    type: webhook
    url: {url}/second
    secret: ${{CHAOS_SECRET}}
policies:
  - name: default
    steps:
      - notify: [channel:first]
        wait: {wait:.0f}s
      - notify: [channel:second]
        wait: 1h
services:
  - name: aright
"""


class Receiver:
    """Notes when what arrives; holds the first answer of each incident back while it is told to."""

    def __init__(self) -> None:
        self.arrived: dict[tuple[str, str], list[float]] = {}
        self.holding = False
        self._changed = threading.Condition()

    def answer(self, request: Request) -> Reply:
        """Answer a request, or hold it back."""
        body: dict[str, Any] = json.loads(request.body)
        key = (request.path, str(body.get("service", "")))
        with self._changed:
            times = self.arrived.setdefault(key, [])
            times.append(time.monotonic())
            self._changed.notify_all()
            held = self.holding and len(times) == 1
        return Reply(silent=True) if held else Reply(200)

    def wait(self, path: str, service: str, count: int = 1) -> float:
        """Wait for the n-th request; return when it arrived."""
        with self._changed:
            came = self._changed.wait_for(
                lambda: len(self.arrived.get((path, service), ())) >= count, _PATIENCE
            )
            if not came:
                raise AssertionError(f"nobody told {path} of {service}: {sorted(self.arrived)}")
            return self.arrived[path, service][count - 1]


@contextmanager
def pair(receiver: Receiver, wait: float) -> Iterator[list[Server]]:
    """Run two replicas that respond, over a PostgreSQL that waits for its disk."""
    with (
        tempfile.TemporaryDirectory(prefix="aright-failover-") as name,
        running(durable=True) as postgres,
        listen(receiver.answer) as listener,
    ):
        folder = Path(name)
        state = postgres.make()
        catalog = folder / "aright.yaml"
        catalog.write_text(_CATALOG.format(url=listener.url, wait=wait))
        servers = [
            Server(folder / each, catalog, state=state, respond=True, name=each) for each in ("one", "two")
        ]
        try:
            for server in servers:
                server.start()
            yield servers
        finally:
            for server in servers:
                server.close()


def tell(server: Server, service: str) -> float:
    """Send an alert; return when it was acknowledged."""
    labels = {"alertname": "Down", "service": service, "severity": "critical"}
    answer = httpx.post(
        f"{server.url}/api/v2/alerts",
        json=[{"labels": labels}],
        headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=30,
    )
    answer.raise_for_status()
    return time.monotonic()


def leased(kills: int) -> list[float]:
    """Kill the replica that has a page on lease; return how long each page took from then (seconds)."""
    receiver = Receiver()
    receiver.holding = True
    took = []
    with pair(receiver, wait=3_600) as servers:
        for number in range(kills):
            service = f"leased-{number}"
            tell(servers[number % 2], service)
            receiver.wait("/first", service)
            victim = servers[number % 2]  # whoever took the alert sends its page at once
            victim.end()
            killed = time.monotonic()
            took.append(max(0.0, receiver.wait("/first", service, 2) - killed))
            victim.start()
    return took


def escalated(kills: int) -> list[float]:
    """Kill a replica just before a step is due; return how late each step was told (seconds)."""
    receiver = Receiver()
    chance = random.Random(5)
    due: list[float] = []
    late = []
    with pair(receiver, wait=_WAIT) as servers:
        begun = time.monotonic()
        for number in range(kills + round(_WAIT / _APART)):
            if number < kills:
                due.append(tell(servers[number % 2], f"escalated-{number}") + _WAIT)
            at = number - round(_WAIT / _APART)
            if at >= 0:
                _until(due[at] - chance.random() * 0.2)
                victim = servers[at % 2]
                victim.end()
                late.append(max(0.0, receiver.wait("/second", f"escalated-{at}") - due[at]))
                victim.start()
            _until(begun + (number + 1) * _APART)
    return late


def _until(at: float) -> None:
    time.sleep(max(0.0, at - time.monotonic()))


def quantile(values: Sequence[float], share: float) -> float:
    """Return an empirical quantile, the larger neighbour.

    >>> quantile([3.0, 1.0, 2.0], 0.5), quantile([3.0, 1.0, 2.0], 0.99)
    (2.0, 3.0)
    """
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def figures(*, quick: bool) -> list[Figure]:
    """Measure both; each over 20 kills, 3 where it has to be quick."""
    kills = 3 if quick else 20
    found = []
    for name, values in (("a page on lease", leased(kills)), ("an escalation's step", escalated(kills))):
        found += [
            Figure(f"failover, {name}: p50 (s)", quantile(values, 0.5)),
            at_most(f"failover, {name}: p99 (s)", quantile(values, 0.99), _GOAL),
        ]
    return found
