"""A service with a policy, people with shifts, and channels that may be away; time is driven."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aright.core.incident import HarmAlerted
from aright.core.incident.dues import diagnose_key
from aright.core.model.incident import Incident, Severity
from aright.core.model.on_call import Layer, Person, Policy, Schedule, Step, Target
from aright.core.model.outlet import ExternalRef, Receipt
from aright.core.model.paging import Paging
from aright.core.model.service import Service
from aright.core.model.times import MINUTE, SECOND
from aright.core.page.body import read_page
from aright.engine.happening import happen
from aright.ports.channel import DeliveryError
from tests.unit.engine.failing_shop import ALERT, Plant

if TYPE_CHECKING:
    from aright.core.incident import Event
    from aright.core.model.incident import TimelineEvent
    from aright.core.model.message import Message
    from aright.core.page.body import PageBody
    from aright.ports.channel import Kind, Rate

PAGES = frozenset({"trigger", "acknowledge", "resolve"})
RECORDS = PAGES | {"note", "close"}


@dataclass
class Outside:
    """A channel that remembers what it was given, and may be away or refuse."""

    name: str
    kind: Kind = "way"
    takes: frozenset[str] = frozenset({"trigger", "resolve"})
    rate: Rate | None = None
    away: bool = False
    refuses: bool = False
    seen: list[PageBody] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def deliver(self, message: Message) -> Receipt:
        if self.away or self.refuses:
            raise DeliveryError("it does not answer", permanent=self.refuses)
        page = read_page(message.body)
        self.seen.append(page)
        if page.action != "note":
            self.keys.append(message.dedup_key)
        if self.kind == "way":
            return Receipt(answer="accepted")
        ref = ExternalRef(
            key=f"{self.name}/{page.incident}",
            channel=self.name,
            incident=page.incident,
            id="sys-1",
            number="INC0010023",
        )
        return Receipt(answer="accepted", ref=ref)

    @property
    def told(self) -> list[tuple[str, str]]:
        """What it was given but notes: actions and for whom."""
        return [(page.action, page.to) for page in self.seen if page.action != "note"]

    @property
    def notes(self) -> list[str]:
        """The lines that it was given for its own record."""
        return [page.text for page in self.seen if page.action == "note"]


def schedule(key: str, *people: str, ends: str = "") -> Schedule:
    """Return a schedule whose people take turns by the week, since long ago."""
    layer = Layer(key="weekly", people=people, starts="2025-12-29T00:00", ends=ends)
    return Schedule(key=key, layers=(layer,))


def step(*targets: str, wait: int = 5 * MINUTE, acknowledgements: int = 1) -> Step:
    """Return a step that tells targets such as ``person:ann``."""
    notify = tuple(
        Target("schedule", name)
        if kind == "schedule"
        else Target("person" if kind == "person" else "channel", name)
        for kind, _, name in (target.partition(":") for target in targets)
    )
    return Step(notify=notify, wait=wait, acknowledgements=acknowledgements)


@dataclass
class Night:
    """A plant of one service, its people and its channels."""

    policy: Policy | None
    schedules: tuple[Schedule, ...] = (schedule("primary", "ann"),)
    pager: Outside = field(default_factory=lambda: Outside("pagerduty", "pager", PAGES | {"note"}))
    mail: Outside = field(default_factory=lambda: Outside("mail"))
    tickets: Outside | None = None
    paged: bool = True

    def __post_init__(self) -> None:
        channels = {"mail": self.mail} | ({"pagerduty": self.pager} if self.paged else {})
        if self.tickets is not None:
            channels["servicenow"] = self.tickets
        self.plant = Plant(channels=dict(channels))
        with self.plant.state.transaction() as tx:
            tx.put(Service(key="shop"))
            for name in ("ann", "bob", "cy"):
                tx.put(
                    Person(
                        key=name,
                        ways=("mail",),
                        addresses={"mail": f"{name}@example.com"},
                        aliases=(f"{name}@pd.example",),
                    )
                )
            tx.put_all(self.schedules)
            if self.policy is not None:
                tx.put(self.policy)

    def harm(self, key: str = "INC-1", *, level: int = 2) -> None:
        """Open an incident, and page; nobody looks for the cause, who might find it worse."""
        severity = Severity(level=level, score=1, arithmetic="half of all users")
        at = self.now
        event = HarmAlerted(at=at, incident=key, service="shop", alerts=(ALERT,), severity=severity)
        with self.plant.state.transaction() as tx:
            happen(self.plant.world, tx, None, event)
            tx.done(diagnose_key(key))
        self.plant.runtime.send()

    def happen(self, event: Event, *, key: str = "INC-1") -> Incident:
        """Let something happen to an incident, and send what comes of it."""
        with self.plant.state.transaction() as tx:
            moved = happen(self.plant.world, tx, tx.get(Incident, key), event)
        self.plant.runtime.send()
        return moved

    def wait(self, span: int, *, every: int = 10 * SECOND) -> None:
        """Let time pass, looking at the outbox every so often."""
        until = self.now + span
        while self.now < until:
            self.plant.desk.advance(min(self.now + every, until))

    def jump(self, span: int) -> None:
        """Set the clock forward at once, as after a machine slept."""
        self.plant.clock.set(self.now + span)  # type: ignore[attr-defined]  # it is driven
        self.plant.runtime.settle()
        self.plant.runtime.send()

    @property
    def now(self) -> int:
        return self.plant.clock.now()

    @property
    def paging(self) -> Paging:
        with self.plant.state.transaction() as tx:
            found = tx.get(Paging, "INC-1")
        assert found is not None
        return found

    def lines(self, *kinds: str, key: str = "INC-1") -> list[TimelineEvent]:
        """Return lines of these kinds, all of them for none."""
        with self.plant.state.transaction() as tx:
            return [line for line in tx.events(key) if not kinds or line.kind in kinds]

    def texts(self, *kinds: str) -> list[str]:
        return [line.text for line in self.lines(*kinds)]
