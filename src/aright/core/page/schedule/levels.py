"""What goes over the layers: holidays, and over them overrides."""

from __future__ import annotations

from bisect import bisect_right
from heapq import heappop, heappush
from itertools import pairwise
from typing import TYPE_CHECKING

from aright.core.model.times import DAY
from aright.core.page.schedule.piece import Piece
from aright.core.page.schedule.wall import ALWAYS_AFTER, ALWAYS_BEFORE, wall_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aright.core.model.on_call import Holiday, Override
    from aright.core.model.times import Micros
    from aright.core.page.schedule.wall import Wall, WallClock


class Holidays:
    """Days that have their own person, from midnight to midnight by the wall clock.

    Of several on one day that have somebody, the first counts.
    """

    def __init__(self, holidays: Iterable[Holiday], clock: WallClock) -> None:
        self._clock = clock
        self._of: dict[int, Holiday] = {}
        for holiday in holidays:
            day = wall_date(holiday.date)
            if holiday.person:
                self._of.setdefault(day, holiday)
        self._days = sorted(self._of)

    def piece(self, at: Micros, wall: Wall) -> Piece:  # noqa: ARG002  as a level is asked
        """Return who has the day."""
        day = wall // DAY
        found = self._of.get(day)
        if found is not None:
            because = f"holiday {found.name or found.date}"
            return Piece(found.person, because, self._midnight(day), self._midnight(day + 1))
        after = bisect_right(self._days, day)
        start = self._midnight(self._days[after - 1] + 1) if after else ALWAYS_BEFORE
        end = self._midnight(self._days[after]) if after < len(self._days) else ALWAYS_AFTER
        return Piece("", "", start, end)

    def _midnight(self, day: int) -> Micros:
        return self._clock.reached(day * DAY)


class Overrides:
    """Spans that somebody took; of several at once the one made last counts.

    Args:
        overrides: of this schedule; those that were taken back, and those without length, are left out.
        start: nothing before is asked for (µs, UTC).
        end: nor after (µs, UTC).
    """

    def __init__(self, overrides: Iterable[Override], start: Micros, end: Micros) -> None:
        holding = [
            each
            for each in overrides
            if not each.ended_by
            and each.person
            and start < each.end
            and each.start < end
            and each.start < each.end
        ]
        self._pieces = _flatten(sorted(holding, key=made)) if holding else []
        self._starts = [piece.start for piece in self._pieces]

    def piece(self, at: Micros, wall: Wall) -> Piece:  # noqa: ARG002  as a level is asked
        """Return who took the instant."""
        before = bisect_right(self._starts, at) - 1
        if before >= 0 and at < self._pieces[before].end:
            return self._pieces[before]
        start = self._pieces[before].end if before >= 0 else ALWAYS_BEFORE
        end = self._starts[before + 1] if before + 1 < len(self._starts) else ALWAYS_AFTER
        return Piece("", "", start, end)


def made(override: Override) -> tuple[Micros, int, str]:
    """Return when it was made; of those made at once, ``OVR-10`` comes after ``OVR-9``."""
    return override.created_at, len(override.key), override.key


def _flatten(overrides: Sequence[Override]) -> list[Piece]:
    """Return spans that do not overlap, by start, from overrides in the order they were made."""
    by_start = sorted(range(len(overrides)), key=lambda number: overrides[number].start)
    edges = sorted({edge for each in overrides for edge in (each.start, each.end)})
    pieces: list[Piece] = []
    open_now: list[int] = []  # the last made first, by its number turned round
    following = 0
    for start, end in pairwise(edges):
        while following < len(by_start) and overrides[by_start[following]].start <= start:
            heappush(open_now, -by_start[following])
            following += 1
        while open_now and overrides[-open_now[0]].end <= start:
            heappop(open_now)
        if open_now:
            _extend(pieces, overrides[-open_now[0]], start, end)
    return pieces


def _extend(pieces: list[Piece], override: Override, start: Micros, end: Micros) -> None:
    last = pieces[-1] if pieces else None
    if last is not None and last.because == override.key and last.end == start:
        pieces[-1] = last._replace(end=end)
    else:
        pieces.append(Piece(override.person, override.key, start, end))
