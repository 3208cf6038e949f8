"""A zone's clock on the wall, made so that it never goes back.

A clock that is put forward leaves out an hour, and one that is put back shows an hour twice. Turns that
are handed over by such a clock would be skipped, or handed over twice. So turns are counted by the *wall
clock*: the latest time that the zone's clock has shown so far. It stands still through the repeated hour,
and leaps over the missing one; it never goes back, so what is derived from it has neither gap nor overlap:

- a time that does not exist is reached when the clock leaps over it: a handoff is moved forward to then;
- a time that comes twice is reached the first time.

Wall times are µs since 1970-01-01T00:00 on that clock.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias
from zoneinfo import ZoneInfo

from aright.core.model.times import DAY, SECOND, to_datetime
from aright.core.page.schedule.errors import ScheduleError

if TYPE_CHECKING:
    from aright.core.model.times import Micros

Wall: TypeAlias = int
"""A wall time (µs since 1970-01-01T00:00 on the zone's clock)."""

ALWAYS_BEFORE: Final[Micros] = -(1 << 61)
ALWAYS_AFTER: Final[Micros] = 1 << 61

_FIRST: Final = 0
_LAST: Final[Micros] = 47_846 * DAY
"""2100-12-31: no zone's rule is followed further."""

_PROBE: Final[Micros] = 6 * DAY
"""Of all zones since 1970 and to 2100, none changes its offset twice within six days (tz database 2026)."""

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  wall times have no zone


class WallClock:
    """A zone's wall clock.

    Args:
        starts: when each offset begins to hold (µs, UTC), ascending; the first holds since ever.
        offsets: local time less UTC (µs).

    >>> zurich = wall_clock("Europe/Zurich")
    >>> half_past_two = wall_time("2026-03-29T02:30")  # does not exist: from 2:00 it is 3:00
    >>> to_datetime(zurich.reached(half_past_two)).isoformat()
    '2026-03-29T01:00:00+00:00'
    >>> half_past_two = wall_time("2026-10-25T02:30")  # comes twice: the first counts
    >>> to_datetime(zurich.reached(half_past_two)).isoformat()
    '2026-10-25T00:30:00+00:00'
    """

    def __init__(self, starts: tuple[Micros, ...], offsets: tuple[Micros, ...]) -> None:
        self._starts = (ALWAYS_BEFORE, *starts[1:])
        self._offsets = offsets
        tops = [ALWAYS_BEFORE]
        for start, offset in zip(self._starts[1:], offsets[:-1], strict=True):
            tops.append(max(tops[-1], start - 1 + offset))
        self._tops = (*tops, ALWAYS_AFTER)

    def at(self, instant: Micros) -> Wall:
        """Return the latest time that the clock has shown up to an instant."""
        part = bisect_right(self._starts, instant) - 1
        return max(instant + self._offsets[part], self._tops[part])

    def reached(self, wall: Wall) -> Micros:
        """Return the first instant at which the clock has shown a time, or has leapt over it."""
        part = bisect_left(self._tops, wall) - 1
        return max(self._starts[part], wall - self._offsets[part]) if part > 0 else wall - self._offsets[0]


@lru_cache(maxsize=1024)
def wall_clock(zone: str) -> WallClock:
    """Return a zone's wall clock, to the end of 2100; raises ``ScheduleError`` for an unknown zone."""
    try:
        known = ZoneInfo(zone)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ScheduleError(
            f"{str(zone)[:60]!r} is no time zone: write one of the IANA database, such as Europe/Zurich"
        ) from error
    starts, offsets = [_FIRST], [_offset(known, _FIRST)]
    for probe in range(_FIRST + _PROBE, _LAST + _PROBE, _PROBE):
        offset = _offset(known, probe)
        if offset != offsets[-1]:
            starts.append(_change(known, probe - _PROBE, probe))
            offsets.append(offset)
    return WallClock(tuple(starts), tuple(offsets))


def wall_time(text: str) -> Wall:
    """Return a wall time written ``YYYY-MM-DDTHH:MM``; raises ``ScheduleError``.

    >>> wall_time("1970-01-02T00:01")
    86460000000
    """
    try:
        when = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        when = None
    if when is None or when.tzinfo is not None or _TIME.match(text) is None:
        raise ScheduleError(
            f"{str(text)[:40]!r} is no time of a clock: write it as 2026-11-02T09:00, without a zone"
        )
    wall = (when - _EPOCH) // timedelta(microseconds=1)
    if not _FIRST <= wall <= _LAST:
        raise ScheduleError(f"{text[:40]} is out of reach: write a time from 1970 to 2100")
    return wall


def wall_date(text: str) -> int:
    """Return a date written ``YYYY-MM-DD`` as days since 1970-01-01; raises ``ScheduleError``.

    >>> wall_date("1970-02-01")
    31
    """
    try:
        return wall_time(f"{text}T00:00") // DAY
    except ScheduleError as error:
        raise ScheduleError(
            f"{str(text)[:40]!r} is no date from 1970 to 2100: write it as 2026-12-25"
        ) from error


def check_instant(name: str, instant: Micros) -> None:
    """Raise ``ScheduleError`` for an instant before 1970 or after 2100."""
    if not _FIRST <= instant <= _LAST:
        raise ScheduleError(f"{name} is out of reach: give an instant from 1970 to 2100")


def _offset(zone: ZoneInfo, instant: Micros) -> Micros:
    offset = to_datetime(instant).astimezone(zone).utcoffset()
    return (offset or timedelta()) // timedelta(microseconds=1)


def _change(zone: ZoneInfo, before: Micros, after: Micros) -> Micros:
    """Return when the offset changes within a span that it changes once in: at a whole second."""
    old, low, high = _offset(zone, before), before // SECOND, after // SECOND
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle * SECOND) == old:
            low = middle
        else:
            high = middle
    return high * SECOND
