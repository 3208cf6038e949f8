"""What a schedule must be to be followed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

import msgspec

from aright.core.model.on_call import Unit
from aright.core.page.schedule.errors import ScheduleError
from aright.core.page.schedule.wall import wall_clock, wall_date, wall_time
from aright.core.page.silencing import SilenceError, check_weekly

if TYPE_CHECKING:
    from aright.core.model.on_call import Layer, Schedule

MOST_LAYERS: Final = 50
MOST_PEOPLE: Final = 1_000
"""Of one layer."""
MOST_HOLIDAYS: Final = 10_000
MOST_OVERRIDES: Final = 10_000
"""Of one schedule, that were not taken back."""
MOST_HOURS: Final = 100
LONGEST_TURN: Final = 10_000
"""In the layer's unit."""


def check(schedule: Schedule) -> Schedule:
    """Return a schedule that can be followed; raises ``ScheduleError`` that says what to write.

    >>> from aright.core.model.on_call import Layer, Schedule
    >>> try:
    ...     check(Schedule(key="night", zone="Mars/Base"))
    ... except ScheduleError as wrong:
    ...     print(str(wrong)[:49])
    schedule night: 'Mars/Base' is no time zone: writ
    """
    try:
        wall_clock(schedule.zone)
        _bound(len(schedule.layers), MOST_LAYERS, "layers")
        _bound(len(schedule.holidays), MOST_HOLIDAYS, "holidays")
        for holiday in schedule.holidays:
            wall_date(holiday.date)
    except ScheduleError as wrong:
        raise ScheduleError(f"schedule {schedule.key[:80]}: {wrong}") from wrong
    for layer in schedule.layers:
        try:
            check_layer(layer)
        except ScheduleError as wrong:
            where = f"schedule {schedule.key[:80]}, layer {layer.key[:80]}"
            raise ScheduleError(f"{where}: {wrong}") from wrong
    return schedule


def check_layer(layer: Layer) -> None:
    """Raise ``ScheduleError`` where a layer cannot be followed."""
    _bound(len(layer.people), MOST_PEOPLE, "people")
    _bound(len(layer.hours), MOST_HOURS, "hours")
    if layer.unit not in get_args(Unit):
        raise ScheduleError(f"unit is {str(layer.unit)[:40]!r}: write hour, day or week")
    if not 1 <= layer.every <= LONGEST_TURN:
        raise ScheduleError(f"every is {layer.every}: write how many units a turn is long, from 1")
    starts = wall_time(layer.starts)
    if layer.ends and wall_time(layer.ends) <= starts:
        raise ScheduleError(f"it ends at {layer.ends}, not after it starts at {layer.starts}")
    for weekly in layer.hours:
        try:
            check_weekly(msgspec.structs.replace(weekly, zone="UTC"))
        except SilenceError as wrong:
            raise ScheduleError(f"hours: {wrong}") from wrong


def _bound(count: int, limit: int, what: str) -> None:
    if count > limit:
        raise ScheduleError(f"there are {count:,} {what}: {limit:,} at most")
