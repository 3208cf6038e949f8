"""A schedule with its overrides, ready to be asked."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from aright.core.page.schedule.checking import MOST_OVERRIDES, check
from aright.core.page.schedule.errors import ScheduleError
from aright.core.page.schedule.levels import Holidays, Overrides
from aright.core.page.schedule.piece import Piece
from aright.core.page.schedule.turns import Turns
from aright.core.page.schedule.wall import ALWAYS_AFTER, ALWAYS_BEFORE, wall_clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aright.core.model.on_call import Override, Schedule
    from aright.core.model.times import Micros
    from aright.core.page.schedule.piece import Level
    from aright.core.page.schedule.wall import WallClock

MOST_SHIFTS: Final = 100_000
"""A span with more is refused."""


class Roster:
    """Who has a schedule, at any time within a span.

    Each level answers for an instant with a span in which its answer stays the same; the highest level that
    has somebody counts, for as long as neither it nor any above it changes. So an instant costs one question
    to each level, and a span one to each level and change.

    Args:
        schedule: what to follow.
        overrides: those of other schedules are left out.
        start: nothing before is asked for (µs, UTC).
        end: nor after (µs, UTC).

    Raises:
        ScheduleError: it cannot be followed.
    """

    def __init__(self, schedule: Schedule, overrides: Iterable[Override], start: Micros, end: Micros) -> None:
        self._clock, levels = _levels(schedule)
        own = [each for each in overrides if each.schedule == schedule.key and not each.ended_by]
        if len(own) > MOST_OVERRIDES:
            raise ScheduleError(
                f"schedule {schedule.key[:80]} has {len(own):,} overrides, {MOST_OVERRIDES:,} at most: "
                "take some back, or change its layers"
            )
        self._levels = (Overrides(own, start, end), *levels) if own else levels

    def piece(self, at: Micros) -> Piece:
        """Return who has an instant, with a span in which nothing changes."""
        wall = self._clock.at(at)
        start, end = ALWAYS_BEFORE, ALWAYS_AFTER
        for level in self._levels:
            person, because, begins, ends = level.piece(at, wall)
            start, end = max(start, begins), min(end, ends)
            if person:
                return Piece(person, because, start, end)
        return Piece("", "", start, end)

    def around(self, at: Micros, low: Micros, high: Micros) -> Piece:
        """Return who has an instant, and from when until when, cut to a span (µs, UTC)."""
        found = self.piece(at)
        start, end = found.start, found.end
        while start > low:
            before = self.piece(start - 1)
            if before[:2] != found[:2]:
                break
            start = before.start
        while end < high:
            after = self.piece(end)
            if after[:2] != found[:2]:
                break
            end = after.end
        return Piece(found.person, found.because, max(start, low), min(end, high))

    def tiles(self, start: Micros, end: Micros) -> Iterator[Piece]:
        """Yield who has a span (µs, UTC), gaps too; neighbours differ. Raises ``ScheduleError``."""
        last = self.piece(start)._replace(start=start)
        count = 1
        while last.end < end:
            following = self.piece(last.end)
            if following[:2] == last[:2]:
                last = last._replace(end=following.end)
                continue
            yield last
            last = following
            count += 1
            if count > MOST_SHIFTS:
                raise ScheduleError(f"there are over {MOST_SHIFTS:,} shifts: ask for a shorter span")
        yield last._replace(end=end)


@lru_cache(maxsize=256)
def _levels(schedule: Schedule) -> tuple[WallClock, tuple[Level, ...]]:
    """Return what a schedule is made of, the highest first: read once, as it is asked time and again."""
    clock = wall_clock(check(schedule).zone)
    holidays = (Holidays(schedule.holidays, clock),) if schedule.holidays else ()
    return clock, (*holidays, *(Turns(layer, clock) for layer in reversed(schedule.layers)))
