"""From a decision to the last bad answer: ``python -m bench.switch [--switches N] [--json]``.

Kept-alive clients ask a real HAProxy, then a real Envoy, before two backends that work 2 ms on each request.
At the decision all traffic is taken from the candidate by the adapter that the engine uses. Measured: from
the call to the last answer of the candidate that any client received before the share is given back, requests
already on their way among them; and how many requests failed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import numpy as np

from aright.adapters.traffic_envoy import EnvoyRuntime
from aright.adapters.traffic_haproxy import HaproxyWeights
from bench.report import Figure, at_most, print_report
from tests.contract.running_routers import envoy, haproxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.ports.traffic import Traffic
    from tests.contract.running_routers import Router

CLIENTS: Final = 8
WORK: Final = 0.002
"""Seconds that a backend works on a request."""
PAUSE: Final = 0.008
"""Seconds that a client waits between its requests: about 800 a second come in all."""
WATCHED: Final = 0.1
"""Seconds of traffic before each decision, and after it."""
SHARE: Final = 0.5
GOAL: Final = 50.0


class Clients:
    """Users whose connections stay open.

    Attributes:
        answered: when an answer of the candidate had come (monotonic s).
        count: answers in all.
        failed: requests without the answer of a backend.
    """

    def __init__(self, url: str) -> None:
        self.answered: list[float] = []
        self.count = 0
        self.failed = 0
        self._address = urlsplit(url).netloc
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(CLIENTS)]

    def start(self) -> None:
        """Begin to ask."""
        for each in self._threads:
            each.start()

    def stop(self) -> None:
        """Let each come to its end."""
        self._ending.set()
        for each in self._threads:
            each.join()

    def _ask(self) -> None:
        connection = HTTPConnection(self._address, timeout=5)
        while not self._ending.wait(PAUSE):
            try:
                connection.request("GET", "/")
                answer = connection.getresponse()
                told = answer.read()
            except OSError:
                self.failed += 1
                connection.close()
                continue
            self.count += 1
            if told == b"canary":
                self.answered.append(time.monotonic())
            self.failed += answer.status != 200 or told not in {b"canary", b"stable"}
        connection.close()


@contextmanager
def asking(url: str) -> Iterator[Clients]:
    clients = Clients(url)
    clients.start()
    try:
        yield clients
    finally:
        clients.stop()


def measure(name: str, router: Router, traffic: Traffic, switches: int) -> list[Figure]:
    """Return the figures of one router."""
    lasting, starting, orders = [], [], []
    with asking(router.url) as clients:
        for turn in range(switches):
            traffic.send(router.at, SHARE, key=f"up-{turn}")
            time.sleep(WATCHED)
            decided = time.monotonic()
            traffic.send(router.at, 0.0, key=f"down-{turn}")
            orders.append(time.monotonic() - decided)
            time.sleep(WATCHED)
            lasting.append(_last(clients.answered, decided))
            starting.append(_last(router.canary.started, decided))
    last, order = np.array(lasting) * 1_000, np.array(orders) * 1_000
    start = np.array(starting) * 1_000
    return [
        Figure(f"{name}: switches", float(switches)),
        Figure(f"{name}: answers", float(clients.count)),
        Figure(f"{name}: the order itself, read back, median ms", float(np.median(order))),
        Figure(f"{name}: decision to last answer of the candidate, median ms", float(np.median(last))),
        at_most(f"{name}: decision to last answer begun by the candidate, p99 ms", _p99(start), GOAL),
        at_most(f"{name}: decision to last answer of the candidate, p99 ms", _p99(last), GOAL),
        Figure(f"{name}: the same, slowest ms", float(last.max())),
        at_most(f"{name}: requests that failed", float(clients.failed), 0),
    ]


def _last(times: list[float], decided: float) -> float:
    return max([at - decided for at in times if at > decided], default=0.0)


def _p99(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    return float(np.quantile(values, 0.99, method="inverted_cdf"))


def main() -> int:
    """Measure both; return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(prog="bench.switch", description=__doc__)
    parser.add_argument("--switches", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--data", help="not used: nothing is read")
    told = parser.parse_args()
    sys.setswitchinterval(0.0005)  # users, backends and the adapter share an interpreter here
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder, haproxy(Path(folder), WORK) as router:
        figures += measure("HAProxy", router, HaproxyWeights(), told.switches)
    with tempfile.TemporaryDirectory() as folder, envoy(Path(folder), WORK) as router:
        figures += measure("Envoy", router, EnvoyRuntime(), told.switches)
    return 0 if print_report("switch", figures, told.json) else 1


if __name__ == "__main__":
    sys.exit(main())
