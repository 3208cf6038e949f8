"""What would fail at night: steps, shifts and policies by which a page reaches nobody, found by day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.model.on_call import Weakness
from aright.core.model.times import DAY, to_datetime
from aright.core.page.lint_policies import policy_weaknesses
from aright.core.page.lint_reach import Reachable, reachable_of
from aright.core.page.schedule import ScheduleError, check, shifts
from aright.core.page.schedule.wall import wall_clock, wall_time

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from aright.core.model.on_call import Override, Person, Policy, Schedule, Shift
    from aright.core.model.times import Micros

HORIZON: Final[Micros] = 28 * DAY
"""How far ahead shifts are looked at."""

MOST_GAPS: Final = 5
"""Of one schedule are told one by one; the rest are counted."""


def weaknesses(
    people: Sequence[Person],
    schedules: Sequence[Schedule],
    policies: Sequence[Policy],
    overrides: Sequence[Override],
    channel_names: Collection[str],
    now: Micros,
    horizon: Micros = HORIZON,
) -> tuple[Weakness, ...]:
    """Return what is weak, the serious first, and of these the soonest.

    Args:
        people: everybody.
        schedules: all of them.
        policies: all of them.
        overrides: of all schedules.
        channel_names: channels by which somebody can be paged.
        now: shifts are looked at from now on (µs, UTC) …
        horizon: … and so far ahead (µs).

    >>> from aright.core.model.on_call import Policy, Step, Target
    >>> lonely = Policy(key="shop", steps=(Step(notify=(Target("person", "ada"),)),))
    >>> for each in weaknesses((), (), (lonely,), (), ("slack",), 0):
    ...     print(each.where, "!" if each.serious else "-", each.what)
    policy:shop ! no step reaches anybody
    policy:shop step 1 - it reaches nobody: there is nobody called ada
    """
    channels = frozenset(channel_names)
    tiles, broken = _tiles(schedules, overrides, now, now + horizon)
    reachable = reachable_of(people, tiles, channels, now, now + horizon)
    found = [*broken, *_people(people, channels), *_overrides(overrides, reachable, now)]
    for schedule in schedules:
        if schedule.key in tiles:
            found += _schedule(schedule, tiles[schedule.key], reachable, now)
    for policy in policies:
        found += policy_weaknesses(policy, reachable)
    return tuple(sorted(found, key=lambda each: (not each.serious, each.at, each.where)))


def _tiles(
    schedules: Iterable[Schedule], overrides: Sequence[Override], start: Micros, end: Micros
) -> tuple[dict[str, tuple[Shift, ...]], list[Weakness]]:
    """Return each schedule's shifts, and those schedules that cannot be followed."""
    tiles: dict[str, tuple[Shift, ...]] = {}
    broken = []
    for schedule in schedules:
        try:
            check(schedule)
            tiles[schedule.key] = shifts(schedule, overrides, start, end)
        except ScheduleError as wrong:
            what = f"it cannot be followed, so nobody has it: {wrong}"
            where = f"schedule:{schedule.key}"
            broken.append(Weakness(where=where, what=what, fix="Mend what it says.", serious=True))
    return tiles, broken


def _people(people: Iterable[Person], channels: frozenset[str]) -> Iterator[Weakness]:
    called: dict[str, str] = {}
    for person in people:
        where = f"person:{person.key}"
        for way in person.ways:
            if way not in channels:
                yield _warning(where, f"there is no channel {way} to page by", _known("channels", channels))
        try:
            wall_clock(person.zone)
        except ScheduleError as wrong:
            yield _warning(where, str(wrong), "Name a zone, or leave it out for UTC.")
        for name in {each.casefold() for each in (person.key, person.name, *person.aliases) if each}:
            other = called.setdefault(name, person.key)
            if other != person.key:
                what = f"{name} is what {other} is called too, so it is not known who acknowledges by it"
                yield _warning(where, what, "Give each a name or alias of their own.")


def _overrides(overrides: Iterable[Override], reachable: Reachable, now: Micros) -> Iterator[Weakness]:
    for override in overrides:
        if override.ended_by or override.end <= now:
            continue
        why = reachable.why_not(override.person)
        if why:
            at = max(override.start, now)
            what = f"it gives {_span(at, override.end)} of {override.schedule} to nobody: {why}"
            fix = "Take it back, or make the person reachable."
            yield Weakness(where=f"override:{override.key}", what=what, fix=fix, serious=False, at=at)


def _schedule(
    schedule: Schedule, tiles: Sequence[Shift], reachable: Reachable, now: Micros
) -> Iterator[Weakness]:
    where = f"schedule:{schedule.key}"
    if not any(tile.person for tile in tiles):
        until = to_datetime(tiles[-1].end)
        what = f"nobody has it at any time until {until:%Y-%m-%d}"
        yield _warning(where, what, "Give a layer people, and a start that is not later.")
    else:
        yield from _gaps(where, [tile for tile in tiles if not tile.person])
    for layer in schedule.layers:
        if not any(layer.people):
            what = f"layer {layer.key} never has anybody"
            yield _warning(where, what, "Give it people, or take it away.")
        elif layer.ends and wall_clock(schedule.zone).at(now) >= wall_time(layer.ends):
            yield _warning(
                where, f"layer {layer.key} ended at {layer.ends}", "Take it away, or let it go on."
            )
    yield from _unreachable(where, schedule, tiles, reachable)


def _gaps(where: str, gaps: Sequence[Shift]) -> Iterator[Weakness]:
    fix = "Let a layer hold then, or give the span to somebody: aright oncall override."
    for gap in gaps[:MOST_GAPS]:
        what = f"nobody has it {_span(gap.start, gap.end)}"
        yield Weakness(where=where, what=what, fix=fix, serious=False, at=gap.start)
    if len(gaps) > MOST_GAPS:
        left = gaps[MOST_GAPS:]
        what = f"nobody has it in {len(left)} more spans from {to_datetime(left[0].start):%Y-%m-%d %H:%M} UTC"
        yield Weakness(where=where, what=what, fix=fix, serious=False, at=left[0].start)


def _unreachable(
    where: str, schedule: Schedule, tiles: Sequence[Shift], reachable: Reachable
) -> Iterator[Weakness]:
    """Yield people who have turns and cannot be told; with the time of their next shift where it is near."""
    next_at: Mapping[str, Micros] = {tile.person: tile.start for tile in reversed(tiles)}
    named = [person for layer in schedule.layers for person in layer.people]
    named += [holiday.person for holiday in schedule.holidays]
    for person in dict.fromkeys(named):
        why = reachable.why_not(person) if person else ""
        if why:
            what = f"shifts of {person} reach nobody: {why}"
            fix = "Make the person reachable, or give the turns to another."
            yield Weakness(where=where, what=what, fix=fix, serious=False, at=next_at.get(person, 0))


def _warning(where: str, what: str, fix: str) -> Weakness:
    return Weakness(where=where, what=what, fix=fix, serious=False)


def _known(what: str, names: Collection[str]) -> str:
    return f"Known {what}: {', '.join(sorted(names)[:20]) or 'none'}."


def _span(start: Micros, end: Micros) -> str:
    return f"from {to_datetime(start):%Y-%m-%d %H:%M} until {to_datetime(end):%Y-%m-%d %H:%M} UTC"
