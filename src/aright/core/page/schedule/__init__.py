"""Schedules: who has the shift, at any time, whatever the clocks do."""

from aright.core.page.schedule.checking import check
from aright.core.page.schedule.errors import ScheduleError
from aright.core.page.schedule.shifts import REACH, next_shift, on_shift, shifts
from aright.core.page.schedule.swapping import Part, swap_of, take_of

__all__ = [
    "REACH",
    "Part",
    "ScheduleError",
    "check",
    "next_shift",
    "on_shift",
    "shifts",
    "swap_of",
    "take_of",
]
