"""Who can be reached now, step by step, and why somebody cannot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aright.core.page.escalating.timing import REMIND_EVERY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from aright.core.model.on_call import Person, Policy, Shift, Target
    from aright.core.model.times import Micros


@dataclass(frozen=True, slots=True)
class Way:
    """One way to one person or room.

    Attributes:
        channel: its name.
        person: whose; empty for a room.
        address: where the person is found on the channel; empty for the channel's own.
        because: why they are told.
    """

    channel: str
    person: str = ""
    address: str = ""
    because: str = ""


@dataclass(frozen=True, slots=True)
class Reached:
    """Whom a step would tell now.

    Attributes:
        ways: each person by each of their channels once.
        holes: targets that it would not reach, in words.
    """

    ways: tuple[Way, ...] = ()
    holes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """Whom a policy would tell now.

    Attributes:
        steps: one for each of the policy's.
        pagers: channels that escalate by themselves: one may own a page, and where no step reaches anybody
            they are told as the last resort.
        tickets: channels that keep a record of their own: told of the beginning, beside the escalation.
        remind_every: how often everybody is told again once all steps were in vain (µs).
    """

    steps: tuple[Reached, ...] = ()
    pagers: tuple[str, ...] = ()
    tickets: tuple[str, ...] = ()
    remind_every: Micros = REMIND_EVERY

    @property
    def everybody(self) -> tuple[Way, ...]:
        """Return all ways of all steps, each person by each channel once."""
        return _once(way for step in self.steps for way in step.ways)


def reach_of(
    policy: Policy, people: Mapping[str, Person], shifts: Mapping[str, Shift], channels: Collection[str]
) -> tuple[Reached, ...]:
    """Return whom each step would tell.

    Args:
        policy: its steps.
        people: by key.
        shifts: who has each schedule now, by its key.
        channels: those that are set up and page.

    >>> from aright.core.model.on_call import Person, Policy, Step, Target
    >>> first = Step(notify=(Target("person", "ann"), Target("schedule", "first")))
    >>> night = Policy(key="night", steps=(first,))
    >>> ann = Person(key="ann", ways=("mail",), addresses={"mail": "ann@example.com"})
    >>> (step,) = reach_of(night, {"ann": ann}, {}, {"mail"})
    >>> [(way.channel, way.person, way.address) for way in step.ways], step.holes
    ([('mail', 'ann', 'ann@example.com')], ('there is no schedule first',))
    """
    return tuple(
        _step([_target(target, people, shifts, channels) for target in step.notify]) for step in policy.steps
    )


def _step(found: Iterable[Reached]) -> Reached:
    parts = list(found)
    holes = dict.fromkeys(hole for part in parts for hole in part.holes)
    return Reached(_once(way for part in parts for way in part.ways), tuple(holes))


def _target(
    target: Target, people: Mapping[str, Person], shifts: Mapping[str, Shift], channels: Collection[str]
) -> Reached:
    if target.kind == "channel":
        if target.name not in channels:
            return Reached(holes=(f"the channel {target.name} is not set up to page",))
        return Reached((Way(target.name, because=f"the policy names {target.name}"),))
    if target.kind == "person":
        return _person(target.name, "the policy names you", people, channels)
    shift = shifts.get(target.name)
    if shift is None:
        return Reached(holes=(f"there is no schedule {target.name}",))
    if not shift.person:
        return Reached(holes=(f"nobody has the shift of {target.name}",))
    return _person(shift.person, f"you have the shift of {target.name}", people, channels)


def _person(name: str, because: str, people: Mapping[str, Person], channels: Collection[str]) -> Reached:
    person = people.get(name)
    if person is None:
        return Reached(holes=(f"{name} is nobody the catalog knows",))
    ways = [Way(way, name, person.addresses.get(way, ""), because) for way in person.ways if way in channels]
    holes = [f"{name} by {way}: it is not set up to page" for way in person.ways if way not in channels]
    if not person.ways:
        holes = [f"{name} has no way to be reached"]
    return Reached(tuple(ways), tuple(holes))


def _once(ways: Iterable[Way]) -> tuple[Way, ...]:
    found: dict[tuple[str, str], Way] = {}
    for way in ways:
        found.setdefault((way.person, way.channel), way)
    return tuple(found.values())
