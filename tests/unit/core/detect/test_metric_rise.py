"""Leaks that begin late: told once, from a day of history on, whatever is missing in between."""

from __future__ import annotations

import math

import numpy as np
import pytest

from aright.core.detect.metric_rise import RiseDetector
from aright.core.detect.series_settings import Kind
from aright.core.model.times import SECOND

STEP = 30 * SECOND
DAY = 2_880
BEFORE = 3_200
"""Windows of 30 seconds before the leak begins: somewhat more than a day."""


def metric(windows, leak, *, since=BEFORE, seed=1, swing=10.0):
    """Return 500 with a saw of eight values, a swing over the day and noise; a leak adds as much a window."""
    at = np.arange(windows)
    noise = np.random.default_rng(seed).normal(0, 1, windows)
    return (
        500 + at % 8 + swing * np.sin(2 * np.pi * at / DAY) + noise + leak * np.maximum(at - since, 0)
    ).tolist()


def told(detector, values, times=None):
    """Return the window and verdict of each leak that is told."""
    times = [STEP * at for at in range(len(values))] if times is None else times
    found = ((at, detector.update(times[at], value)) for at, value in enumerate(values))
    return [(at, verdict) for at, verdict in found if verdict is not None]


def test_a_leak_is_told_once_with_its_slope():
    detector, values = RiseDetector(), metric(BEFORE + 1_000, 0.5)
    ((at, verdict),) = told(RiseDetector(), values)
    assert told(detector, values[: at + 1]) == [(at, verdict)]
    assert BEFORE < at < BEFORE + 500
    assert verdict.kind is Kind.LEAK
    assert 500 < verdict.before < verdict.now
    assert BEFORE - 60 < verdict.since / STEP < BEFORE + 350
    assert verdict.log_e > 0
    assert verdict.rule.startswith("24 floors rise steadily")
    assert (detector.told, detector.value) == (True, 0)
    assert detector.slope is not None
    assert detector.slope.low <= 0.5 / STEP <= detector.slope.high


def test_nothing_is_told_of_a_healthy_metric_and_there_is_nothing_to_claim():
    detector = RiseDetector()
    assert told(detector, metric(BEFORE + 1_000, 0.0)) == []
    assert detector.ready
    assert (detector.value, detector.slope, detector.claim(), detector.told) == (0.0, None, None, False)


def test_less_than_a_day_is_not_judged():
    detector = RiseDetector()
    assert told(detector, metric(2_400, 0.5, since=1_500)) == []
    assert not detector.ready


@pytest.mark.parametrize("curve", ["step", "saturating"])
def test_a_rise_that_is_not_steady_is_no_leak(curve):
    values = np.array(metric(BEFORE + 800, 0.0))
    late = np.maximum(np.arange(len(values)) - BEFORE, 0)
    values += 150 * (late > 0) if curve == "step" else 150 * (1 - np.exp(-late / 40))
    assert told(RiseDetector(), values.tolist()) == []


def test_after_a_restart_of_the_service_the_next_leak_is_told():
    healthy, leaking = metric(BEFORE, 0.0), metric(700, 0.5, since=0, seed=2)
    later = metric(700, 1.2, since=0, seed=3)
    found = told(RiseDetector(), [*healthy, *leaking, *metric(400, 0.0, seed=4), *later])
    assert [BEFORE < at < BEFORE + 700 for at, _ in found] == [True, False]
    assert found[1][0] > BEFORE + 1_100


def test_what_is_missing_or_late_changes_nothing():
    values = metric(BEFORE + 600, 0.5)
    plain = told(RiseDetector(), values)
    disturbed: list[tuple[float, float]] = []
    for at, value in enumerate(values):
        disturbed += [(STEP * at, value), (STEP * at, 0.0), (STEP * (at - 3), 9e9)]
        disturbed += [(STEP * at + 1, math.nan), (math.inf, value)]
    times, numbers = zip(*disturbed, strict=True)
    assert [verdict for _, verdict in told(RiseDetector(), numbers, times)] == [each for _, each in plain]


def test_with_a_week_behind_it_a_smaller_rise_is_seen():
    """It need reach beyond the largest floor by half of what lies between that and the median alone."""
    days = [
        told(RiseDetector(), metric(since + 600, 0.2, since=since, swing=60.0))
        for since in (DAY + 1_000, 8 * DAY)
    ]
    assert [len(found) for found in days] == [0, 1]
