"""Who is told, and when: people, schedules, overrides and escalation policies."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from aright.core.model.silence import Weekly
from aright.core.model.times import DAY, HOUR, MINUTE, Micros

TargetKind = Literal["person", "schedule", "channel"]
"""Whom a step tells: somebody by name, whoever has the shift, or a room such as a Slack channel."""

Unit = Literal["hour", "day", "week"]
"""Of a turn. Hours are counted by elapsed time; days and weeks by the zone's calendar and clock."""

ARIGHT: Final = "aright"
"""The owner of an escalation that aright carries out itself; any other owner is a channel's name."""

TAKE_OVER: Final = MINUTE
"""How long another owner has to accept a page before aright escalates itself (µs)."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who can be told.

    Attributes:
        key: short name, as schedules, policies and commands write it.
        name: for people.
        zone: of the IANA database: their local time is shown beside UTC.
        ways: channels to reach them by, all told at once, in this order.
        addresses: where they are found on a channel, by its name: an e-mail address, a Slack member id.
        aliases: what other systems call them, such as their e-mail address at PagerDuty.
    """

    key: str
    name: str = ""
    zone: str = "UTC"
    ways: tuple[str, ...] = ()
    addresses: dict[str, str] = msgspec.field(default_factory=dict)
    aliases: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """Return the name for people."""
        return self.name or self.key


class Target(msgspec.Struct, frozen=True):
    """Whom a step tells.

    >>> str(Target("schedule", "primary"))
    'schedule:primary'
    """

    kind: TargetKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a policy.

    Attributes:
        notify: whom it tells, all at once.
        wait: how long it waits for an acknowledgement before the next step (µs).
        acknowledgements: how many different people must acknowledge.
    """

    notify: tuple[Target, ...]
    wait: Micros = 5 * MINUTE
    acknowledgements: int = 1


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told, one step after the other, until enough people acknowledge.

    Attributes:
        key: its name.
        steps: the first is told at once.
        repeat: how often all steps are gone through again before it is exhausted.
        owner: who escalates: ``aright``, or the name of a channel that does so itself, such as ``pagerduty``.
        take_over: how long such a channel has to accept a page before aright escalates itself (µs).
    """

    key: str
    steps: tuple[Step, ...]
    repeat: int = 1
    owner: str = ARIGHT
    take_over: Micros = TAKE_OVER


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """People who take turns.

    Attributes:
        key: its name within the schedule.
        people: in the order of their turns.
        starts: the first turn's begin by the zone's clock, ``YYYY-MM-DDTHH:MM``; before it there is none.
        every: how many units a turn is long.
        unit: hour | day | week.
        hours: only then, each week, the schedule's zone holding; empty for always.
        ends: by the zone's clock, likewise; empty for never.
    """

    key: str
    people: tuple[str, ...]
    starts: str
    every: int = 1
    unit: Unit = "week"
    hours: tuple[Weekly, ...] = ()
    ends: str = ""

    @property
    def span(self) -> Micros:
        """Return how long a turn is about (µs)."""
        return self.every * {"hour": HOUR, "day": DAY, "week": 7 * DAY}[self.unit]


class Holiday(msgspec.Struct, frozen=True, kw_only=True):
    """A day that has its own person, or is only shown.

    Attributes:
        date: ``YYYY-MM-DD``, from midnight to midnight by the schedule's zone.
        name: what is celebrated.
        person: who has the whole day; empty leaves it to the layers.
    """

    date: str
    name: str = ""
    person: str = ""


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """Who has the shift, at any time.

    Attributes:
        key: its name.
        zone: of the IANA database; turns and hours are by its clock.
        layers: a later one goes over the earlier ones wherever it has somebody.
        holidays: go over all layers; overrides go over holidays.
    """

    key: str
    zone: str = "UTC"
    layers: tuple[Layer, ...] = ()
    holidays: tuple[Holiday, ...] = ()


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody takes a span of a schedule, whoever had it; the one made last counts.

    Attributes:
        key: ``OVR-1``, ``OVR-2`` …; ``ical:…`` for one that a calendar brought.
        schedule: whose.
        person: who takes it.
        start: from when (µs, UTC).
        end: until when (µs, UTC).
        by: who said so.
        why: swap, holiday, illness …, in words.
        created_at: when it was made (µs, UTC).
        ended_by: who took it back; empty while it holds.
    """

    key: str
    schedule: str
    person: str
    start: Micros
    end: Micros
    by: str
    created_at: Micros
    why: str = ""
    ended_by: str = ""

    @property
    def tag(self) -> str:
        """Return ``open`` until it is taken back."""
        return "" if self.ended_by else "open"


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """Who has a schedule for a span of time.

    Attributes:
        schedule: whose.
        person: who; empty where nobody has it: a gap.
        start: from when (µs, UTC).
        end: until when, not included (µs, UTC).
        because: the layer, holiday or override that it comes of; empty for a gap.
    """

    schedule: str
    person: str
    start: Micros
    end: Micros
    because: str = ""


class Weakness(msgspec.Struct, frozen=True, kw_only=True):
    """What would fail at night.

    Attributes:
        where: the policy, schedule or person: ``policy:shop step 2``.
        what: what is wrong: a step that reaches nobody, a shift without anybody, a cycle.
        fix: what to do.
        serious: whether a page could reach nobody; else it is a warning.
        at: from when on (µs, UTC); 0 for now and always.
    """

    where: str
    what: str
    fix: str
    serious: bool
    at: Micros = 0
