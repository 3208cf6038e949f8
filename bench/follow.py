"""From a decision to the last bad answer, by MLflow's alias: ``python -m bench.follow [--json]``.

A real MLflow server, two serving processes that follow ``champion``, and clients on kept-alive connections to
both. Going back is what a release does: the alias is read, the writer's lease taken, the alias set and read
back. Measured: from the decision to the last answer of the bad version that any client received before that
version is let on again; how many requests failed; and what following costs a serving process. Before it
goes on, the bad version was announced and loaded; before it goes back, the good one is still warm.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import httpx
import numpy as np

from aright.adapters.clocks.wall import WallClock
from aright.adapters.memory_state.state import MemoryState
from aright.adapters.mlflow_registry import MlflowRegistry
from aright.core.model.rollout import MlflowAlias, Rollout
from aright.core.model.service import Service
from aright.drill import mlflow_server
from aright.engine.aliases import AliasKeeper
from aright.ports.registry import RegistryError
from aright.sdk.follow_registry import Registry, Secrets
from aright.sdk.settings import read_url
from bench.report import Figure, at_most, print_report

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GOOD: Final = "1"
BAD: Final = "2"
MODEL: Final = "judged"
SERVERS: Final = 2
CLIENTS: Final = 4
"""Of each serving process."""
PAUSE: Final = 0.01
"""Seconds that a client waits between its requests."""
WATCHED: Final = 0.6
"""Seconds of traffic after each decision: what comes later is seen while the next one is prepared."""
LOOKS: Final = 500
GOAL: Final = 500.0
COST_GOAL: Final = 1.0


class Clients:
    """Users whose connections stay open.

    Attributes:
        bad: when an answer of the bad version had come (monotonic s).
        count: answers in all.
        failed: requests without the answer of a version.
    """

    def __init__(self, ports: Sequence[int]) -> None:
        self.bad: list[float] = []
        self.count = 0
        self.failed = 0
        self._ending = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=(port,), daemon=True)
            for port in ports
            for _ in range(CLIENTS)
        ]

    def __enter__(self) -> Self:
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for each in self._threads:
            each.join()

    def _ask(self, port: int) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        while not self._ending.wait(PAUSE):
            try:
                connection.request("GET", "/")
                answer = connection.getresponse()
                told = answer.read().decode()
            except (OSError, HTTPException):
                self.failed += 1
                connection.close()
                continue
            self.count += 1
            self.failed += answer.status != 200 or told not in {GOOD, BAD}
            if told == BAD:
                self.bad.append(time.monotonic())
        connection.close()


@contextmanager
def serving(registry: str) -> Iterator[list[int]]:
    """Run the serving processes; give their ports."""
    command = [sys.executable, "-m", "bench.follow_serving", registry, MODEL, "champion"]
    with ExitStack() as stack:
        ports = []
        for _ in range(SERVERS):
            process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
            stack.callback(process.terminate)
            assert process.stdout is not None  # noqa: S101 - it is piped
            ports.append(int(process.stdout.readline()))
        until = time.monotonic() + 30
        while not all(_told(port, "ready")["serving"] for port in ports):
            assert time.monotonic() < until, "nothing is served"  # noqa: S101 - it cannot go on
            time.sleep(0.05)
        yield ports


class Timed(MlflowRegistry):
    """Knows when it last ordered the alias to be set (monotonic s)."""

    ordered = 0.0

    def point(self, at: MlflowAlias, name: str, version: str) -> None:
        """Let the alias stand for the version."""
        self.ordered = time.monotonic()
        super().point(at, name, version)


class Mover:
    """Moves the alias as a release does."""

    def __init__(self, registry: str, ports: Sequence[int]) -> None:
        ready = tuple(f"http://127.0.0.1:{port}/ready" for port in ports)
        at = MlflowAlias(mlflow=registry, model=MODEL, ready=ready)
        state = MemoryState()
        with state.transaction() as tx:
            tx.put(Service(key=MODEL, rollout=Rollout(registry=at)))
        self.registry = Timed()
        self._keeper = AliasKeeper(state, self.registry, WallClock())

    def go_on(self) -> None:
        """Let the bad version on, once all have loaded it."""
        until = time.monotonic() + 30
        while True:
            try:
                self._keeper.point(MODEL, "champion", BAD, by="bench", why="on", force=False)
            except RegistryError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
            else:
                return

    def go_back(self) -> None:
        """Go back at once."""
        self._keeper.point(MODEL, "champion", GOOD, by="bench", why="back", force=True)

    def stop(self) -> None:
        """Let go of connections."""
        self._keeper.stop()


def measure(registry: str, switches: int) -> list[Figure]:
    """Return the figures; the registry serves, and has both versions."""
    by_chance = random.Random(5)
    lasting, orders, preparing = [], [], []
    with serving(registry) as ports, Clients(ports) as clients:
        mover = Mover(registry, ports)
        before = [_told(port, "used") for port in ports]
        for _ in range(switches):
            mover.go_on()
            time.sleep(0.3 + 0.1 * by_chance.random())  # so that decisions meet looks at any moment
            decided = time.monotonic()
            mover.go_back()
            orders.append(time.monotonic() - decided)
            preparing.append(mover.registry.ordered - decided)
            time.sleep(WATCHED)
            until = time.monotonic()
            lasting.append(max([at - decided for at in clients.bad if decided < at <= until], default=0.0))
        after = [_told(port, "used") for port in ports]
        mover.stop()
    wall = [late["wall"] - early["wall"] for early, late in zip(before, after, strict=True)]
    cpu = [late["cpu"] - early["cpu"] for early, late in zip(before, after, strict=True)]
    share = max(100 * spent / took for spent, took in zip(cpu, wall, strict=True))
    last, prepared = np.array(lasting) * 1_000, np.array(preparing) * 1_000
    followed = np.maximum(last - prepared, 0.0)
    return [
        Figure("switches back", float(switches)),
        Figure("answers", float(clients.count)),
        Figure("the order itself, read back, median ms", float(np.median(orders) * 1_000)),
        Figure("decision to last bad answer, median ms", float(np.median(last))),
        at_most("decision to last bad answer, p99 ms", _p99(last), GOAL),
        Figure("the same, slowest ms", float(last.max())),
        Figure("of it, until MLflow is told to set the alias, median ms", float(np.median(prepared))),
        Figure("the same, p99 ms", _p99(prepared)),
        Figure("of it, MLflow told to last bad answer, median ms", float(np.median(followed))),
        Figure("the same, p99 ms", _p99(followed)),
        at_most("requests that failed", float(clients.failed), 0),
        at_most("following, % of a core of a serving process", share, COST_GOAL),
    ]


def look_cost(registry: str) -> list[Figure]:
    """Return what one look at the alias costs, asked without a pause: CPU, and the wall's time."""
    asking = Registry(read_url(registry), MODEL, Secrets())
    asking.ask("champion")
    cpu, wall = time.thread_time(), time.monotonic()
    for _ in range(LOOKS):
        asking.ask("champion")
    cpu, wall = time.thread_time() - cpu, time.monotonic() - wall
    asking.close()
    return [
        Figure("one look at the alias, CPU µs", cpu / LOOKS * 1e6),
        Figure("one look at the alias, wall ms", wall / LOOKS * 1e3),
    ]


def _told(port: int, path: str) -> dict[str, Any]:
    told: dict[str, Any] = httpx.get(f"http://127.0.0.1:{port}/{path}", timeout=5).json()
    return told


def _p99(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    return float(np.quantile(values, 0.99, method="inverted_cdf"))


@contextmanager
def _registry() -> Iterator[str]:
    """Run MLflow with two versions of a model: the good one serves, the bad one is announced."""
    with tempfile.TemporaryDirectory() as folder, mlflow_server.start(Path(folder)) as server:
        api = f"{server.wait().url}/api/2.0/mlflow"
        with httpx.Client(timeout=30) as client:
            client.post(f"{api}/registered-models/create", json={"name": MODEL}).raise_for_status()
            for alias, version in (("champion", GOOD), ("candidate", BAD)):
                made = {"name": MODEL, "source": f"s3://bucket/{version}"}
                client.post(f"{api}/model-versions/create", json=made).raise_for_status()
                named = {"name": MODEL, "alias": alias, "version": version}
                client.post(f"{api}/registered-models/alias", json=named).raise_for_status()
        yield server.url


def main() -> int:
    """Measure; return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(prog="bench.follow", description=__doc__)
    parser.add_argument("--switches", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--data", help="not used: nothing is read")
    told = parser.parse_args()
    sys.setswitchinterval(0.0005)  # users and the writer share an interpreter here
    with _registry() as registry:
        figures = [*measure(registry, told.switches), *look_cost(registry)]
    return 0 if print_report("follow", figures, told.json) else 1


if __name__ == "__main__":
    sys.exit(main())
