from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aright.adapters.clocks.driven import DrivenClock
from aright.adapters.clocks.wall import WallClock

if TYPE_CHECKING:
    from aright.ports import clock as port


@pytest.mark.parametrize("clock", [WallClock(), DrivenClock(7)])
def test_time_never_goes_back(clock: port.Clock):
    times = [clock.now() for _ in range(100)]
    assert times == sorted(times)
    assert clock.driven == (times[0] == times[-1] == 7)


def test_the_wall_clock_stands_still_while_the_machines_is_behind():
    readings = iter([10_000, 2_000, 3_000, 12_000])
    clock = WallClock(lambda: next(readings))
    assert [clock.now() for _ in range(4)] == [10, 10, 10, 12]


def test_a_driven_clock_goes_where_it_is_told_but_never_back():
    clock: port.DrivenClock = DrivenClock()
    clock.set(5)
    clock.set(5)
    with pytest.raises(ValueError, match=r"cannot go back to 1970-01-01T00:00:00\.000Z"):
        clock.set(4)
    assert clock.now() == 5
