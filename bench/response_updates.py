"""Status updates over restarts: none that was due is missed silently, and none is told twice.

Incidents of every severity come and go in an embedded store while the process is killed at random between and
within commits, stays away for a while by an injected clock, and comes back on the same file. People take
incidents on, publish some drafts early, some late and some never; severities rise and fall. A reckoning of
its own, which knows the cadences that ship and nothing of the code under test, says at every rest which
updates were due and have been neither published nor told as missed. With the public's rows dropped in the
code under test it finds silence within 50 restarts: the figure can fail.

With the public's rows dropped in the code under test it finds silence in 50 restarts: the figure can fail.
"""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from aright.adapters.clocks.driven import DrivenClock
from aright.adapters.memory_segments import MemorySegments
from aright.adapters.sql.sqlite import SqliteState
from aright.core.incident import Acknowledged, HarmAlerted, Resolved, SeverityJudged
from aright.core.model.alert import Alert
from aright.core.model.command import CADENCES, Updating
from aright.core.model.incident import OPEN, Incident, Severity, StatusUpdate
from aright.core.model.outlet import Receipt
from aright.core.model.times import HOUR, MINUTE, SECOND, Micros
from aright.engine.command_desk import CommandDesk
from aright.engine.happening import happen
from aright.engine.happenings import Happenings
from aright.engine.rows import Rows
from aright.engine.settings import Settings
from aright.engine.tasks import run_due
from aright.engine.world import World
from bench.report import Figure, at_least, at_most

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aright.core.incident import Event
    from aright.core.model.message import Message
    from aright.engine.runtime import Runtime
    from aright.ports.actuator import Actuator
    from aright.ports.channel import Channel
    from aright.ports.state import State, Transaction

RESTARTS: Final = 1_000
INCIDENTS: Final = 8
START: Final = 1_767_225_600_000_000
GRACE: Final = 5 * MINUTE
LEAD: Final = 10 * MINUTE
EARLY: Final = 2 * HOUR
CHANNELS: Final[dict[str, tuple[str, ...]]] = {"internal": ("mail",), "public": ("mail",)}
ENDED: Final = frozenset({"published", "missed"})


class KilledError(BaseException):
    """The process is gone; nothing may catch it."""


def figures(*, quick: bool) -> list[Figure]:
    """Measure.

    Args:
        quick: for a twentieth of the restarts.
    """
    restarts = RESTARTS // 20 if quick else RESTARTS
    with tempfile.TemporaryDirectory(prefix="aright-updates-") as folder:
        life = Life(Path(folder) / "state.db", random.Random(6))
        for _ in range(restarts):
            life.live()
        life.end()
    told = sum(life.told.values())
    return [
        at_least("restarts in the middle of work", life.restarts, restarts),
        at_least("updates that fell due and were published or told as missed", told, restarts // 2),
        at_most("updates missed silently", life.silent, 0),
        at_most("times told twice, and published updates without their one message", life.twice, 0),
        at_most("audiences that heard of an incident and not of its end", life.unended, 0),
    ]


class KillingState:
    """A store whose process is killed after so many commits: before one, within one, or after it."""

    def __init__(self, inner: State, after: int, how: str) -> None:
        self.inner, self._left, self._how = inner, after, how

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open a transaction of the store, or die."""
        self._left -= 1
        now = self._left == 0
        if now and self._how == "before":
            raise KilledError
        with self.inner.transaction() as tx:
            yield tx
            if now and self._how == "within":
                raise KilledError  # all of it is rolled back
        if now:
            raise KilledError

    def close(self) -> None:
        """Let go of the file."""
        self.inner.close()


@dataclass
class Mail:
    """A channel that takes updates and reminders."""

    name: str = "mail"
    kind: str = "way"
    takes: frozenset[str] = frozenset({"update", "remind"})
    rate: None = None

    def deliver(self, message: Message) -> Receipt:
        """Accept it."""
        del message
        return Receipt()


@dataclass
class Reckoning:
    """When one audience of one incident is to hear next, by the cadences alone."""

    due: Micros = 0
    ended: set[str] = field(default_factory=set)
    level: int = 0


class Life:
    """The same store over many processes, each of which ends by being killed."""

    def __init__(self, file: Path, rng: random.Random) -> None:
        self.restarts = self.silent = self.twice = self.unended = 0
        self.told: Counter[str] = Counter()
        self._file, self._rng, self._now = file, rng, START
        self._reckonings: dict[tuple[str, str], Reckoning] = {}
        self._state: State = SqliteState(file)
        with self._state.transaction() as tx:
            tx.put(Updating(channels=CHANNELS))

    def live(self) -> None:
        """Run a process until it is killed, stay away for a while, and open the store again."""
        rng = self._rng
        killing = KillingState(self._state, rng.randint(1, 30), rng.choice(("before", "within", "after")))
        try:
            self._work(killing)
        except KilledError:
            self.restarts += 1
        self._state.close()
        self._now += round(rng.choice((0, 0, 1, 4, 9, 25, 70, 300)) * MINUTE * rng.random())
        self._state = SqliteState(self._file)

    def end(self) -> None:
        """Come to rest after a last restart, resolve all, and see that every audience heard of the end."""
        world = self._world(self._state)
        self._rest(world)
        for incident in self._open():
            self._happen(world, incident.key, Resolved(at=self._now, by="ann"))
        for _ in range(30):
            self._now += MINUTE
            self._settle(world)
        for incident in self._incidents():
            heard = {
                u.audience for u in incident.updates if u.status == "published" and not _last(incident, u)
            }
            ends = {u.audience for u in incident.updates if u.status in ENDED and _last(incident, u)}
            self.unended += len(heard - ends)
            self._count_twice(incident)
        self._state.close()

    def _work(self, state: KillingState) -> None:
        world = self._world(cast("State", state))
        self._rest(world)
        while True:
            self._act(world)
            self._settle(world)
            with world.state.transaction() as tx:
                following = tx.next_due() or self._now + HOUR
            step = round(self._rng.random() * 12 * MINUTE)
            self._now = min(max(following, self._now + SECOND), self._now + max(step, SECOND))
            self._rest(world)

    def _rest(self, world: World) -> None:
        """Do all that is due, and then reckon."""
        self._settle(world)
        for incident in self._open():
            for audience in CADENCES:
                self._reckon(incident, audience)

    def _settle(self, world: World) -> None:
        cast("DrivenClock", world.clock).set(self._now)
        for _ in range(3):  # what is done may make something else due at once
            run_due(world, self._now, only="update")

    def _act(self, world: World) -> None:
        """Let people do one thing."""
        rng, running = self._rng, self._open()
        if len(running) < INCIDENTS and rng.random() < 0.5:
            self._declare(world)
            return
        incident = rng.choice(running) if running else None
        if incident is None:
            return
        drafts = [update for update in incident.updates if update.status == "draft"]
        roll = rng.random()
        if drafts and roll < 0.45:
            desk = CommandDesk(cast("Runtime", _Running(world)), self._incident)
            desk.publish(incident.key, update=rng.choice(drafts).id, by="ann")
        elif roll < 0.6:
            self._happen(world, incident.key, Acknowledged(at=self._now, by=rng.choice(("ann", "bob"))))
        elif roll < 0.7:
            self._happen(world, incident.key, SeverityJudged(at=self._now, severity=_severity(rng)))
        elif roll < 0.75 and self._now - incident.opened_at > HOUR:
            self._happen(world, incident.key, Resolved(at=self._now, by="ann"))

    def _declare(self, world: World) -> None:
        with world.state.transaction() as tx:
            key = f"INC-{tx.next_number('incident')}"
            alerts = (_alert(self._now),)
            event = HarmAlerted(
                at=self._now, incident=key, service="shop", alerts=alerts, severity=_severity(self._rng)
            )
            happen(world, tx, None, event)

    def _happen(self, world: World, key: str, event: Event) -> None:
        with world.state.transaction() as tx:
            happen(world, tx, tx.get(Incident, key), event)

    def _reckon(self, incident: Incident, audience: str) -> None:
        known = self._reckonings.setdefault((incident.key, audience), Reckoning())
        new = [u for u in incident.updates if u.audience == audience and u.status in ENDED]
        fresh = [update for update in new if update.id not in known.ended]
        level = incident.severity.level if incident.severity else 2
        every = _every(audience, level, incident, _base(incident, new))
        if fresh:
            self.told[audience] += len(fresh)
            known.ended |= {update.id for update in fresh}
        elif known.due and incident.state in OPEN and known.level == level and self._now > known.due + GRACE:
            self.silent += 1
            known.due = 0
            return
        if not every or incident.state not in OPEN:
            known.due = 0
        elif fresh or not known.due or level != known.level:
            rose = self._now + LEAD if known.level and level != known.level else 0
            known.due = max(_following(_base(incident, new), every, new, self._now), rose)
        known.level = level

    def _count_twice(self, incident: Incident) -> None:
        slots = Counter((u.audience, u.due_at) for u in incident.updates if u.status in ENDED and u.due_at)
        self.twice += sum(count - 1 for count in slots.values())
        with self._state.transaction() as tx:
            sent = Counter(m.id for m in tx.messages(incident.key) if m.id.endswith("-update"))
        said = [u for u in incident.updates if u.status == "published" and u.audience in CHANNELS]
        for update in said:
            self.twice += abs(sum(f"-{update.id}-" in name for name in sent) - 1)

    def _world(self, state: State) -> World:
        return World(
            state=state,
            rows=Rows(MemorySegments()),
            clock=DrivenClock(self._now),
            actuator=cast("Actuator", None),
            channels={"mail": cast("Channel", Mail())},
            happenings=Happenings(),
            settings=Settings(),
            public_url="",
        )

    def _incidents(self) -> list[Incident]:
        with self._state.transaction() as tx:
            return list(tx.list(Incident, limit=10_000))

    def _open(self) -> list[Incident]:
        with self._state.transaction() as tx:
            return list(tx.list(Incident, tag="open"))

    def _incident(self, key: str) -> Incident:
        return next(found for found in self._open() if found.key == key)


@dataclass
class _Running:
    """As much of a runtime as the desk needs."""

    world: World
    send: Callable[[], None] = lambda: None


def _severity(rng: random.Random) -> Severity:
    return Severity(level=rng.choice((1, 1, 2, 3, 4)), score=0, arithmetic="drawn")


def _alert(at: Micros) -> Alert:
    return Alert(
        key="shop|all|quality:click",
        service="shop",
        signal="quality:click",
        harm=True,
        at=at,
        since=at,
        before=0.5,
        now=0.1,
        low=0.1,
        high=0.2,
        units=100,
        log_e=9,
        threshold=8,
        rule="drawn",
    )


def _every(audience: str, level: int, incident: Incident, base: Micros) -> Micros:
    cadence = CADENCES[audience].get(level)
    if cadence is None:
        return 0
    return cadence.early if base - incident.opened_at < EARLY else cadence.later


def _base(incident: Incident, ended: list[StatusUpdate]) -> Micros:
    times = [u.due_at if u.status == "missed" else u.published_at for u in ended]
    return max([incident.opened_at, *times])


def _following(base: Micros, every: Micros, ended: list[StatusUpdate], now: Micros) -> Micros:
    """Return when the next one is due: on the grid of one that was missed, else a cadence after the last."""
    missed = [u for u in ended if u.status == "missed" and u.due_at == base]
    return base + every * ((now - base) // every + 1) if missed else base + every


def _last(incident: Incident, update: StatusUpdate) -> bool:
    return 0 < incident.resolved_at <= update.at and update.next_due == 0
