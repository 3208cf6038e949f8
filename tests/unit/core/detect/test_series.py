"""Numeric series: quiet on what is harmless, quick on what is not, the same however rows arrive."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from aright.core.detect.series import SeriesDetector
from aright.core.detect.series_settings import Kind, SeriesSettings, Way
from bench.streams_data import HARMLESS, LEAKS, retries, shifted

ROWS = 10_000
MAY_ALARM = 1 - math.exp(-0.2)


def told(values, settings=None, **more):
    return SeriesDetector(settings).update_many(np.asarray(values, dtype=float), **more)


@pytest.mark.parametrize("name", [name for name in HARMLESS if name != "weekly, hourly rows"])
def test_harmless_series_alarm_no_more_often_than_promised(name):
    """A few seeds only; ``python -m bench.streams`` has 200: here a rate above the promise must not show."""
    runs, alarms = 3, 0
    for seed in range(runs):
        random = np.random.default_rng([seed, 77])
        values, units = retries(random) if name == "retries" else (HARMLESS[name](random), None)
        alarms += bool(told(values, units=units))
    assert binomtest(alarms, runs, MAY_ALARM, alternative="greater").pvalue > 0.01


def test_retries_alarm_where_units_are_not_given():
    """The same rows, counted as if each said something new: that is why units are asked for."""
    values, units = retries(np.random.default_rng(3))
    with_units = SeriesDetector()
    with_units.update_many(values, units=units)
    assert len(told(values)) >= len(told(values, units=units))
    assert not told(values, units=units)


@pytest.mark.parametrize(("size", "most"), [(0.25, 343), (0.5, 119), (1.0, 55)])
def test_shifts_are_told_no_later_than_adwin_does(size, most):
    delays = []
    for seed in range(4):
        alarms = [v.at for v in told(shifted(np.random.default_rng([seed, 5]), size, 5_000)[:6_000])]
        late = [at - 4_999 for at in alarms if at >= 5_000]
        if not [at for at in alarms if at < 5_000]:
            delays.append(late[0] if late else 1_000)
    # Four runs give the mean within four tenths or so.
    assert np.mean(delays) <= 1.4 * most


@pytest.mark.parametrize("name", ["leak of 2 % per 1,000", "leak of 5 % from row 4,000 on"])
def test_an_unending_steep_slope_is_told(name):
    assert all(told(LEAKS[name](np.random.default_rng([seed, 9]))) for seed in range(3))


def test_a_verdict_says_what_since_when_and_by_which_rule():
    values = np.random.default_rng(11).normal(100, 10, 4_000)
    values[3_000:] += 20
    (verdict,) = told(values)
    assert verdict.kind is Kind.LEVEL
    assert 2_990 <= verdict.since <= 3_010 > verdict.since - 1
    assert verdict.before == pytest.approx(100, abs=2)
    assert verdict.now == pytest.approx(120, abs=12)
    assert verdict.effect == pytest.approx(2, abs=1.2)
    assert verdict.log_e >= verdict.threshold
    assert "50000" in verdict.rule


def test_only_the_way_asked_for_is_told():
    values = np.random.default_rng(12).normal(size=3_000)
    values[2_000:] -= 1
    assert not told(values, SeriesSettings(way=Way.UP))
    assert told(values, SeriesSettings(way=Way.DOWN))


def test_a_second_change_is_told_after_the_first():
    values = np.random.default_rng(13).normal(size=6_000)
    values[2_000:4_000] += 2
    assert [round(verdict.at, -2) for verdict in told(values)][:2] == [2_000, 4_000]


@pytest.mark.parametrize("value", [0.0, 42.0, -1e9, 1e-9])
def test_a_constant_never_alarms_until_it_changes(value):
    values = np.full(3_000, value)
    assert not told(values)
    values[2_000:] += max(abs(value), 1.0)
    assert told(values)


def test_the_size_of_the_parts_does_not_matter():
    random = np.random.default_rng(14)
    values = 0.3 * np.sin(np.arange(2_500) / 20) + random.standard_t(4, 2_500)
    values[1_000:1_500][random.random(500) < 0.2] = math.nan
    values[2_000:] += 1.5
    whole = told(values)
    one_by_one = SeriesDetector()
    single = [verdict for value in values if (verdict := one_by_one.update(float(value)))]
    parts = SeriesDetector()
    several = [verdict for part in np.array_split(values, 37) for verdict in parts.update_many(part)]
    assert whole
    assert [v.at for v in whole] == [v.at for v in single] == [v.at for v in several]
    assert whole[0].log_e == pytest.approx(single[0].log_e)


@pytest.mark.parametrize(("scale", "offset"), [(1_000.0, 0.0), (1e-6, 0.0), (3.0, 50.0), (-2.0, 7.0)])
def test_scale_and_offset_change_nothing(scale, offset):
    values = np.random.default_rng(15).normal(size=3_000)
    values[2_000:] += 1
    settings = SeriesSettings(growth=0.0)
    assert [v.at for v in told(scale * values + offset, settings)] == [v.at for v in told(values, settings)]


def test_missing_and_infinite_values_never_raise():
    random = np.random.default_rng(16)
    values = random.normal(size=3_000)
    values[random.random(3_000) < 0.3] = math.nan
    values[::501] = math.inf
    detector = SeriesDetector()
    assert not detector.update_many(values)
    assert detector.ready
    assert not SeriesDetector().update_many(np.full(5_000, math.nan))


def test_the_clock_runs_by_the_times_given():
    random, step = np.random.default_rng(17), 30_000_000.0
    times = 1.7e15 + step * np.flatnonzero(random.random(6_000) < 0.8)
    season = 2 * np.sin(2 * np.pi * times / (step * 288))
    settings = SeriesSettings(periods=(step * 288,))
    values = season + random.normal(size=len(times))
    assert not told(values, settings, times=times)
    values[-600:] += 6
    verdict = told(values, settings, times=times)[0]
    assert verdict.since == pytest.approx(times[-600], abs=8 * step)


def test_old_rows_are_forgotten():
    detector = SeriesDetector(SeriesSettings(learning=200, history=1_000))
    random = np.random.default_rng(18)
    for _ in range(12):
        detector.update_many(random.normal(size=500))
    assert detector._store._stop - detector._store._base <= 2_000


def test_an_outlier_among_dependent_rows_is_no_change():
    noise = np.random.default_rng(19).normal(size=4_000)
    values = noise.copy()
    for row in range(1, 4_000):
        values[row] += 0.7 * values[row - 1]
    values[3_000] += 1_000
    assert not [v for v in told(values) if 3_000 <= v.at < 3_050]
