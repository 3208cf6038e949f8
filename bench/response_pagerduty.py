"""One PagerDuty alert for each incident, whatever the line does; beside it, a client without a dedup key.

The fake is served over TLS and takes 120 events a minute. By a seed, 30 % of all requests are cut, half
before they are processed and half after, 5 % are answered 429 and 10 % with 5xx, again half of them after the
work was done: whoever tries again cannot know whether it was. Each incident is opened, acknowledged and
resolved; what leaves goes through the outbox, its leases, limits and retries, by a clock that is driven.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pagerduty

from aright.adapters.clocks.driven import DrivenClock
from aright.adapters.memory_state.state import MemoryState
from aright.core.incident import Acknowledged, HarmAlerted, Resolved
from aright.core.model.alert import Alert
from aright.core.model.incident import Incident
from aright.core.model.times import HOUR, MINUTE, SECOND
from aright.engine.happening import happen
from aright.engine.limits import Limits
from aright.engine.outbox import drain
from bench.report import Figure, at_most
from tests.contract.fake_pagerduty import FakePagerDuty
from tests.contract.fake_pagerduty_plan import Mishaps
from tests.contract.running_pagerduty import running
from tests.unit.engine.small_world import small_world

if TYPE_CHECKING:
    from aright.core.incident import Event
    from aright.core.model.times import Micros
    from aright.engine.world import World

INCIDENTS: Final = 1_000
SEED: Final = 6
START: Final[Micros] = 1_767_225_600_000_000
STEP: Final[Micros] = 20 * SECOND
APART: Final[Micros] = 15 * MINUTE
"""Between opening, acknowledging and resolving."""

LONGEST: Final[Micros] = 12 * HOUR


@dataclass
class Outcome:
    """What became of all incidents.

    Attributes:
        most: alerts of one incident, at most.
        lost: incidents without an alert, or whose alert is not resolved, and messages that never left.
        doubled: incidents with more than one alert.
        minutes: until all was done, by the driven clock.
        requests: how many met what.
    """

    most: int
    lost: int
    doubled: int
    minutes: float
    requests: Counter[str]


def figures(*, quick: bool) -> list[Figure]:
    """Measure ours, and the peer on the same mishaps.

    Args:
        quick: for a tenth of the incidents.
    """
    count = INCIDENTS // 10 if quick else INCIDENTS
    ours = sent(count)
    bad = sum(number for name, number in ours.requests.items() if name != "none")
    keyless, keyed = alone(count, keyed=False), alone(count, keyed=True)
    told = f"of {count:,} incidents, {100 * bad / sum(ours.requests.values()):.0f} % of requests mishapped"
    return [
        at_most(f"PagerDuty: most alerts of one incident, {told}", ours.most, 1),
        at_most("PagerDuty: incidents without alert, not resolved there, or told in part", ours.lost, 0),
        Figure("PagerDuty: requests cut after they were processed", ours.requests["drop after"]),
        Figure("PagerDuty: minutes until all was told, at 120 a minute", ours.minutes),
        Figure(
            "pagerduty 7.2 without dedup key: incidents with two alerts or more (%)",
            100 * keyless.doubled / count,
        ),
        Figure("pagerduty 7.2 without dedup key: incidents it gave up on (%)", 100 * keyless.lost / count),
        Figure(
            "pagerduty 7.2 with a key: incidents with two alerts or more (%)", 100 * keyed.doubled / count
        ),
        Figure("pagerduty 7.2 with a key: incidents it gave up on (%)", 100 * keyed.lost / count),
    ]


def _mishaps() -> Mishaps:
    return Mishaps(SEED, drops=0.3, limited=0.05, errors=0.1)


def sent(count: int) -> Outcome:
    """Return what became of incidents that our outbox told of."""
    clock, mishaps = DrivenClock(START), _mishaps()
    fake = FakePagerDuty(limit=120, clock=lambda: clock.now() / SECOND)
    with running(fake, mishaps) as server:
        channel = server.channel()
        world = small_world(MemoryState(), {channel.name: channel}, clock)
        limits = Limits(world.channels)
        pending, busy = _open(world, count), True
        while (pending or busy or _waiting(world)) and clock.now() < START + LONGEST:
            clock.set(clock.now() + STEP)
            while pending and pending[0][0] <= clock.now():
                _happen(world, *pending.pop(0))
            busy = bool(drain(world, clock.now(), limits=limits))
    left = _waiting(world)
    per = Counter(alert.dedup_key for alert in fake.alerts)
    over = {alert.dedup_key for alert in fake.alerts if alert.status == "resolved"}
    wanted = {f"aright-INC-{number}-{START}" for number in range(count)}
    return Outcome(
        most=max(per.values(), default=0),
        lost=len(wanted - over) + len(per.keys() - wanted) + left,
        doubled=sum(each > 1 for each in per.values()),
        minutes=(clock.now() - START) / MINUTE,
        requests=mishaps.met,
    )


def _open(world: World, count: int) -> list[tuple[Micros, str, str]]:
    """Open all incidents at once; return what happens to them later."""
    for number in range(count):
        _happen(world, START, f"INC-{number}", "open")
    acknowledged = [(START + APART, f"INC-{number}", "acknowledge") for number in range(count)]
    return acknowledged + [(START + 2 * APART, f"INC-{number}", "resolve") for number in range(count)]


def _happen(world: World, at: Micros, key: str, what: str) -> None:
    event: Event
    if what == "open":
        event = HarmAlerted(at=at, incident=key, service=key, alerts=(_alert(key, at),))
    elif what == "acknowledge":
        event = Acknowledged(at=at, by="ann")
    else:
        event = Resolved(at=at, by="ann")
    with world.state.transaction() as tx:
        happen(world, tx, tx.get(Incident, key), event)


def _waiting(world: World) -> int:
    """Return how many messages have not left, or never will."""
    with world.state.transaction() as tx:
        incidents = tx.list(Incident, limit=1_000_000)
        return sum(message.status != "sent" for each in incidents for message in tx.messages(each.key))


def _alert(key: str, at: Micros) -> Alert:
    return Alert(
        key=f"{key}|quality:click",
        service=key,
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


def alone(count: int, *, keyed: bool) -> Outcome:
    """Return what PagerDuty's own client makes of opening the alerts, by its own retries.

    Args:
        count: of incidents.
        keyed: whether each has a dedup key.
    """
    mishaps, fake, lost = _mishaps(), FakePagerDuty(), 0
    with running(fake, mishaps) as server:
        client = server.events()
        for number in range(count):
            try:
                client.trigger(f"incident {number}", "bench", dedup_key=f"k{number}" if keyed else None)
            except (pagerduty.Error, pagerduty.HttpError):
                lost += 1
    per = Counter(alert.triggers[0]["payload"]["summary"] for alert in fake.alerts)
    return Outcome(
        most=max(per.values(), default=0),
        lost=lost,
        doubled=sum(each > 1 for each in per.values()),
        minutes=0.0,
        requests=mishaps.met,
    )
