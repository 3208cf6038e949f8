"""Who has the shift: over a span, at an instant, and next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.model.on_call import Shift
from aright.core.model.times import DAY
from aright.core.page.schedule.errors import ScheduleError
from aright.core.page.schedule.roster import Roster
from aright.core.page.schedule.wall import check_instant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aright.core.model.on_call import Override, Schedule
    from aright.core.model.times import Micros
    from aright.core.page.schedule.piece import Piece

REACH: Final[Micros] = 31 * DAY
"""How far from an instant a shift is followed: a longer one is cut there."""


def shifts(
    schedule: Schedule, overrides: Iterable[Override], start: Micros, end: Micros
) -> tuple[Shift, ...]:
    """Return shifts that tile a span: each begins where the one before ends, gaps too.

    Neighbours differ in their person, or in what they come of. The first and the last are cut to the span.

    Args:
        schedule: whose.
        overrides: those of other schedules, and those taken back, are left out.
        start: from when (µs, UTC).
        end: until when, not included (µs, UTC).

    Raises:
        ScheduleError: the span is empty or out of reach, or the schedule cannot be followed.

    >>> from aright.core.model.on_call import Layer, Schedule
    >>> weekly = Layer(key="weekly", people=("ada", "bob"), starts="2026-11-02T09:00")
    >>> start = 1_793_610_000_000_000  # Monday 2026-11-02 9:00 UTC
    >>> found = shifts(Schedule(key="night", layers=(weekly,)), (), start - DAY, start + 8 * DAY)
    >>> [(shift.person, (shift.end - shift.start) // DAY) for shift in found]
    [('', 1), ('ada', 7), ('bob', 1)]
    """
    check_instant("the span's start", start)
    check_instant("the span's end", end)
    if start >= end:
        raise ScheduleError("the span is empty: its end must be after its start")
    roster = Roster(schedule, overrides, start, end)
    return tuple(_shift(schedule, piece) for piece in roster.tiles(start, end))


def on_shift(
    schedule: Schedule, overrides: Iterable[Override], at: Micros, *, reach: Micros = REACH
) -> Shift:
    """Return the shift under way at an instant, with an empty person where there is a gap.

    It is the one that ``shifts`` has there, cut to ``reach`` on either side. Raises ``ScheduleError``.

    >>> from aright.core.model.on_call import Layer, Schedule
    >>> daily = Layer(key="daily", people=("ada", "bob"), starts="2026-11-02T09:00", unit="day")
    >>> on_shift(Schedule(key="night", layers=(daily,)), (), 1_793_610_000_000_000 + DAY).person
    'bob'
    """
    check_instant("the instant", at)
    roster = Roster(schedule, overrides, at - reach, at + reach)
    return _shift(schedule, roster.around(at, at - reach, at + reach))


def next_shift(
    schedule: Schedule, overrides: Iterable[Override], at: Micros, *, reach: Micros = REACH
) -> Shift | None:
    """Return the next shift that somebody has, after the one under way.

    Args:
        schedule: whose.
        overrides: as for ``shifts``.
        at: now (µs, UTC).
        reach: how far ahead it may begin (µs).

    Returns:
        ``None`` where none begins within ``reach``; its end is followed as far again.

    Raises:
        ScheduleError: the schedule cannot be followed.
    """
    check_instant("the instant", at)
    roster = Roster(schedule, overrides, at - reach, at + 2 * reach)
    under_way = roster.around(at, at, at + reach)
    begins = under_way.end
    while begins < at + reach:
        following = roster.around(begins, begins, begins + reach)
        if following.person:
            return _shift(schedule, following)
        begins = following.end
    return None


def _shift(schedule: Schedule, piece: Piece) -> Shift:
    return Shift(
        schedule=schedule.key,
        person=piece.person,
        start=piece.start,
        end=piece.end,
        because=piece.because,
    )
