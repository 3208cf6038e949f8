"""Holidays from an iCalendar file: whole days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from aright.core.model.on_call import Holiday
from aright.core.model.times import DAY
from aright.core.page.ical.errors import CalendarError
from aright.core.page.ical.occurrences import occurrences
from aright.core.page.schedule.wall import wall_clock, wall_date

if TYPE_CHECKING:
    from aright.core.page.ical.occurrences import Occurrence

_LAST: Final = "2100-12-30"
_LONGEST_NAME: Final = 200


def read_holidays(body: bytes, zone: str) -> tuple[Holiday, ...]:
    r"""Return the days of an iCalendar file, by date, to the end of 2100; raises ``CalendarError``.

    An event of several days is a holiday on each. Of several events on one day, the first one's name stands.

    Args:
        body: the file, RFC 5545.
        zone: the schedule's, for times that name none.

    >>> event = b"BEGIN:VEVENT\nDTSTART;VALUE=DATE:20990101\nRRULE:FREQ=YEARLY\nEND:VEVENT\n"
    >>> [day.date for day in read_holidays(b"BEGIN:VCALENDAR\n" + event + b"END:VCALENDAR\n", "UTC")]
    ['2099-01-01', '2100-01-01']
    """
    clock = wall_clock(zone)
    found: dict[int, str] = {}
    for each in occurrences(body, zone, clock.reached(0), clock.reached(wall_date(_LAST) * DAY)):
        for day in _days(each):
            found.setdefault(day, each.event.summary[:_LONGEST_NAME])
    return tuple(Holiday(date=_text(day), name=found[day]) for day in sorted(found))


def _days(each: Occurrence) -> range:
    """Return the days (since 1970-01-01) of a whole-day event, or of one from midnight to midnight."""
    begins, length = each.begins, each.event.length
    if begins.wall % DAY or length.wall % DAY or length.elapsed % DAY:
        raise CalendarError(
            each.event.line,
            "a holiday has a time of day",
            "Let it be of whole days: DTSTART;VALUE=DATE:20261225.",
        )
    first = begins.wall // DAY
    return range(first, first + (length.wall + length.elapsed) // DAY)


def _text(day: int) -> str:
    return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day):%Y-%m-%d}"
