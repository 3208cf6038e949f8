"""What takes place within a span: each event, and each instance of those that come again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from aright.core.model.times import DAY, Micros
from aright.core.page.ical.errors import CalendarError
from aright.core.page.ical.events import Event, read_events
from aright.core.page.ical.recurring import Budget, instances
from aright.core.page.schedule.wall import wall_clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aright.core.page.ical.moments import Moment

MOST: Final = 10_000
"""Instances of one file within the span."""


class Occurrence(NamedTuple):
    """An event at one time.

    Attributes:
        event: which.
        begins: when, by its clock.
        start: when (µs, UTC).
        end: until when, not included (µs, UTC).
    """

    event: Event
    begins: Moment
    start: Micros
    end: Micros


def occurrences(body: bytes, zone: str, start: Micros, end: Micros) -> tuple[Occurrence, ...]:
    """Return what takes place within a span, by start; what was cancelled is left out.

    Args:
        body: an iCalendar file.
        zone: of days, and of times that name none.
        start: from when (µs, UTC).
        end: until when, not included (µs, UTC).

    Raises:
        CalendarError: it cannot be taken; names the line.
    """
    events = read_events(body, zone)
    changed = {(event.uid, event.instead_of.instant) for event in events if event.instead_of is not None}
    budget = Budget()
    found: list[Occurrence] = []
    for event in events:
        if event.cancelled:
            continue
        for each in _of(event, start, end, budget):
            if each.start >= end or each.end <= start:
                continue
            if event.instead_of is None and (event.uid, each.start) in changed:
                continue
            found.append(each)
            if len(found) > MOST:
                raise CalendarError(event.line, f"over {MOST:,} events take place", "Let series end.")
    return tuple(sorted(found, key=lambda each: (each.start, each.end, each.event.line)))


def _of(event: Event, start: Micros, end: Micros, budget: Budget) -> Iterator[Occurrence]:
    days = {each.wall // DAY for each in event.excepted if each.whole_day}
    instants = {each.instant for each in event.excepted if not each.whole_day}
    for begins in _begins(event, start, end, budget):
        at = begins.instant
        if at not in instants and begins.wall // DAY not in days:
            yield Occurrence(event, begins, at, event.length.end_of(begins))


def _begins(event: Event, start: Micros, end: Micros, budget: Budget) -> Iterable[Moment]:
    if event.rule is None:
        return (event.begins,)
    clock = wall_clock(event.begins.zone)
    longest = event.length.wall + event.length.elapsed + 2 * DAY
    first, last = (clock.at(start) - longest) // DAY, clock.at(end) // DAY
    return instances(event.rule, event.begins, first, last, budget)
