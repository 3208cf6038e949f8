"""The escalation's face: one pure function from (paging, event) to (paging, effects)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from aright.core.incident.effects import Record
from aright.core.model.on_call import ARIGHT
from aright.core.model.paging import UNDER_WAY
from aright.core.page.escalating.effects import Turn
from aright.core.page.escalating.events import (
    Accepted,
    Acknowledged,
    Ended,
    Event,
    Failed,
    Fired,
    StepDue,
    TakeOverDue,
)
from aright.core.page.escalating.owning import accepted, fired, refused, take_over, take_over_due
from aright.core.page.escalating.steps import go_on, quiet, remind
from aright.core.page.escalating.timing import next_step

if TYPE_CHECKING:
    from aright.core.model.paging import Paging, Told, ToldStatus


def apply(paging: Paging | None, event: Event) -> Turn:
    """Return the escalation after the event, and what else must be done in the same transaction.

    Events that come late, twice or out of turn change nothing.

    Args:
        paging: ``None`` before it has fired.
        event: what happened.

    Raises:
        ValueError: something other than ``Fired`` happened to what has not fired.
    """
    if isinstance(event, Fired):
        return fired(paging, event)
    if paging is None:
        raise ValueError(f"{type(event).__name__} has no escalation: it must fire first")
    return _told(paging, event) if isinstance(event, Accepted | Failed) else _moved(paging, event)


def needed(paging: Paging) -> int:
    """Return how many different people must acknowledge: as many as any step wants that was told so far."""
    steps = paging.policy.steps
    told = steps if paging.round > 1 else steps[: max(paging.step, 1)]
    return max((step.acknowledgements for step in told), default=1)


def _moved(paging: Paging, event: Acknowledged | StepDue | TakeOverDue | Ended) -> Turn:
    if isinstance(event, Acknowledged):
        return _acknowledged(paging, event)
    if isinstance(event, Ended):
        over = msgspec.structs.replace(paging, status="over", next_at=0)
        return Turn(paging) if paging.status == "over" else Turn(over, quiet(paging))
    if isinstance(event, TakeOverDue):
        return take_over_due(paging, event)
    return _step_due(paging, event)


def _step_due(paging: Paging, event: StepDue) -> Turn:
    if paging.owner != ARIGHT or not paging.next_at:
        return Turn(paging)
    if event.at < paging.next_at:
        return Turn(paging, (next_step(paging.key, paging.next_at),))
    if paging.status == "exhausted":
        return remind(paging, event.reach, event.at)
    return go_on(paging, event.reach, event.at)


def _acknowledged(paging: Paging, event: Acknowledged) -> Turn:
    if event.by in paging.acknowledged or paging.status == "over":
        return Turn(paging)
    paging = msgspec.structs.replace(paging, acknowledged=(*paging.acknowledged, event.by))
    if paging.status not in {*UNDER_WAY, "exhausted"}:
        return Turn(paging)
    wanted, have = needed(paging), len(paging.acknowledged)
    if have >= wanted:
        done = msgspec.structs.replace(paging, status="acknowledged", next_at=0)
        return Turn(done, quiet(paging))
    text = f"{have} of {wanted} people have acknowledged: the escalation goes on"
    line = Record(at=event.at, kind="escalated", text=text, by=event.by)
    if paging.owner == ARIGHT:
        return Turn(paging, (line,))
    # The owner stops at the first acknowledgement, and knows nothing of several.
    return take_over(paging, event.reach, line)


def _told(paging: Paging, event: Accepted | Failed) -> Turn:
    told = next((each for each in paging.told if each.message == event.message), None)
    if told is None or told.status != "waiting":
        return Turn(paging)
    if isinstance(event, Accepted):
        paging, told = _settled(paging, told, "accepted")
        return accepted(paging, told, event.at)
    if not event.permanent:
        return Turn(paging)
    paging, told = _settled(paging, told, "failed")
    return refused(paging, told, event)


def _settled(paging: Paging, told: Told, status: ToldStatus) -> tuple[Paging, Told]:
    after = msgspec.structs.replace(told, status=status)
    kept = tuple(after if each is told else each for each in paging.told)
    return msgspec.structs.replace(paging, told=kept), after
