"""A small shop that fails at a known moment, and an engine that watches it with everything in memory.

Time is driven: each step is ten seconds of rows, acknowledged by the intake, and then a move of the clock. An
engine that "crashes" is let go of and made again on the same log, segments and state.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from aright.adapters.clocks.driven import DrivenClock
from aright.adapters.memory_log import MemoryLog
from aright.adapters.memory_query import MemoryQuery
from aright.adapters.memory_segments import MemorySegments
from aright.adapters.memory_state.state import MemoryState
from aright.core.incident import Diagnosed, HarmAlerted
from aright.core.model.alert import Alert
from aright.core.model.bookkeeping import Checkpoint
from aright.core.model.evidence import Cause, CauseKind, Diagnosis, Reach, Scope, Verdict
from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.core.model.outlet import Receipt
from aright.core.model.service import Action, Service
from aright.core.model.signal import Segment
from aright.core.model.times import SECOND
from aright.engine.desk import Desk
from aright.engine.happening import happen
from aright.engine.happenings import Happenings
from aright.engine.intake import Intake
from aright.engine.rows import Rows
from aright.engine.runtime import Runtime
from aright.engine.settings import Settings
from aright.engine.world import World
from aright.ports.actuator import ActuatorError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aright.core.model.incident import Incident
    from aright.core.model.message import Message
    from aright.core.model.times import Micros
    from aright.ports.channel import Channel, Rate
    from aright.ports.channel import Kind as ChannelKind
    from aright.ports.clock import Clock
    from aright.ports.log import Log
    from aright.ports.segments import Segments
    from aright.ports.state import State

START = 1_767_225_600_000_000
STEP = 10 * SECOND
BREAKS = 75
"""The step from which a feature source is empty for users of the north, and their answers are bad."""

SERVICE = Service(
    key="shop",
    type="recommender",
    quality=("click",),
    actions=(
        Action(
            id="restore",
            title="Serve the last good snapshot",
            remedy="restore_source",
            url="http://shop.example/restore",
            secret="s3cret",
            undo_url="http://shop.example/restore/undo",
        ),
    ),
)


@dataclass
class Pager:
    """A channel that accepts everything and drops repeats by key, as PagerDuty does."""

    name: str = "pagerduty"
    kind: ChannelKind = "pager"
    takes: frozenset[str] = frozenset({"trigger", "acknowledge", "resolve"})
    rate: Rate | None = None
    seen: list[tuple[str, str]] = field(default_factory=list)
    accepted: threading.Event = field(default_factory=threading.Event)

    def deliver(self, message: Message) -> Receipt:
        self.seen.append((message.dedup_key, message.id.rpartition("-")[2]))
        self.accepted.set()
        return Receipt(answer="accepted")


@dataclass
class Hands:
    """An actuator that does nothing, remembers what, and fails when it is told to."""

    orders: list[tuple[str, bool]] = field(default_factory=list)
    broken: str = ""
    before_answer: Callable[[], None] = lambda: None

    def carry_out(self, action: Action, parameters: Mapping[str, str], *, dry_run: bool, key: str) -> str:
        del parameters, action
        self.orders.append((key, dry_run))
        self.before_answer()
        if self.broken:
            raise ActuatorError(self.broken)
        return "done"

    def undo(self, action: Action, parameters: Mapping[str, str], *, key: str) -> str:
        return self.carry_out(action, parameters, dry_run=False, key=key)


@dataclass
class Plant:
    """What outlives an engine, and the engine of the day."""

    state: State = field(default_factory=MemoryState)
    log: Log = field(default_factory=MemoryLog)
    segments: Segments = field(default_factory=MemorySegments)
    pager: Pager = field(default_factory=Pager)
    hands: Hands = field(default_factory=Hands)
    settings: Settings = field(default_factory=Settings)
    channels: dict[str, Channel] | None = None
    clock: Clock = field(default_factory=lambda: DrivenClock(START))

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Make an engine, the first one or the next one after a crash."""
        if self.clock.driven:
            with self.state.transaction() as tx:
                known = tx.get(Checkpoint, "engine")
            self.clock = DrivenClock(known.now if known else START)
        self.world = World(
            state=self.state,
            rows=Rows(self.segments),
            clock=self.clock,
            actuator=self.hands,
            channels={"pagerduty": self.pager} if self.channels is None else self.channels,
            happenings=Happenings(),
            settings=self.settings,
            public_url="http://aright.example",
        )
        self.intake = Intake(self.log)
        self.runtime = Runtime(self.world, self.intake)
        self.runtime.recover()
        self.desk = Desk(self.runtime, self.intake, MemoryQuery())

    def step(self, number: int) -> None:
        """Take ten seconds of rows, then move the clock to their end."""
        self.send(number)
        self.desk.advance(START + (number + 1) * STEP)

    def send(self, number: int) -> None:
        """Take ten seconds of rows."""
        for frame in frames(number):
            self.intake.accept(frame).durable.result()


def frames(number: int, *, per_step: int = 40, breaks: int = BREAKS) -> list[Frame]:
    """Return the bodies of a step: predictions, their outcomes, process samples."""
    rng = np.random.default_rng(number)
    predictions, outcomes = [], []
    for at in range(per_step):
        north = bool(rng.random() < 0.4)
        bad = north and number >= breaks
        name, time = f"p-{number}-{at}", START + number * STEP + at * STEP // per_step
        predictions.append(
            {
                "id": name,
                "time": time,
                "service": "shop",
                "version": "v1",
                "unit": f"u-{rng.integers(1_000_000)}",
                "attributes": {"region": "north" if north else "south", "device": f"d{rng.integers(3)}"},
                "features": {
                    "profiles.norm": None if bad else float(rng.normal(3, 1)),
                    "basket.size": float(rng.integers(1, 9)),
                },
                "output": {"items": [f"i{item}" for item in rng.choice(50, 3, replace=False)]},
                "latency_ms": float(rng.gamma(4, 5)),
                "status": 200,
            }
        )
        click = float(rng.random() < (0.1 if bad else 0.5))
        outcomes.append(
            {"time": time, "service": "shop", "prediction_id": name, "kind": "click", "value": click}
        )
    sample = {"time": START + number * STEP, "service": "shop", "host": "h1", "version": "v1"}
    process = [sample | {"metrics": {"cpu_percent": float(rng.integers(20, 60)), "rss_bytes": 5e8}}]
    return [
        frame(Kind.PREDICTIONS, predictions),
        frame(Kind.OUTCOMES, outcomes),
        frame(Kind.PROCESS, process),
    ]


def frame(kind: Kind, rows: list[dict[str, object]], *, at: int = START) -> Frame:
    """Return a body of rows."""
    body = b"\n".join(json.dumps(row).encode() for row in rows)
    return Frame(
        kind=kind,
        format=Format.NDJSON,
        encoding=Encoding.IDENTITY,
        received_at=at + 3_600 * SECOND,
        body=body,
    )


def quick() -> Settings:
    """Return settings under which each kind of thing happens within a few minutes."""
    return msgspec.structs.replace(Settings(), flush_every=20 * SECOND, flush_rows=2_000)


def hurt(plant: Plant, key: str = "INC-1", *, diagnosed: bool = True) -> Incident:
    """Open an incident of the shop, its cause found; returns it as committed."""
    at = plant.clock.now()
    opened = HarmAlerted(at=at, incident=key, service="shop", alerts=(ALERT,))
    with plant.state.transaction() as tx:
        incident = happen(plant.world, tx, None, opened)
        if diagnosed:
            incident = happen(plant.world, tx, incident, Diagnosed(at=at, diagnosis=_diagnosis(key, at)))
    return incident


def _diagnosis(key: str, at: Micros) -> Diagnosis:
    north = Scope(reach=Reach.SEGMENT, sentence="north is hit", segment=Segment("region", "north"))
    cause = Cause(
        id="H1",
        kind=CauseKind.FEATURE_SOURCE,
        subject="profiles",
        title="profiles went empty",
        probability=0.97,
        remedy="restore_source",
        mode="empty",
    )
    return Diagnosis(
        key=key,
        at=at,
        reference=(at - 600 * SECOND, at - 60 * SECOND),
        current=(at - 60 * SECOND, at),
        scope=north,
        verdict=Verdict.CONFIRMED,
        causes=(cause,),
        evidence=(),
        summary="profiles went empty.",
    )


ALERT = Alert(
    key="shop|quality:click",
    service="shop",
    signal="quality:click",
    harm=True,
    at=START,
    since=START,
    before=0.5,
    now=0.1,
    low=0.08,
    high=0.12,
    units=900,
    log_e=9,
    threshold=8,
    rule="",
)
