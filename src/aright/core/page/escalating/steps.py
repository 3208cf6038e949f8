"""Going through the steps: tell the next one that reaches somebody, until all were in vain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.incident.effects import Cancel, Record
from aright.core.model.on_call import ARIGHT
from aright.core.model.paging import Told
from aright.core.model.slo import span_text
from aright.core.page.escalating.effects import Effect, Tell, Turn
from aright.core.page.escalating.reach import Way
from aright.core.page.escalating.timing import escalate_key, next_step, take_over_key
from aright.core.page.escalating.words import named, told_line, unreachable_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aright.core.model.paging import Paging
    from aright.core.model.times import Micros
    from aright.core.page.escalating.reach import Reach, Reached

MOST_TOLD: Final = 1_000
"""Messages kept on a paging; a page that nobody answers for weeks goes on without its oldest."""


def tell(paging: Paging, way: Way, at: Micros, *, urgent: bool = False) -> tuple[Paging, Tell]:
    """Return the paging with one more message of its present round and step, and the message."""
    told = Told(
        message=_message(paging, way),
        round=paging.round,
        step=paging.step,
        channel=way.channel,
        at=at,
        person=way.person,
        because=way.because,
        number=paging.number,
    )
    kept = (*paging.told, told)
    if len(kept) > MOST_TOLD:
        gone = next((index for index, each in enumerate(kept) if each.round), 0)  # not the owner's
        kept = kept[:gone] + kept[gone + 1 :]
    return msgspec.structs.replace(paging, told=kept), Tell(told=told, address=way.address, urgent=urgent)


def tell_all(
    paging: Paging, ways: Iterable[Way], at: Micros, *, urgent: bool = False
) -> tuple[Paging, list[Effect]]:
    """Return the paging with a message for each way, and the messages."""
    effects: list[Effect] = []
    for way in ways:
        paging, message = tell(paging, way, at, urgent=urgent)
        effects.append(message)
    return paging, effects


def go_on(paging: Paging, reach: Reach, at: Micros) -> Turn:
    """Tell the next step that reaches somebody.

    One that reaches nobody is told as such, and the next one at once. Once a whole round would reach nobody,
    or all rounds are over, the page is exhausted.
    """
    effects: list[Effect] = []
    for _ in paging.policy.steps:
        following = _following(paging)
        if following is None:
            break
        paging = msgspec.structs.replace(paging, round=following[0], step=following[1])
        reached = reach.steps[paging.step - 1] if paging.step <= len(reach.steps) else None
        paging, lines = _note_holes(paging, reached, at)
        effects += lines
        if reached is not None and reached.ways:
            turn = _tell_step(paging, reached, at)
            return Turn(turn.paging, (*effects, *turn.effects))
    turn = exhaust(paging, reach, at)
    return Turn(turn.paging, (*effects, *turn.effects))


def exhaust(paging: Paging, reach: Reach, at: Micros) -> Turn:
    """Tell everybody once more, at the highest urgency: nobody has acknowledged."""
    rounds = paging.round
    why = f"all steps were gone through {named(rounds, 'time')} in vain" if rounds else "no step is left"
    refused = {told.channel for told in paging.told if told.status == "failed" and not told.person}
    last = tuple(name for name in reach.pagers if name not in refused)
    ways = _everybody(reach, last, f"nobody acknowledged: {why}")
    whom = told_line(ways) if ways else "There is nobody else to tell"
    text = f"Nobody has acknowledged: {why}. {whom}; again every {span_text(reach.remind_every)}"
    line = Record(at=at, kind="exhausted", text=text, key=True)
    paging = msgspec.structs.replace(paging, status="exhausted")
    return _tell_everybody(paging, reach, ways, line)


def remind(paging: Paging, reach: Reach, at: Micros) -> Turn:
    """Tell everybody again, as it is known now who that is."""
    since = span_text(at - paging.started_at)
    ways = _everybody(reach, reach.pagers, f"nobody has acknowledged for {since}")
    whom = told_line(ways) if ways else "There is nobody to tell: mend the policy, or acknowledge by hand"
    line = Record(at=at, kind="reminded", text=f"Nobody has acknowledged for {since}. {whom}")
    return _tell_everybody(paging, reach, ways, line)


def quiet(paging: Paging) -> tuple[Effect, ...]:
    """Return the effects that keep anything more from being told."""
    return (Cancel(escalate_key(paging.key)), Cancel(take_over_key(paging.key)))


def _following(paging: Paging) -> tuple[int, int] | None:
    """Return the round and step after the present one, ``None`` after the last."""
    if paging.round and paging.step < len(paging.policy.steps):
        return paging.round, paging.step + 1
    if paging.round <= max(paging.policy.repeat, 0):
        return paging.round + 1, 1
    return None


def _tell_step(paging: Paging, reached: Reached, at: Micros) -> Turn:
    first = (paging.round, paging.step) == (1, 1)
    wait = max(paging.policy.steps[paging.step - 1].wait, 1)
    paging, messages = tell_all(paging, reached.ways, at)
    times = f", round {paging.round}" if paging.round > 1 else ""
    after = f"the next step follows in {span_text(wait)} unless somebody acknowledges"
    line = Record(
        at=at,
        kind="told" if first else "escalated",
        text=f"Step {paging.step}{times}: {told_line(reached.ways)}; {after}",
        key=not first,
    )
    paging = msgspec.structs.replace(paging, next_at=at + wait)
    return Turn(paging, (line, *messages, next_step(paging.key, paging.next_at)))


def _note_holes(paging: Paging, reached: Reached | None, at: Micros) -> tuple[Paging, list[Effect]]:
    holes = reached.holes if reached is not None else ()
    new = [f"step {paging.step}: {hole}" for hole in holes]
    new = [hole for hole in new if hole not in paging.holes]
    nobody = reached is None or not reached.ways
    if not new and not nobody:
        return paging, []
    line = unreachable_line(paging, new or [f"step {paging.step}"], at, nobody=nobody)
    return msgspec.structs.replace(paging, holes=(*paging.holes, *new)), [line]


def _everybody(reach: Reach, last: Iterable[str], because: str) -> tuple[Way, ...]:
    """Return everybody of the policy; where that is nobody, the pagers."""
    ways = reach.everybody or tuple(Way(name) for name in last)
    return tuple(Way(way.channel, way.person, way.address, because) for way in ways)


def _tell_everybody(paging: Paging, reach: Reach, ways: tuple[Way, ...], line: Record) -> Turn:
    paging = msgspec.structs.replace(
        paging, owner=ARIGHT, round=paging.round + 1, step=0, next_at=line.at + max(reach.remind_every, 1)
    )
    paging, messages = tell_all(paging, ways, line.at, urgent=True)
    return Turn(paging, (line, *messages, next_step(paging.key, paging.next_at)))


def _message(paging: Paging, way: Way) -> str:
    """Return a name that the same message always has, and no other."""
    whom = f"{way.channel}/{way.person}" if way.person else way.channel
    why = f"-{paging.again}" if paging.again else ""
    return f"aright-{paging.key}-{paging.number}.{paging.round}.{paging.step}-{whom}{why}-trigger"
