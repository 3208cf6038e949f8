"""Every detector of a service metric: one battery, and series that are noisy but healthy."""

from __future__ import annotations

import math

import numpy as np
import pytest

from aright.core.detect.metric_leak import LeakDetector
from aright.core.detect.metric_saturation import SaturationDetector
from aright.core.detect.metric_spike import SpikeDetector
from aright.core.detect.series_settings import Kind, SeriesSettings
from aright.core.detect.service_metrics import LevelDetector, detectors_of
from aright.core.model.times import HOUR, SECOND

STEP = 30 * SECOND
ROWS = 4_320
DAY = 2_880
T = np.arange(ROWS)

DETECTORS = {
    "level": lambda _: LevelDetector(SeriesSettings(learning=160, growth=0.0)),
    "spike": lambda _: SpikeDetector(),
    "leak": lambda _: LeakDetector(covers=6 * HOUR),
    "saturation": lambda scale: SaturationDetector(100.0 * scale),
}


def told(detector, values, times=None):
    at = (STEP * np.arange(len(values))).tolist() if times is None else times
    return [v for time, value in zip(at, values, strict=True) if (v := detector.update(time, float(value)))]


def bursty(random):
    values = np.clip(random.gamma(4, 5, ROWS), 0, 100)
    for start in np.flatnonzero(random.random(ROWS) < 1 / 100):
        length = int(random.exponential(5)) + 1
        values[start : start + length] = np.clip(
            random.normal(90, 8, len(values[start : start + length])), 0, 100
        )
    return values


def diurnal(random):
    return random.poisson(200 + 150 * np.sin(2 * np.pi * (T / DAY + random.random()))).astype(float)


def saw_tooth(random, leak=0.0):
    values, memory, floor = np.zeros(ROWS), 500.0, 500.0
    for row in range(ROWS):
        memory += random.gamma(2, 1.5)
        floor += leak
        if memory > floor + 400 + random.normal(0, 30):
            memory = floor + random.normal(0, 8)
        values[row] = memory
    return values


def warming_up(random):
    return 800 - 300 * np.exp(-T / 400) + random.normal(0, 4, ROWS)


def troubled(name, scale=1.0):
    random = np.random.default_rng(3)
    return (
        scale
        * {
            "level": np.where(T > 2_000, 15.0, 0.0) + random.normal(50, 1, ROWS),
            "spike": np.where((T > 2_000) & (T < 2_010), 150.0, 0.0) + random.normal(50, 1, ROWS),
            "leak": saw_tooth(random, leak=0.1),
            "saturation": np.where(T > 2_000, 99.0, 50.0) + random.normal(0, 0.5, ROWS),
        }[name]
    )


@pytest.mark.parametrize("name", DETECTORS)
@pytest.mark.parametrize("value", [0.0, 42.0])
def test_a_constant_never_alarms(name, value):
    assert not told(DETECTORS[name](1.0), np.full(1_500, value))


@pytest.mark.parametrize("name", DETECTORS)
def test_missing_values_never_raise(name):
    values = troubled(name)
    values[::7] = math.nan
    values[::501] = math.inf
    values[::503] = -math.inf
    assert told(DETECTORS[name](1.0), values)


@pytest.mark.parametrize("name", DETECTORS)
def test_trouble_is_told_on_any_scale(name):
    verdicts = told(DETECTORS[name](1.0), troubled(name))
    scaled = told(DETECTORS[name](1_000.0), troubled(name, 1_000.0))
    assert verdicts
    assert verdicts[0].kind.value == name
    assert [v.at for v in verdicts] == [v.at for v in scaled]
    assert scaled[0].now == pytest.approx(1_000 * verdicts[0].now)


@pytest.mark.parametrize("name", ["level", "spike"])
def test_an_offset_changes_nothing(name):
    values = troubled(name) - 50
    offset = told(DETECTORS[name](1.0), values + 20)
    assert [v.at for v in told(DETECTORS[name](1.0), values)] == [v.at for v in offset]


@pytest.mark.parametrize("name", DETECTORS)
def test_values_that_come_late_are_left_out(name):
    values = troubled(name)
    times = (STEP * np.arange(ROWS)).tolist()
    twice = [
        pair for time, value in zip(times, values, strict=True) for pair in ((time, value), (time - 1, 1e9))
    ]
    late = told(DETECTORS[name](1.0), [value for _, value in twice], [time for time, _ in twice])
    assert [v.at for v in late] == [v.at for v in told(DETECTORS[name](1.0), values)]


@pytest.mark.parametrize("law", [diurnal, saw_tooth, warming_up])
def test_healthy_metrics_are_quiet(law):
    alarms = 0
    for seed in range(2):
        values = law(np.random.default_rng([seed, 21]))
        alarms += sum(bool(told(detector, values)) for detector in detectors_of())
    assert alarms == 0


def test_bursts_of_the_processor_are_quiet():
    for seed in range(3):
        values = bursty(np.random.default_rng([seed, 22]))
        assert not told(SpikeDetector(), values)
        assert not told(SaturationDetector(100.0), values)
        assert not told(LeakDetector(), values)
        assert not told(LevelDetector(), values)


def test_a_leak_towards_the_limit_is_foretold():
    values = saw_tooth(np.random.default_rng(5), leak=0.1)
    verdicts = told(SaturationDetector(1_500.0, horizon=48 * HOUR, covers=6 * HOUR), values)
    assert verdicts
    assert verdicts[0].kind is Kind.SATURATION
    assert "leaks" in verdicts[0].rule


def test_a_metric_that_is_often_at_its_limit_is_no_news():
    values = np.where(T % 400 < 60, 100.0, 40.0)
    assert len(told(SaturationDetector(100.0), values)) <= 1


def test_which_detectors_suit():
    kinds = [type(each).__name__ for each in detectors_of(limit=100.0, run_length=10_000.0)]
    assert kinds == ["LevelDetector", "SpikeDetector", "LeakDetector", "SaturationDetector"]
    assert len(detectors_of()) == 3
