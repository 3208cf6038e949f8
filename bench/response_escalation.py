"""Escalation: how late its steps are told, and a night in which PagerDuty is away for six hours.

Lateness is by the real clock: incidents whose people do not answer go through two short rounds and are then
exhausted, while the engine is busy with windows all the time. A step is late by what passes between the end
of the step before and its own commit; beside that stands what passes until its message reaches the channel,
which is the outbox's part. The long night is by a driven clock: incidents come over six hours in which
PagerDuty does not answer; some are acknowledged, some resolved meanwhile. Told are what it never heard, what
came out of order, how soon aright told people itself, and incidents that two escalated at once.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from aright.adapters.clocks.driven import DrivenClock
from aright.adapters.clocks.wall import WallClock
from aright.adapters.memory_log import MemoryLog
from aright.adapters.memory_segments import MemorySegments
from aright.adapters.memory_state.state import MemoryState
from aright.adapters.sql.sqlite import SqliteState
from aright.adapters.webhook.actuator import WebhookActuator, WebhookConfig
from aright.core.incident import Acknowledged, HarmAlerted, Resolved
from aright.core.incident.dues import diagnose_key
from aright.core.model.alert import Alert
from aright.core.model.incident import Incident
from aright.core.model.on_call import ARIGHT, Person, Policy, Step, Target
from aright.core.model.outlet import Receipt
from aright.core.model.paging import UNDER_WAY, Paging
from aright.core.model.times import HOUR, MINUTE, SECOND
from aright.core.page.body import read_page
from aright.engine.happening import happen
from aright.engine.happenings import Happenings
from aright.engine.intake import Intake
from aright.engine.rows import Rows
from aright.engine.runtime import Runtime
from aright.engine.settings import Settings
from aright.engine.world import World
from aright.ports.channel import DeliveryError
from bench.report import Figure, at_least, at_most

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.core.model.message import Message
    from aright.core.model.times import Micros
    from aright.ports.channel import Channel, Kind, Rate
    from aright.ports.clock import Clock
    from aright.ports.state import State

BEGAN: Final = 1_795_000_000_000_000
WAIT: Final = SECOND
PACE: Final = 12.0
"""Incidents a second."""
AWAY: Final = 6 * HOUR
SEED: Final = 6
EVERY: Final = 20 * MINUTE
"""How often the outbox is looked at besides when something is due: each look tries what waits again."""


@dataclass
class Outside:
    """A channel that remembers what it was given and when."""

    name: str
    now: Callable[[], Micros]
    kind: Kind = "way"
    takes: frozenset[str] = frozenset({"trigger", "acknowledge", "resolve"})
    rate: Rate | None = None
    away: bool = False
    told: dict[str, list[tuple[str, Micros]]] = field(default_factory=lambda: defaultdict(list))
    at: dict[str, Micros] = field(default_factory=dict)

    def deliver(self, message: Message) -> Receipt:
        """Accept it, unless it is away."""
        if self.away:
            raise DeliveryError("it does not answer", permanent=False)
        self.told[message.dedup_key].append((read_page(message.body).action, self.now()))
        self.at.setdefault(message.id, self.now())
        return Receipt(answer="accepted")


def figures(*, quick: bool) -> list[Figure]:
    """Return the figures; ``quick`` with a fifth of the incidents."""
    return [*_lateness(40 if quick else 240), *_long_night(100 if quick else 500)]


def _lateness(count: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        clock = WallClock()
        state = SqliteState(Path(folder) / "state.db")
        mail = Outside("mail", clock.now)
        world = _world(state, clock, {"mail": mail})
        policy = Policy(key="default", steps=(_step("ann", WAIT),), repeat=1)
        runtime = _running(world, policy)
        spread = count / PACE
        busy = threading.Thread(target=_windows, args=(runtime, spread + 4.0), daemon=True)
        busy.start()
        for number in range(count):
            _harm(world, number, clock.now())
            time.sleep(1 / PACE)
        busy.join()
        _wait_for(lambda: len(_late(world, mail)[1]) >= 2 * count)
        runtime.stop()
        late, sent, lost = _late(world, mail)
        state.close()
    p50, p99 = (float(np.quantile(late, q)) for q in (0.5, 0.99))
    return [
        Figure(f"escalation: lateness of {len(late):,} steps, p50 (s)", p50),
        at_most("escalation: lateness of a step, p99 (s)", p99, 1.0),
        Figure("escalation: then until the channel has it, p50 (s)", float(np.quantile(sent, 0.5))),
        at_most("escalation: steps never told", lost + 2 * count - len(late), 0),
    ]


def _wait_for(done: Callable[[], bool], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not done() and time.monotonic() < until:
        time.sleep(0.2)


def _windows(runtime: Runtime, seconds: float) -> None:
    """Hold what windows and diagnoses hold, nearly all the time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with runtime.lock:
            time.sleep(0.9)
        time.sleep(0.01)


def _late(world: World, mail: Outside) -> tuple[list[float], list[float], int]:
    """Return how late each step was, how long its message took, and how many have not come."""
    late: list[float] = []
    sent: list[float] = []
    with world.state.transaction() as tx:
        for paging in tx.list(Paging, limit=10_000):
            for before, told in pairwise(paging.told):
                late.append((told.at - before.at - WAIT) / SECOND)
                if told.message in mail.at:
                    sent.append((mail.at[told.message] - told.at) / SECOND)
    return late, sent, len(late) - len(sent)


def _long_night(count: int) -> list[Figure]:
    clock = DrivenClock(BEGAN)
    state = MemoryState()
    pager = Outside("pagerduty", clock.now, "pager", away=True)
    mail = Outside("mail", clock.now)
    world = _world(state, clock, {"pagerduty": pager, "mail": mail})
    steps = (_step("ann", 5 * MINUTE), _step("bob", 5 * MINUTE))
    runtime = _running(world, Policy(key="default", steps=steps, owner="pagerduty"))
    rng = np.random.default_rng(SEED)
    begins = sorted(BEGAN + int(at) for at in rng.integers(0, AWAY - 10 * MINUTE, count))
    fates = rng.choice(["nobody", "acknowledged", "resolved"], count)
    events = _events(begins, [str(fate) for fate in fates])
    doubled = _live(runtime, clock, events, until=BEGAN + AWAY)
    unheard = sum(1 for incident in _incidents(world) if _key(incident) in pager.told)
    pager.away = False
    doubled += _live(runtime, clock, [], until=BEGAN + AWAY + 30 * MINUTE)
    return _told(world, pager, mail, doubled, early=unheard)


def _told(world: World, pager: Outside, mail: Outside, doubled: int, *, early: int) -> list[Figure]:
    incidents = _incidents(world)
    with world.state.transaction() as tx:
        waiting = sum(m.status != "sent" for each in incidents for m in tx.messages(each.key))
    dropped = sum(_expected(each) != _heard(pager, each) for each in incidents)
    fallback = [_first_mail(mail, each) - each.opened_at for each in incidents]
    disowned = 0
    with world.state.transaction() as tx:
        for each in incidents:
            paging = tx.get(Paging, each.key)
            free = paging is not None and paging.status in UNDER_WAY
            disowned += bool(free and paging is not None and paging.owner != "pagerduty")
    return [
        Figure("away: incidents while PagerDuty does not answer for 6 h", len(incidents)),
        at_most("away: told before it was back (must be none)", early, 0),
        at_most("away: incidents it never heard, or not in order", dropped, 0),
        at_most("away: messages still waiting", waiting, 0),
        at_most("away: own fallback, slowest (s)", max(fallback) / SECOND, 60),
        at_most("away: steps told beside another owner", doubled, 0),
        at_most("away: not given back once it answers", disowned, 0),
        at_least("away: acknowledged meanwhile, and told so", _passed_on(pager, incidents), 1),
    ]


def _events(begins: list[Micros], fates: list[str]) -> list[tuple[Micros, int, str]]:
    events = []
    for number, (at, fate) in enumerate(zip(begins, fates, strict=True)):
        events.append((at, number, "harm"))
        if fate != "nobody":
            events.append((at + 3 * MINUTE, number, "acknowledged"))
        if fate == "resolved":
            events.append((at + 8 * MINUTE, number, "resolved"))
    return sorted(events)


def _live(runtime: Runtime, clock: DrivenClock, events: list[tuple[Micros, int, str]], until: Micros) -> int:
    """Let time pass with what happens in it; return how often aright told a step beside another owner."""
    doubled, looked, waiting = 0, clock.now(), list(events)
    while clock.now() < until:
        to = min([until, looked + EVERY, *(at for at, _, _ in waiting[:1])])
        runtime.advance(max(to, clock.now()))
        looked = clock.now()
        while waiting and waiting[0][0] <= clock.now():
            _, number, what = waiting.pop(0)
            _happen(runtime.world, number, what, clock.now())
        doubled += _owned_by_two(runtime.world)
    return doubled


def _owned_by_two(world: World) -> int:
    with world.state.transaction() as tx:
        return sum(
            each.owner != ARIGHT and each.next_at > 0 for each in tx.list(Paging, tag="open", limit=10_000)
        )


def _happen(world: World, number: int, what: str, at: Micros) -> None:
    if what == "harm":
        _harm(world, number, at)
        return
    event = Acknowledged(at=at, by="ann") if what == "acknowledged" else Resolved(at=at, by="ann")
    with world.state.transaction() as tx:
        happen(world, tx, tx.get(Incident, f"INC-{number + 1}"), event)


def _harm(world: World, number: int, at: Micros) -> None:
    key, service = f"INC-{number + 1}", f"service-{number}"
    with world.state.transaction() as tx:
        happen(
            world, tx, None, HarmAlerted(at=at, incident=key, service=service, alerts=(_alert(service, at),))
        )
        tx.done(diagnose_key(key))


def _alert(service: str, at: Micros) -> Alert:
    return Alert(
        key=f"{service}|quality:click",
        service=service,
        signal="quality:click",
        harm=True,
        at=at,
        since=at,
        before=0.12,
        now=0.06,
        low=0.05,
        high=0.07,
        units=900,
        log_e=9,
        threshold=8,
        rule="",
    )


def _expected(incident: Incident) -> list[str]:
    taken = ["acknowledge"] if incident.acknowledged_by else []
    return ["trigger", *taken, *(["resolve"] if incident.resolved_at else [])]


def _heard(pager: Outside, incident: Incident) -> list[str]:
    return [action for action, _ in pager.told[_key(incident)]]


def _first_mail(mail: Outside, incident: Incident) -> Micros:
    found = [at for key, told in mail.told.items() if key.startswith(f"{_key(incident)}/") for _, at in told]
    return min(found, default=incident.opened_at + AWAY)


def _passed_on(pager: Outside, incidents: list[Incident]) -> int:
    return sum("acknowledge" in _heard(pager, each) for each in incidents)


def _key(incident: Incident) -> str:
    return f"aright-{incident.key}-{incident.opened_at}"


def _incidents(world: World) -> list[Incident]:
    with world.state.transaction() as tx:
        return list(tx.list(Incident, limit=10_000))


def _step(person: str, wait: Micros) -> Step:
    return Step(notify=(Target("person", person),), wait=wait)


def _running(world: World, policy: Policy) -> Runtime:
    with world.state.transaction() as tx:
        tx.put(policy)
        tx.put_all([Person(key=name, ways=("mail",)) for name in ("ann", "bob")])
    runtime = Runtime(world, Intake(MemoryLog()))
    runtime.recover()
    runtime.start()
    return runtime


def _world(state: State, clock: Clock, channels: dict[str, Channel]) -> World:
    return World(
        state=state,
        rows=Rows(MemorySegments()),
        clock=clock,
        actuator=WebhookActuator(WebhookConfig()),
        channels=channels,
        happenings=Happenings(),
        settings=msgspec.structs.replace(Settings(), tidy_every=1_000 * HOUR),
        public_url="",
    )
