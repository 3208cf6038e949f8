"""A policy, who can be reached, and an escalation that is driven through events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aright.core.incident.effects import Cancel, Record, Schedule
from aright.core.model.on_call import ARIGHT, Policy, Step, Target
from aright.core.model.times import MINUTE
from aright.core.page.escalating import (
    Accepted,
    Acknowledged,
    Ended,
    Failed,
    Fired,
    Reach,
    Reached,
    StepDue,
    TakeOverDue,
    Tell,
    Way,
    apply,
)

if TYPE_CHECKING:
    from aright.core.model.message import Due
    from aright.core.model.paging import Paging
    from aright.core.page.escalating import Event

START = 1_000 * MINUTE
PAGER = "pagerduty"


def policy(
    *people: str, owner: str = ARIGHT, repeat: int = 0, acknowledgements: int = 1, wait: int = 5 * MINUTE
) -> Policy:
    """Return a policy with one step for each person."""
    steps = tuple(
        Step(notify=(Target("person", name),), wait=wait, acknowledgements=acknowledgements)
        for name in people
    )
    return Policy(key="night", steps=steps, repeat=repeat, owner=owner)


def reach(*people: str, pagers: tuple[str, ...] = (PAGER,), tickets: tuple[str, ...] = ()) -> Reach:
    """Return one step for each person, an empty name for a step that reaches nobody."""
    steps = tuple(
        Reached((Way("mail", name, f"{name}@example.com", "named"),))
        if name
        else Reached(holes=("nobody has the shift of first",))
        for name in people
    )
    return Reach(steps=steps, pagers=pagers, tickets=tickets)


@dataclass
class Escalation:
    """An escalation, and all that came of it."""

    policy: Policy
    reach: Reach
    now: int = START
    paging: Paging | None = None
    events: list[Event] = field(default_factory=list)
    lines: list[Record] = field(default_factory=list)
    tells: list[Tell] = field(default_factory=list)
    dues: dict[str, Due] = field(default_factory=dict)

    @property
    def at(self) -> Paging:
        assert self.paging is not None
        return self.paging

    def happen(self, event: Event) -> list[Tell]:
        """Apply an event; returns whom it tells."""
        turn = apply(self.paging, event)
        self.paging = turn.paging
        self.events.append(event)
        tells = []
        for effect in turn.effects:
            match effect:
                case Record():
                    self.lines.append(effect)
                case Tell():
                    tells.append(effect)
                case Schedule():
                    self.dues[effect.due.task] = effect.due
                case Cancel():
                    self.dues.pop(effect.key.partition(":")[0], None)
        self.tells += tells
        return tells

    def fire(self, again: str = "") -> list[Tell]:
        return self.happen(
            Fired(
                at=self.now,
                incident="INC-1",
                service="shop",
                policy=self.policy,
                reach=self.reach,
                again=again,
            )
        )

    def run_due(self) -> list[Tell]:
        """Do what is due next, at its time or later."""
        due = min(self.dues.values(), key=lambda due: due.due_at)
        self.now = max(self.now, due.due_at)
        del self.dues[due.task]
        kind = StepDue if due.task == "escalate" else TakeOverDue
        return self.happen(kind(at=self.now, reach=self.reach))

    def accept(self, message: str) -> None:
        self.happen(Accepted(at=self.now, message=message))

    def fail(self, message: str, *, permanent: bool = True) -> list[Tell]:
        return self.happen(Failed(at=self.now, message=message, permanent=permanent, reach=self.reach))

    def acknowledge(self, by: str) -> list[Tell]:
        return self.happen(Acknowledged(at=self.now, by=by, reach=self.reach))

    def end(self) -> None:
        self.happen(Ended(at=self.now))

    def kinds(self) -> list[str]:
        return [line.kind for line in self.lines]


def whom(tells: list[Tell]) -> list[tuple[str, str]]:
    """Return persons and channels."""
    return [(tell.told.person, tell.told.channel) for tell in tells]
