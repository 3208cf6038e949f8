"""Changing places: what overrides a swap is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from aright.core.model.times import Micros
from aright.core.page.schedule.errors import ScheduleError
from aright.core.page.schedule.shifts import REACH, on_shift

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aright.core.model.on_call import Override, Schedule, Shift

Part: TypeAlias = Micros | tuple[Micros, Micros]
"""A shift, by an instant within it, or a part of one, from when until when (µs, UTC)."""

SWAP: Final = "swap"


def swap_of(
    schedule: Schedule, overrides: Iterable[Override], one: Part, other: Part, *, since: Micros = 0
) -> tuple[Shift, Shift]:
    """Return the two spans to be overridden so that the people of two shifts change places.

    Args:
        schedule: whose.
        overrides: as for ``shifts``.
        one: a shift, or a part of one.
        other: likewise.
        since: of a shift that is named by an instant, nothing before is given away (µs, UTC): now.

    Raises:
        ScheduleError: nobody has one of them, one person has both, or one has no end within reach.

    >>> from aright.core.model.on_call import Layer, Schedule
    >>> from aright.core.model.times import DAY
    >>> daily = Layer(key="daily", people=("ada", "bob"), starts="2026-11-02T00:00", unit="day")
    >>> day = 1_793_577_600_000_000  # Monday 2026-11-02, Ada's
    >>> [(span.person, (span.start - day) // DAY) for span in
    ...     swap_of(Schedule(key="s", layers=(daily,)), (), day + 5, (day + DAY, day + DAY + 7))]
    [('bob', 0), ('ada', 1)]
    """
    known = tuple(overrides)
    first, second = (part_of(schedule, known, part, since=since) for part in (one, other))
    if not first.person or not second.person:
        raise ScheduleError("nobody has one of these shifts: there is nothing to swap, take it instead")
    if first.person == second.person:
        raise ScheduleError(f"{first.person} has both shifts: name shifts of two people")
    return (
        msgspec.structs.replace(first, person=second.person, because=SWAP),
        msgspec.structs.replace(second, person=first.person, because=SWAP),
    )


def take_of(
    schedule: Schedule, overrides: Iterable[Override], part: Part, person: str, *, since: Micros = 0
) -> Shift:
    """Return the span to be overridden so that somebody takes a shift, or a gap; raises ``ScheduleError``."""
    found = part_of(schedule, tuple(overrides), part, since=since)
    if found.person == person:
        raise ScheduleError(f"{person} has that shift already")
    return msgspec.structs.replace(found, person=person, because="take")


def part_of(schedule: Schedule, overrides: tuple[Override, ...], part: Part, *, since: Micros) -> Shift:
    """Return a shift, or the part that was named of it; raises ``ScheduleError``."""
    if isinstance(part, tuple):
        start, end = part
        if start >= end:
            raise ScheduleError("the part is empty: its end must be after its start")
        whole = on_shift(schedule, overrides, start, reach=end - start)
        if end > whole.end:
            raise ScheduleError("the part goes beyond one shift: name parts of one shift each")
        return msgspec.structs.replace(whole, start=start, end=end)
    if part < since:
        raise ScheduleError("that shift is over: name one that is under way or to come")
    whole = on_shift(schedule, overrides, part)
    if whole.end - part >= REACH:
        raise ScheduleError("that shift has no end within a month: say from when until when")
    return msgspec.structs.replace(whole, start=max(whole.start, since))
