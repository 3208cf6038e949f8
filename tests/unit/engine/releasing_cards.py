"""A service of cards with two versions, a router and a registry in memory, and an engine that releases."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from aright.adapters.clocks.driven import DrivenClock
from aright.adapters.memory_log import MemoryLog
from aright.adapters.memory_query import MemoryQuery
from aright.adapters.memory_registry import MemoryRegistry
from aright.adapters.memory_segments import MemorySegments
from aright.adapters.memory_state.state import MemoryState
from aright.adapters.memory_traffic import MemoryTraffic
from aright.core.model.bookkeeping import Checkpoint
from aright.core.model.frame import Kind
from aright.core.model.release import Metric, Policy
from aright.core.model.rollout import FlagdTraffic, MlflowAlias, Rollout
from aright.core.model.service import Service
from aright.core.model.times import HOUR, MINUTE
from aright.engine.desk import Desk
from aright.engine.happenings import Happenings
from aright.engine.intake import Intake
from aright.engine.rows import Rows
from aright.engine.runtime import Runtime
from aright.engine.settings import Settings
from aright.engine.world import World
from aright.ports.registry import RegistryError
from tests.unit.engine.failing_shop import START, Hands, frame

if TYPE_CHECKING:
    from aright.core.model.release import Release
    from aright.ports.log import Log
    from aright.ports.segments import Segments
    from aright.ports.state import State

ROUTER = FlagdTraffic(file="flags.json", flag="cards")
ALIAS = MlflowAlias(mlflow="http://registry.example", model="cards", candidate="candidate")
POLICY = Policy(
    metrics=(Metric(name="error_share"),), segments=("country",), verify_for=10 * MINUTE, patience=HOUR
)


@dataclass
class Names:
    """Aliases in memory."""

    aliases: dict[str, str] = field(default_factory=lambda: {"champion": "8"})
    moves: list[tuple[str, str]] = field(default_factory=list)
    broken: str = ""

    def standing(self, service: str, alias: str) -> str:
        del service
        if self.broken:
            raise RegistryError(self.broken)
        return self.aliases.get(alias, "")

    def point(self, service: str, alias: str, version: str, *, by: str, why: str, force: bool) -> str:
        del by, why, force
        self.standing(service, alias)
        self.aliases[alias] = version
        self.moves.append((alias, version))
        return f"{alias} stands for {version}"


@dataclass
class Cards:
    """What outlives an engine, and the engine of the day."""

    policy: Policy = POLICY
    aliased: bool = True
    errors: dict[str, float] = field(default_factory=lambda: {"8": 0.02, "9": 0.02})
    per_minute: int = 2_000
    state: State = field(default_factory=MemoryState)
    log: Log = field(default_factory=MemoryLog)
    segments: Segments = field(default_factory=MemorySegments)
    names: Names = field(default_factory=Names)

    def __post_init__(self) -> None:
        self.traffic = MemoryTraffic({ROUTER: 0.0})
        self.minute = 0
        self.rng = np.random.default_rng(1)
        rollout = Rollout(policy=self.policy, traffic=ROUTER, registry=ALIAS if self.aliased else None)
        with self.state.transaction() as tx:
            tx.put(Service(key="cards", type="fraud", rollout=rollout))
        self.start()

    def start(self) -> None:
        """Make an engine, the first one or the next one after a crash."""
        with self.state.transaction() as tx:
            known = tx.get(Checkpoint, "engine")
        self.clock = DrivenClock(known.now if known else START)
        world = World(
            state=self.state,
            rows=Rows(self.segments),
            clock=self.clock,
            actuator=Hands(),
            channels={},
            happenings=Happenings(),
            settings=Settings(),
            public_url="",
        )
        self.world = replace(
            world,
            traffic={"flagd": self.traffic},
            aliases=self.names,
            registry=MemoryRegistry({"cards": ("8", "9", "10")}),
        )
        self.intake = Intake(self.log)
        self.runtime = Runtime(self.world, self.intake)
        self.runtime.recover()
        self.desk = Desk(self.runtime, self.intake, MemoryQuery())

    def serve(self, minutes: int = 1) -> None:
        """Serve users as router and registry say, and move the clock on."""
        for _ in range(minutes):
            share, all_by = self.traffic.share(ROUTER), self.names.aliases["champion"]
            canary = self.rng.random(self.per_minute) < share
            rows = [
                self._row(at, "9" if by_canary else all_by) for at, by_canary in enumerate(canary.tolist())
            ]
            self.intake.accept(frame(Kind.PREDICTIONS, rows)).durable.result()
            self.minute += 1
            self.desk.advance(START + self.minute * MINUTE)

    def _row(self, at: int, version: str) -> dict[str, object]:
        name = f"{self.minute}-{at}"
        return {
            "id": name,
            "time": START + self.minute * MINUTE + at * MINUTE // self.per_minute,
            "service": "cards",
            "version": version,
            "unit": f"u-{name}",
            "attributes": {"country": f"c{at % 4}"},
            "output": {"score": 0.1},
            "status": 500 if self.rng.random() < self.errors[version] else 200,
        }

    def until(self, *states: str, minutes: int) -> Release:
        """Serve until the latest release stands so, for so many minutes at most."""
        for _ in range(minutes):
            self.serve()
            if self.latest.state.value in states:
                return self.latest
        raise AssertionError(f"{self.latest.state} after {minutes} minutes: {self.latest.looks[-1:]}")

    @property
    def latest(self) -> Release:
        return self.desk.releases.releases()[0]
