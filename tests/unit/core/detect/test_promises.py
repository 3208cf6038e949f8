"""What the detector promises: how often it errs, and how soon it sees."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.core.detect.simulation import (
    WINDOWS_A_MONTH,
    detector,
    healthy,
    update,
    windows_until_alarm,
)


@pytest.mark.parametrize("mode", ["independent", "bursts", "some", "swing"])
def test_false_alarms_come_no_more_often_than_promised(mode):
    """213 streams, 600 windows, a promise of one false alarm in 50 windows: 12 may come."""
    judge = detector(false_pages=WINDOWS_A_MONTH / 50)
    alarms = sum(bool(update(judge, number, points)) for number, points in enumerate(healthy(11, 600, mode)))
    assert alarms <= 12


def test_a_month_of_promises_is_kept_in_two_thousand_windows():
    """213 streams at the default of one false page a month: here 0.02 of them may come."""
    judge = detector()
    assert not any(
        update(judge, number, points) for number, points in enumerate(healthy(12, 2_000, "bursts"))
    )


@pytest.mark.parametrize("healthy_windows", [30, 20])
def test_a_fault_of_a_third_of_the_users_is_seen_in_eight_windows(healthy_windows):
    """Clicks fall from .25 to .12, complaints rise from .3 to 3 %, in a segment of 30 %: 95 % in time."""
    runs = 50
    found = [windows_until_alarm(seed, healthy_windows=healthy_windows, most=10) for seed in range(runs)]
    in_time = sum(window is not None and 0 < window <= 8 for window in found)
    assert in_time >= runs * 0.95 - 2 * np.sqrt(runs * 0.95 * 0.05)
    assert sum(window is not None and window > 0 for window in found) >= runs - 1
