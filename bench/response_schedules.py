"""Schedules: who has the shift, over random schedules and instants, many beside a change of the clocks.

A case is one instant of one random schedule: layers of hours, days and weeks, hours of the week, holidays
and overrides, in zones whose clocks are put forward and back by half an hour to a day, at midnight too. For
each, the tile that ``shifts`` has there must be what ``on_shift`` says; tiles must follow one another without
gap or overlap; and where a layer always has somebody, no tile may be empty. A sample is held against a plain
definition that shares no code with what it checks: handoffs one after the other, by the datetime library.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from time import perf_counter
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from aright.core.model.on_call import Holiday, Layer, Override, Schedule, Unit
from aright.core.model.silence import DAYS, Weekly
from aright.core.model.times import DAY, HOUR, MINUTE, Micros, from_datetime, to_datetime
from aright.core.page.schedule import on_shift, shifts
from bench.report import Figure, at_least, at_most

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.on_call import Shift

SEED: Final = 20_261_124
ZONES: Final = (
    *("Europe/Zurich", "Europe/London", "Europe/Dublin", "Europe/Lisbon", "America/New_York", "UTC"),
    *("America/Havana", "America/Santiago", "America/Asuncion", "America/St_Johns", "America/Nuuk"),
    *("America/Sao_Paulo", "America/Scoresbysund", "Atlantic/Azores", "Antarctica/Troll", "Africa/Cairo"),
    *("Africa/Casablanca", "Asia/Beirut", "Asia/Gaza", "Asia/Kathmandu", "Asia/Tehran", "Asia/Tokyo"),
    *("Australia/Lord_Howe", "Australia/Adelaide", "Pacific/Apia", "Pacific/Chatham", "Pacific/Easter"),
)
SPAN: Final = 28 * DAY
REACH: Final = 3 * DAY
EACH: Final = 250
"""Instants of one schedule."""
SAMPLED: Final = 6
"""Of these held against the plain definition: two at edges, two beside a change, two anywhere."""
_PEOPLE: Final = ("ada", "bob", "cy", "dan", "eve", "flo")
_UNITS: Final[tuple[Unit, ...]] = ("hour", "day", "week")


@dataclass
class Count:
    """What went wrong, and what was looked at."""

    cases: int = 0
    gaps: int = 0
    overlaps: int = 0
    differing: int = 0
    sampled: int = 0
    undefined: int = 0
    beside_changes: int = 0
    seconds: float = 0.0


def figures(*, quick: bool) -> list[Figure]:
    """Return the figures; ``quick`` looks at 20,000 cases instead of a million."""
    count = run(20_000 if quick else 1_000_000, random.Random(SEED))
    return [
        at_least("schedule × time cases", count.cases, 20_000 if quick else 1_000_000),
        Figure("of these within 3 h of a change of the clocks", count.beside_changes),
        at_most("gaps where somebody always has the shift", count.gaps, 0),
        at_most("overlaps, or tiles that do not meet", count.overlaps, 0),
        at_most("instants where on_shift differs from its tile", count.differing, 0),
        Figure("cases held against the plain definition", count.sampled),
        at_most("of these that differ", count.undefined, 0),
        at_most("schedules, seconds", count.seconds, 120),
    ]


def run(cases: int, rng: random.Random) -> Count:
    """Return what came of so many cases."""
    began = perf_counter()
    count = Count()
    while count.cases < cases:
        schedule, overrides, start, staffed = world(rng)
        tiles = shifts(schedule, overrides, start, start + SPAN)
        _look_at_tiles(tiles, start, staffed=staffed, count=count)
        instants = _instants(rng, tiles, schedule.zone, start)
        _look_at_instants(schedule, overrides, tiles, instants, count)
        for at in instants[:SAMPLED]:
            count.sampled += 1
            count.undefined += plain(schedule, overrides, at) != on_shift(schedule, overrides, at).person
    count.seconds = perf_counter() - began
    return count


def world(rng: random.Random) -> tuple[Schedule, tuple[Override, ...], Micros, bool]:
    """Return a schedule, its overrides, the start of a span, and whether somebody always has it."""
    zone = rng.choice(ZONES)
    start = _near_a_change(rng, zone)
    staffed = rng.random() < 0.6
    clock = _clock(zone, start)
    count = rng.randint(0 if staffed else 1, 3)
    layers = tuple(_layer(rng, start, clock, number) for number in range(count))
    if staffed:
        first = _near(rng, to_datetime(start) - timedelta(days=rng.randint(3, 40)), clock)
        unit = rng.choice(_UNITS)
        base = Layer(key="base", people=_some(rng), starts=first, every=rng.randint(1, 14), unit=unit)
        layers = (base, *layers)
    holidays = tuple(
        Holiday(
            date=f"{_feast(rng, start, clock):%Y-%m-%d}",
            name=rng.choice(("", "feast")),
            person=rng.choice(("", *_PEOPLE)),
        )
        for _ in range(rng.choice((0, 0, 1, 4)))
    )
    overrides = tuple(_override(rng, start, number) for number in range(rng.choice((0, 0, 2, 9))))
    return Schedule(key="s", zone=zone, layers=layers, holidays=holidays), overrides, start, staffed


def plain(schedule: Schedule, overrides: Sequence[Override], at: Micros) -> str:
    """Return who has an instant, by the plain definition."""
    own = [each for each in overrides if each.schedule == schedule.key and not each.ended_by]
    taken = [each for each in own if each.start <= at < each.end]
    if taken:
        return max(taken, key=lambda each: (each.created_at, int(each.key.partition("-")[2]))).person
    zone = ZoneInfo(schedule.zone)
    for holiday in schedule.holidays:
        day = date.fromisoformat(holiday.date)
        if holiday.person and _first(day, time(), zone) <= at < _first(day + timedelta(1), time(), zone):
            return holiday.person
    for layer in reversed(schedule.layers):
        person = _plain_turn(layer, at, zone)
        if person:
            return person
    return ""


def _plain_turn(layer: Layer, at: Micros, zone: ZoneInfo) -> str:
    starts = datetime.fromisoformat(layer.starts)
    if not layer.people or at < _reached(starts, zone) or not _plain_hours(layer, at, zone):
        return ""
    if layer.ends and at >= _reached(datetime.fromisoformat(layer.ends), zone):
        return ""
    number, span = 0, {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
    length = layer.every * span[layer.unit]
    while True:
        if layer.unit == "hour":
            handoff = _reached(starts, zone) + (number + 1) * layer.every * HOUR
        else:
            handoff = _reached(starts + (number + 1) * length, zone)
        if at < handoff:
            return layer.people[number % len(layer.people)]
        number += 1


def _plain_hours(layer: Layer, at: Micros, zone: ZoneInfo) -> bool:
    today = to_datetime(at).astimezone(zone).date()
    for weekly in layer.hours:
        opens, closes = time.fromisoformat(weekly.start), time.fromisoformat(weekly.end)
        for day in (today + timedelta(days=shift) for shift in range(-3, 3)):
            last = day + timedelta(days=1) if closes <= opens else day
            begins = DAYS[day.weekday()] in weekly.days
            if begins and _first(day, opens, zone) <= at < _first(last, closes, zone):
                return True
    return not layer.hours


def _first(day: date, clock: time, zone: ZoneInfo) -> Micros:
    return _reached(datetime.combine(day, clock), zone)


def _reached(local: datetime, zone: ZoneInfo) -> Micros:
    """Return the first instant that has a local time; where none has, the first that is later there."""
    at = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if _shown(at, zone) == local:
        return from_datetime(at)
    while _shown(at - timedelta(minutes=1), zone) > local:
        at -= timedelta(minutes=1)
    return from_datetime(at)


def _shown(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def _near_a_change(rng: random.Random, zone: str) -> Micros:
    """Return the start of a span, mostly one within which the zone's clock is changed."""
    changes = _changes(zone)
    if changes and rng.random() < 0.9:
        return rng.choice(changes) - rng.randint(4 * DAY, SPAN - 4 * DAY) // MINUTE * MINUTE
    return rng.randint(17_000 * DAY, 40_000 * DAY) // MINUTE * MINUTE


_KNOWN: Final[dict[str, list[Micros]]] = {}


def _changes(zone: str) -> list[Micros]:
    """Return when a zone's clock is changed from 2011 to 2060, to the hour before."""
    if zone not in _KNOWN:
        known = ZoneInfo(zone)
        days = [datetime(2011, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in range(365 * 49)]
        offsets = [day.astimezone(known).utcoffset() for day in days]
        _KNOWN[zone] = [
            from_datetime(_hour(day, known))
            for day, offset, following in zip(days, offsets, offsets[1:], strict=False)
            if offset != following
        ]
    return _KNOWN[zone]


def _hour(day: datetime, zone: ZoneInfo) -> datetime:
    hours = (day + timedelta(hours=hour) for hour in range(24))
    old = day.astimezone(zone).utcoffset()
    return next((h for h in hours if (h + timedelta(hours=1)).astimezone(zone).utcoffset() != old), day)


def _some(rng: random.Random) -> tuple[str, ...]:
    return tuple(rng.choice(_PEOPLE) for _ in range(rng.randint(1, 5)))


def _clock(zone: str, start: Micros) -> datetime:
    """Return what a zone's clock shows at its first change within a span, or else at the start."""
    changes = _changes(zone)
    after = bisect_right(changes, start)
    at = changes[after] if after < len(changes) and changes[after] < start + SPAN else start
    return _shown(to_datetime(at), ZoneInfo(zone))


def _feast(rng: random.Random, start: Micros, clock: datetime) -> datetime:
    if rng.random() < 0.5:
        return clock + timedelta(days=rng.randint(-1, 1))
    return to_datetime(start) + timedelta(days=rng.randint(-1, 29))


def _near(rng: random.Random, day: datetime, clock: datetime) -> str:
    """Return a time on a day, mostly about when the clock is changed on its own day."""
    if rng.random() < 0.7:
        about = clock + timedelta(minutes=rng.randint(-150, 150) // 15 * 15)
        day = datetime.combine(day.date(), about.time())
    return f"{day:%Y-%m-%dT%H:%M}"


def _layer(rng: random.Random, start: Micros, clock: datetime, number: int) -> Layer:
    first = to_datetime(start + rng.randint(-20 * DAY, 20 * DAY))
    ends = first + timedelta(hours=rng.randint(24, 600)) if rng.random() < 0.3 else None
    people = _some(rng) if rng.random() < 0.95 else ()
    return Layer(
        key=f"layer{number}",
        people=(*people, "") if rng.random() < 0.1 else people,
        starts=f"{first:%Y-%m-%dT00:00}" if ends else _near(rng, first, clock),
        every=rng.choice((1, 1, 2, 7, 12)),
        unit=rng.choice(_UNITS),
        hours=tuple(_weekly(rng, clock) for _ in range(rng.choice((0, 0, 1, 2)))),
        ends=_near(rng, ends, clock) if ends else "",
    )


def _weekly(rng: random.Random, clock: datetime) -> Weekly:
    anywhen = clock + timedelta(minutes=rng.randint(0, 24 * 60))
    start, end = (_near(rng, anywhen, clock)[-5:] for _ in range(2))
    return Weekly(days=tuple(rng.sample(DAYS, rng.randint(1, 7))), start=start, end=end)


def _override(rng: random.Random, start: Micros, number: int) -> Override:
    begins = start + rng.randint(-DAY, SPAN)
    return Override(
        key=f"OVR-{number}",
        schedule="s" if rng.random() < 0.95 else "other",
        person=rng.choice(_PEOPLE),
        start=begins,
        end=begins + rng.randint(1, 4 * DAY),
        by="ada",
        created_at=rng.randint(0, 4),
        ended_by="ada" if rng.random() < 0.2 else "",
    )


def _instants(rng: random.Random, tiles: Sequence[Shift], zone: str, start: Micros) -> list[Micros]:
    """Return instants of a span: anywhere, at edges of tiles, and beside changes of the clocks."""
    inside = [each for each in _changes(zone) if start + 3 * HOUR < each < start + SPAN - 3 * HOUR]
    made = []
    for number in range(EACH):  # in turns, so that the first few are of each kind
        if number % 3 == 0:
            made.append(rng.choice(tiles).start + rng.randint(0, 1))
        elif number % 3 == 1 and inside:
            made.append(rng.choice(inside) + rng.randint(-2 * HOUR, 4 * HOUR))
        else:
            made.append(rng.randint(start, start + SPAN - 1))
    return made


def _look_at_tiles(tiles: Sequence[Shift], start: Micros, *, staffed: bool, count: Count) -> None:
    edges = [start, *(tile.end for tile in tiles)]
    count.overlaps += sum(tile.start != edge for tile, edge in zip(tiles, edges, strict=False))
    count.overlaps += edges[-1] != start + SPAN or any(tile.start >= tile.end for tile in tiles)
    count.gaps += sum(not tile.person for tile in tiles) if staffed else 0


def _look_at_instants(
    schedule: Schedule,
    overrides: Sequence[Override],
    tiles: Sequence[Shift],
    instants: Sequence[Micros],
    count: Count,
) -> None:
    starts = [tile.start for tile in tiles]
    low, high = starts[0], tiles[-1].end
    changes = _changes(schedule.zone)
    for at in instants:
        tile = tiles[bisect_right(starts, at) - 1]
        found = on_shift(schedule, overrides, at, reach=REACH)
        same = (found.person, found.because) == (tile.person, tile.because)
        start, end = max(tile.start, at - REACH), min(tile.end, at + REACH)
        count.differing += not (same and start in {found.start, low} and end in {found.end, high})
        after = bisect_right(changes, at)
        count.beside_changes += any(
            abs(at - each) <= 3 * HOUR for each in changes[max(0, after - 1) : after + 1]
        )
    count.cases += len(instants)
