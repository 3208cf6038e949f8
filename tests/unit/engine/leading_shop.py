"""A shop whose incidents are led: people, ways to reach them, runbooks, and a clock that is moved by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aright.core.communicate.runbook import read_runbook
from aright.core.incident import SeverityJudged
from aright.core.incident.dues import diagnose_key
from aright.core.model.command import Updating
from aright.core.model.incident import Incident, Severity
from aright.core.model.on_call import Layer, Person, Policy, Schedule, Step, Target
from aright.core.model.outlet import Receipt
from aright.core.model.times import MINUTE
from aright.core.page.body import PageBody, read_page
from aright.engine.happening import happen
from tests.unit.engine.failing_shop import SERVICE, START, Pager, Plant, hurt

if TYPE_CHECKING:
    from aright.core.model.message import Message
    from aright.ports.channel import Kind, Rate

BOOK = """---
id: shop
title: The shop
type: recommender
---
## Look
- [ ] Look {#look}
- [ ] Restore {#restore action=restore_source guard="done('look')"}
- [ ] Clean {#clean}
  ```run
  echo $INCIDENT $SERVICE
  ```
"""


@dataclass
class Room:
    """A way that keeps what it was told."""

    name: str = "mail"
    kind: Kind = "way"
    takes: frozenset[str] = frozenset({"update", "remind"})
    rate: Rate | None = None
    told: list[PageBody] = field(default_factory=list)

    def deliver(self, message: Message) -> Receipt:
        self.told.append(read_page(message.body))
        return Receipt(answer="accepted")

    def of(self, action: str) -> list[PageBody]:
        return [body for body in self.told if body.action == action]


def led(
    *, level: int = 1, updating: Updating | None = None, text: str = BOOK, diagnosed: bool = True
) -> tuple[Plant, Room]:
    """Return a plant with an open incident INC-1 of a severity, and the room that its people are told in."""
    room = Room()
    plant = Plant(channels={"pagerduty": Pager(), "mail": room})
    book, wrong = read_runbook(text, "shop.md")
    assert not wrong
    assert book is not None
    object.__setattr__(plant.world, "runbooks", (book,))
    with plant.state.transaction() as tx:
        tx.put(SERVICE)
        for name in ("ann", "bob", "cy"):
            tx.put(Person(key=name, name=name.title(), ways=("mail",), addresses={"mail": f"{name}@x"}))
        layer = Layer(key="all", people=("cy",), starts="2025-01-01T00:00")
        tx.put(Schedule(key="primary", layers=(layer,)))
        tx.put(Policy(key="default", steps=(Step(notify=(Target("schedule", "primary"),)),)))
        names = {"shop": "For you"}
        tx.put(updating or Updating(channels={"public": ("mail",), "internal": ("mail",)}, names=names))
    incident = hurt(plant, diagnosed=diagnosed)
    with plant.state.transaction() as tx:
        tx.done(diagnose_key(incident.key))  # there are no rows that it could be judged by
        happen(
            plant.world,
            tx,
            tx.get(Incident, incident.key),
            SeverityJudged(at=START, severity=Severity(level=level, score=1, arithmetic="so")),
        )
    return plant, room


def after(plant: Plant, minutes: float) -> Incident:
    """Move the clock to so many minutes after the start, doing all that falls due; return the incident."""
    plant.desk.advance(START + round(minutes * MINUTE))
    return plant.desk.incident("INC-1")
