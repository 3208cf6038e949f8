"""When an event begins and how long it is: dates, times in zones, and durations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from aright.core.model.times import DAY, HOUR, MINUTE, SECOND, Micros
from aright.core.page.ical.errors import CalendarError
from aright.core.page.schedule.errors import ScheduleError
from aright.core.page.schedule.wall import Wall, wall_clock, wall_time

if TYPE_CHECKING:
    from aright.core.page.ical.lines import Line

_DATE: Final = re.compile(r"\d{8}")
_TIME: Final = re.compile(r"(\d{8}T\d{6})(Z?)")
_DURATION: Final = re.compile(
    r"\+?P(?:(\d{1,4})W|(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?)"
)
_MOST: Final = 1_000


class Moment(NamedTuple):
    """A day, or a time by a zone's clock.

    Attributes:
        wall: what the clock shows; midnight for a day.
        zone: whose clock.
        whole_day: whether it is a day.
    """

    wall: Wall
    zone: str
    whole_day: bool

    @property
    def instant(self) -> Micros:
        """Return when it is (µs, UTC)."""
        return wall_clock(self.zone).reached(self.wall)


class Length(NamedTuple):
    """How long each instance of an event is.

    Attributes:
        wall: by the clock on the wall: ten to six is an hour less in the night in which it is put forward.
        elapsed: and so much more (µs).
    """

    wall: Wall
    elapsed: Micros

    def end_of(self, begins: Moment) -> Micros:
        """Return when an instance ends (µs, UTC)."""
        return begins._replace(wall=begins.wall + self.wall).instant + self.elapsed


def read_moments(line: Line, zone: str) -> tuple[Moment, ...]:
    """Return the dates or times of a line, at least one; raises ``CalendarError``.

    >>> from aright.core.page.ical.lines import Line
    >>> Line(1, "DTSTART", {}, "20261102T090000Z").value, read_moments(
    ...     Line(1, "DTSTART", {"VALUE": "DATE"}, "20261225"), "UTC")[0].whole_day
    ('20261102T090000Z', True)
    """
    texts = line.value.split(",")
    if len(texts) > _MOST:
        raise CalendarError(line.number, f"{line.name} has over {_MOST:,} times", "Give fewer.")
    return tuple(_moment(line, text.strip(), zone) for text in texts)


def read_length(starts: Line, begins: Moment, ends: Line | None, duration: Line | None, zone: str) -> Length:
    """Return how long an event is, by its DTEND or its DURATION; a day where neither is said of a day."""
    if ends is not None and duration is not None:
        raise CalendarError(duration.number, "an event has DTEND and DURATION", "Take one away.")
    if duration is not None:
        return _duration(duration, begins)
    if ends is None:
        if begins.whole_day:
            return Length(DAY, 0)
        raise CalendarError(starts.number, "an event has no length", "Give it a DTEND.")
    end = read_moments(ends, zone)[0]
    if end.whole_day != begins.whole_day:
        raise CalendarError(
            ends.number, "DTEND is a day where DTSTART is a time, or the reverse", "Mend one."
        )
    if end.instant <= begins.instant:
        raise CalendarError(ends.number, "an event ends before it begins", "Put DTEND after DTSTART.")
    if end.zone == begins.zone:
        return Length(end.wall - begins.wall, 0)
    return Length(0, end.instant - begins.instant)


def _moment(line: Line, text: str, zone: str) -> Moment:
    if line.parameters.get("VALUE", "").upper() == "PERIOD":
        raise CalendarError(line.number, "periods are not taken", "Write dates or times.")
    timed = _TIME.fullmatch(text)
    if timed is None and _DATE.fullmatch(text) is None:
        raise CalendarError(
            line.number,
            f"{line.name} is {text[:40]!r}, no date or time",
            "Write 20261225, or 20261225T090000 with TZID or a Z for UTC.",
        )
    try:
        day, _, clock = (timed[1] if timed else f"{text}T000000").partition("T")
        wall = wall_time(f"{day[:4]}-{day[4:6]}-{day[6:]}T{clock[:2]}:{clock[2:4]}:{clock[4:]}")
    except ValueError as wrong:
        raise CalendarError(
            line.number, f"{line.name} is {text[:40]!r}: there is no such time from 1970 to 2100", "Mend it."
        ) from wrong
    if timed is None:
        return Moment(wall, zone, whole_day=True)
    return Moment(wall, "UTC" if timed[2] else _zone(line, zone), whole_day=False)


def _zone(line: Line, zone: str) -> str:
    """Return the zone that a line names; some programs put a path of their own before it."""
    named = line.parameters.get("TZID", "")
    if not named:
        return zone
    parts = named.strip("/").split("/")
    for name in dict.fromkeys((named, "/".join(parts[-3:]), "/".join(parts[-2:]))):
        try:
            wall_clock(name)
        except ScheduleError:
            continue
        return name
    raise CalendarError(
        line.number,
        f"{named[:60]!r} is no time zone that is known here",
        "Name one of the IANA database, such as Europe/Zurich, or write UTC with a Z.",
    )


def _duration(line: Line, begins: Moment) -> Length:
    found = _DURATION.fullmatch(line.value.strip().upper())
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (0,) * 5
    elapsed = hours * HOUR + minutes * MINUTE + seconds * SECOND
    length = Length((weeks * 7 + days) * DAY, elapsed)
    if length == (0, 0) or (begins.whole_day and elapsed):
        raise CalendarError(
            line.number, f"DURATION is {line.value[:40]!r}", "Write P1D, P1W or PT12H; of a day, whole days."
        )
    return length
