"""Who escalates: the beginning, the take-over, and giving it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from aright.core.incident.effects import Cancel, Record
from aright.core.model.on_call import ARIGHT
from aright.core.model.paging import UNDER_WAY, Paging
from aright.core.model.slo import span_text
from aright.core.page.escalating.effects import Effect, Turn
from aright.core.page.escalating.reach import Way
from aright.core.page.escalating.steps import go_on, quiet, tell_all
from aright.core.page.escalating.timing import escalate_key, next_look, take_over_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aright.core.model.paging import Told
    from aright.core.model.times import Micros
    from aright.core.page.escalating.events import Failed, Fired, TakeOverDue
    from aright.core.page.escalating.reach import Reach


def fired(paging: Paging | None, event: Fired) -> Turn:
    """Begin, or begin anew; what was told already is not told again."""
    if paging is None:
        return _begin(event, None)
    if paging.status == "over":
        return _begin(event, paging)
    known = event.again in {"", paging.again} or paging.status == "acknowledged"
    just_now = paging.owner == ARIGHT and event.at == paging.started_at  # nobody has read that one yet
    return Turn(paging) if known or just_now else _begin(event, paging)


def take_over_due(paging: Paging, event: TakeOverDue) -> Turn:
    """Escalate by ourselves where the owner has not accepted in time."""
    if not waits_for_owner(paging):
        return Turn(paging)
    ends = paging.started_at + paging.policy.take_over
    if event.at < ends:
        return Turn(paging, (next_look(paging.key, ends),))
    after = span_text(event.at - paging.started_at)
    text = f"{paging.owner} has not accepted the page for {after}: aright escalates itself"
    return take_over(paging, event.reach, Record(at=event.at, kind="taken_over", text=text, key=True))


def take_over(paging: Paging, reach: Reach, line: Record) -> Turn:
    """Make aright the owner, and tell the next step."""
    ours = msgspec.structs.replace(paging, owner=ARIGHT, taken_over_at=line.at)
    turn = go_on(ours, reach, line.at)
    return Turn(turn.paging, (line, Cancel(take_over_key(paging.key)), *turn.effects))


def refused(paging: Paging, told: Told, event: Failed) -> Turn:
    """Go on at once where the owner, or all of the present step, will not take it."""
    if is_owners(paging, told) and paging.owner == told.channel and paging.status in UNDER_WAY:
        text = f"{told.channel} refuses the page for good: aright escalates itself"
        return take_over(paging, event.reach, Record(at=event.at, kind="taken_over", text=text, key=True))
    present = [each for each in paging.told if _place(each) == (paging.number, paging.round, paging.step)]
    lost = told in present and all(each.status == "failed" for each in present)
    if not (lost and paging.owner == ARIGHT and paging.status in UNDER_WAY and paging.step):
        return Turn(paging)
    text = f"Step {paging.step} reached nobody: what was sent was refused for good. The next follows at once"
    turn = go_on(paging, event.reach, event.at)
    line = Record(at=event.at, kind="unreachable", text=text, key=True)
    return Turn(turn.paging, (line, *turn.effects))


def accepted(paging: Paging, told: Told, at: Micros) -> Turn:
    """Note that somebody was reached; give the page back to an owner that accepts late."""
    if not (told.step or told.round or is_owners(paging, told)):
        return Turn(paging)  # a ticket wakes nobody
    if paging.status == "pending":
        paging = msgspec.structs.replace(paging, status="accepted")
    if not is_owners(paging, told):
        return Turn(paging)
    late = paging.owner == ARIGHT and paging.status in {*UNDER_WAY, "exhausted"} and not paging.acknowledged
    if not late:
        return Turn(paging, (Cancel(take_over_key(paging.key)),))
    text = f"{told.channel} has accepted the page and escalates it again; aright tells nobody further"
    back = msgspec.structs.replace(paging, owner=told.channel, status="accepted", next_at=0)
    line = Record(at=at, kind="taken_over", text=text, key=True)
    return Turn(back, (line, Cancel(escalate_key(paging.key))))


def waits_for_owner(paging: Paging) -> bool:
    """Return whether another owner still has to accept, and there are steps to take over with."""
    return paging.owner != ARIGHT and paging.status == "pending" and bool(paging.policy.steps)


def is_owners(paging: Paging, told: Told) -> bool:
    """Return whether it is a page that the policy's owner has to accept."""
    return told.channel == paging.policy.owner and not told.person and told.number == paging.number


def _begin(event: Fired, before: Paging | None) -> Turn:
    policy = event.policy
    theirs = policy.owner in event.reach.pagers
    anew = before is not None and before.status != "over"
    ours = bool(before and anew and before.owner == ARIGHT)  # who lost it does not get it back by being told
    paging = Paging(
        key=event.incident,
        service=event.service,
        policy=policy,
        owner=policy.owner if theirs and not ours else ARIGHT,
        started_at=event.at,
        number=before.number + 1 if before else 1,
        again=event.again,
        told=before.told if before else (),
        acknowledged=before.acknowledged if before and anew else (),
        taken_over_at=before.taken_over_at if before and ours else 0,
    )
    effects: list[Effect] = list(quiet(paging)) if before else []
    known = {told.channel for told in paging.told} if anew else set()
    paging, beside = tell_all(paging, _tickets(event.reach.tickets, known), event.at)
    turn = _to_owner(paging, event) if theirs else _to_people(paging, event)
    return Turn(turn.paging, (*effects, *beside, *turn.effects))


def _to_owner(paging: Paging, event: Fired) -> Turn:
    name = paging.policy.owner
    paging, effects = tell_all(paging, [Way(name, because=f"{name} escalates by itself")], event.at)
    if paging.owner == ARIGHT:
        turn = go_on(paging, event.reach, event.at)
        return Turn(turn.paging, (*effects, *turn.effects))
    if paging.policy.steps:
        effects.append(next_look(paging.key, event.at + max(paging.policy.take_over, 1)))
    return Turn(paging, tuple(effects))


def _to_people(paging: Paging, event: Fired) -> Turn:
    owner = paging.policy.owner
    if owner == ARIGHT and not paging.policy.steps:
        return Turn(paging)  # there never was anybody to tell
    if owner == ARIGHT:
        return go_on(paging, event.reach, event.at)
    hole = f"{owner} owns the page by its policy, and is not set up to escalate"
    line = Record(at=event.at, kind="unreachable", text=f"{hole}: aright escalates itself", key=True)
    turn = go_on(msgspec.structs.replace(paging, holes=(hole,)), event.reach, event.at)
    return Turn(turn.paging, (line, *turn.effects))


def _tickets(names: Iterable[str], known: set[str]) -> list[Way]:
    return [Way(name, because=f"{name} keeps a record of its own") for name in names if name not in known]


def _place(told: Told) -> tuple[int, int, int]:
    return told.number, told.round, told.step
