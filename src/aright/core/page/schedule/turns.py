"""Whose turn it is in a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.model.times import DAY, HOUR
from aright.core.page.schedule.hours import Hours
from aright.core.page.schedule.piece import Piece
from aright.core.page.schedule.wall import ALWAYS_AFTER, ALWAYS_BEFORE, wall_time

if TYPE_CHECKING:
    from aright.core.model.on_call import Layer
    from aright.core.model.times import Micros
    from aright.core.page.schedule.wall import Wall, WallClock


class Turns:
    """A layer, followed by a zone's wall clock; raises ``ScheduleError`` where its times cannot be read.

    Turn *k* of days or weeks begins when the wall clock reaches ``starts`` + *k* turns; turn *k* of hours
    begins *k* turns of elapsed time after the wall clock reached ``starts``.
    """

    def __init__(self, layer: Layer, clock: WallClock) -> None:
        self._clock = clock
        self._people = layer.people
        self._because = layer.key
        self._begin = wall_time(layer.starts)
        self._end = wall_time(layer.ends) if layer.ends else ALWAYS_AFTER
        self._first = clock.reached(self._begin)
        self._last = clock.reached(self._end) if layer.ends else ALWAYS_AFTER
        self._alone = len(set(layer.people)) == 1
        self._elapsed = layer.unit == "hour"
        self._length = layer.every * {"hour": HOUR, "day": DAY, "week": 7 * DAY}[layer.unit]
        self._hours = Hours(layer.hours)

    def piece(self, at: Micros, wall: Wall) -> Piece:
        """Return whose turn it is."""
        if wall < self._begin or not self._people:
            return Piece("", "", ALWAYS_BEFORE, self._first if self._people else ALWAYS_AFTER)
        if wall >= self._end:
            return Piece("", "", self._last, ALWAYS_AFTER)
        within, opens, closes = self._hours.around(wall)
        start = self._first if opens <= self._begin else self._clock.reached(opens)
        end = self._last if closes >= self._end else self._clock.reached(closes)
        if not within:
            return Piece("", "", start, end)
        if self._alone:
            return Piece(self._people[0], self._because, start, end)
        number, begins, ends = self._turn(at, wall)
        person = self._people[number % len(self._people)]
        return Piece(person, self._because if person else "", max(start, begins), min(end, ends))

    def _turn(self, at: Micros, wall: Wall) -> tuple[int, Micros, Micros]:
        """Return the turn's number, from 0, and its span."""
        if self._elapsed:
            number = (at - self._first) // self._length
            begins = self._first + number * self._length
            return number, begins, begins + self._length
        number = (wall - self._begin) // self._length
        begin = self._begin + number * self._length
        return number, self._clock.reached(begin), self._clock.reached(begin + self._length)
