"""Hours of each week, by the wall clock."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from aright.core.model.silence import DAYS
from aright.core.model.times import DAY, HOUR, MINUTE
from aright.core.page.schedule.wall import ALWAYS_AFTER, ALWAYS_BEFORE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aright.core.model.silence import Weekly
    from aright.core.page.schedule.wall import Wall

WEEK: Final = 7 * DAY
_FIRST_MONDAY: Final = 4 * DAY
"""1970-01-05."""


class Hours:
    """Hours that come again each week; where none are given, all.

    >>> from aright.core.model.silence import Weekly
    >>> office = Hours((Weekly(days=("mon", "tue"), start="09:00", end="17:00"),))
    >>> monday = 4 * DAY
    >>> [edge // HOUR - 96 for edge in office.around(monday + 10 * HOUR)[1:]]
    [9, 17]
    >>> office.around(monday + 20 * HOUR)[0]
    False
    """

    def __init__(self, weekly: Iterable[Weekly]) -> None:
        spans = sorted(span for each in weekly for span in _spans(each))
        self._always = not spans
        self._starts: list[Wall] = []
        self._ends: list[Wall] = []
        for start, end in (
            (start + shift, end + shift) for shift in (-WEEK, 0, WEEK) for start, end in spans
        ):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)
        if len(self._starts) == 1 and spans:
            self._always = True  # they follow one another round the week

    def around(self, wall: Wall) -> tuple[bool, Wall, Wall]:
        """Return whether a wall time is within the hours, and the span around it in which that is so."""
        if self._always:
            return True, ALWAYS_BEFORE, ALWAYS_AFTER
        monday = wall - (wall - _FIRST_MONDAY) % WEEK
        at = bisect_right(self._starts, wall - monday) - 1
        start, end = self._starts[at] + monday, self._ends[at] + monday
        if wall < end:
            return True, start, end
        return False, end, self._starts[at + 1] + monday


def _spans(weekly: Weekly) -> Iterable[tuple[Wall, Wall]]:
    """Return the spans of the week that begins on Monday, from its begin on; the last may end in the next."""
    start, end = _clock(weekly.start), _clock(weekly.end)
    length = end - start if end > start else end + DAY - start
    for day in weekly.days:
        begin = DAYS.index(day) * DAY + start
        yield begin, begin + length


def _clock(text: str) -> Wall:
    hour, _, minute = text.partition(":")
    return int(hour) * HOUR + int(minute) * MINUTE
