"""The drill ``fraud-release``: releases of a fraud model come one after the other, some of them bad."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec

from aright.drill import mlflow_server
from aright.drill.doors import Doors
from aright.drill.fraud import names
from aright.drill.fraud.balancer import Balancer, free_port
from aright.drill.fraud.catalog import SECRET, entry, file_of
from aright.drill.fraud.conductor import Conductor
from aright.drill.fraud.gate import Gate
from aright.drill.fraud.messages import LABELS
from aright.drill.fraud.narrating import Teller
from aright.drill.fraud.onlooker import Watcher
from aright.drill.fraud.outcome import Truth, judge
from aright.drill.fraud.payers import Payers, rendered
from aright.drill.fraud.plan import Fault, Plan, make_plan
from aright.drill.fraud.process import REGISTRY
from aright.drill.fraud.registry import Models
from aright.drill.fraud.versions import make_versions
from aright.drill.scenario import Catalogued
from aright.drill.services import Services
from aright.drill.serving import PLAN_FILE
from aright.drill.wire.client import Connections

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from aright.drill.mlflow_server import MlflowServer
    from aright.drill.narrator import Narrator
    from aright.drill.oncall import Notes
    from aright.drill.pager import Pager
    from aright.drill.result import Result
    from aright.drill.scenario import Aright, Played
    from aright.drill.stage import Child

LANES: Final = 8
"""Connections to the router and to each service."""

CATALOG_FILE: Final = "aright.yaml"

EACH_MINUTES: Final = 25
"""Minutes that a release takes at most, all being well."""


class FraudScenario:
    """Payers, a registry, two scoring services that follow it, what splits cards between them, and a team.

    Its attributes are those of ``Scenario``.

    Args:
        plan: what is to happen.
        own_router: split cards by the drill's own router, also where there is a HAProxy.
    """

    service: Final = names.SERVICE
    calm: Final = False
    person: Final = Watcher

    def __init__(self, plan: Plan, *, own_router: bool = False) -> None:
        self.start = plan.start
        self.later = EACH_MINUTES * len(plan.releases)
        self._plan = plan
        self._payers = Payers(plan)
        self._balancer = Balancer(own=own_router)
        self._services = Services("aright.drill.fraud.process", (names.STABLE, names.CANARY), lanes=LANES)
        self._versions: dict[str, Path] = {}
        self._server: MlflowServer | None = None
        self._models: Models | None = None
        self._doors: Doors | None = None
        self._conductor: Conductor | None = None
        self._router: Connections | None = None
        self._folder: Path
        self._teller = Teller()
        self._now = plan.start
        self._registry = f"http://127.0.0.1:{free_port()}"
        self.catalog: Catalogued | None = None

    @property
    def what(self) -> str:
        """Return what is started besides aright."""
        return f"MLflow, two scoring services and {self._balancer.what}"

    @property
    def asked(self) -> int:
        """Return how many payments were made."""
        return self._payers.asked

    @property
    def done(self) -> bool:
        """Return whether all releases have come to an end."""
        return self._conductor is not None and self._conductor.done(self._now)

    def prepare(self, folder: Path, minutes: int) -> None:  # noqa: ARG002  payments are made as they come
        """Write down what aright and the services have to know, and train the versions."""
        self._folder = folder
        told = file_of(self._registry, self._balancer.traffic(f"${{{SECRET}}}"))
        (folder / CATALOG_FILE).write_bytes(msgspec.json.encode(told))  # JSON is YAML, too
        self.catalog = Catalogued(folder / CATALOG_FILE, {SECRET: self._balancer.secret})
        (folder / PLAN_FILE).write_bytes(msgspec.json.encode(self._plan))
        self._versions = make_versions(self._plan, folder)

    async def launch(self, folder: Path) -> Sequence[Child]:
        """Start the registry, which takes longest, and the services."""
        self._server = mlflow_server.start(folder / "registry", _port(self._registry))
        return await self._services.launch(folder)

    async def connect(self, aright: Aright) -> Mapping[str, Mapping[str, object]]:
        """Register the versions, tell the services of registry and router; return the catalog's entry."""
        assert self._server is not None  # noqa: S101  launched before
        await asyncio.to_thread(self._server.wait)
        self._models = Models(self._registry)
        await self._models.make(self._versions)
        await self._services.connect(aright, {REGISTRY: _port(self._registry)})
        ports = {role: self._services[role].port for role in (names.STABLE, names.CANARY)}
        await self._balancer.open(self._folder, ports)
        self._router = Connections(self._balancer.what, self._balancer.port, lanes=LANES)
        self._doors = Doors(_port(aright.url), aright.token)
        self._conductor = Conductor(
            self._plan,
            self._doors,
            self._models,
            self._services,
            Gate(self._plan, self._folder),
            lambda shadow: entry(shadow=shadow),
        )
        await self._conductor.follow()
        return {names.SERVICE: entry(shadow=self._plan.releases[0].shadow)}

    async def step(self, start: int, end: int) -> int:
        """See to the releases, then have payments made and labels come; return rows lost."""
        conductor, router = self._conductor, self._router
        assert conductor is not None  # noqa: S101  connected before the first step
        assert router is not None  # noqa: S101
        await conductor.turn(start)
        stable, canary = self._services[names.STABLE], self._services[names.CANARY]
        asked = self._payers.pay(start, end)
        decisions = self._payers.read(asked, await router.exchange(rendered(asked)))
        if conductor.copies:
            copies = await canary.exchange(rendered(asked, decisions))
            self._payers.copied(asked, copies, decisions)
        await stable.send("POST", LABELS, msgspec.json.encode(self._payers.labels(end)))
        self._now = end
        return await self._services.flush()

    def watch(self, notes: Notes, now: int, narrator: Narrator) -> None:  # noqa: ARG002  nobody on call acts
        """Tell what became of releases."""
        if self._conductor is not None:
            self._teller.tell(self._conductor.told, now, narrator)

    def judge(self, played: Played, notes: Notes, pager: Pager) -> Result:
        """Return what came of it."""
        assert self._conductor is not None  # noqa: S101  it was played
        truth = Truth(
            plan=self._plan,
            payers=self._payers,
            told=tuple(self._conductor.told),
            followed=self._conductor.followed,
            router=self._balancer.what,
            played=played,
        )
        return judge(truth, notes, pager)

    async def close(self) -> None:
        """Hang up, and stop what splits cards, and the registry."""
        if self._conductor is not None:
            await self._conductor.close()
        self._services.close()
        for each in (self._router, self._doors):
            if each is not None:
                each.close()
        if self._models is not None:
            await self._models.close()
        await self._balancer.close()
        if self._server is not None:
            await asyncio.to_thread(self._server.stop)


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


def make_scenario(fault: str, seed: int) -> FraudScenario:
    """Return the drill of a seed; raises ``ValueError`` for a fault or a seed that there is not."""
    return FraudScenario(make_plan(seed, Fault(fault)))
