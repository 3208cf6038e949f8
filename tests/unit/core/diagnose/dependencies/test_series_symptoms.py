"""Metric symptoms: scores that hold on still, bursty and missing series, and onsets of their own."""

import numpy as np
import pytest

from aright.core.diagnose.dependencies.panel import panel_of
from aright.core.diagnose.dependencies.series import chance_of_shifts, metric_symptoms, symptoms_of
from aright.core.model.times import MINUTE
from tests.unit.core.diagnose.dependencies.test_panel import made


def noise(seed, level, size=70, spread=0.05):
    return level * (1.0 + spread * np.random.default_rng(seed).normal(size=size))


def test_a_near_constant_series_does_not_outrank_the_true_one():
    still = np.r_[np.full(60, 512.0), np.full(10, 515.0)]
    slow = np.r_[noise(1, 20.0, 60), np.full(10, 60.0)]
    found = metric_symptoms(made({("a", None, "pool_size"): still, ("b", None, "cpu"): slow}, before=60))
    assert [each.node[0] for each in found] == ["b"]


def test_the_onset_is_searched_and_not_taken_from_the_alarm():
    values = np.r_[noise(2, 10.0, 64), np.full(6, 40.0)]
    found = metric_symptoms(made({("a", "h", "cpu"): values}, before=60))
    assert found[0].onset == 64 * MINUTE
    assert found[0].internal
    assert "cpu of a on h" in found[0].text


def test_a_metric_that_vanished_or_has_no_past_is_no_symptom():
    gone = [*noise(3, 10.0, 60), *[None] * 10]
    new = [*[None] * 58, *[5.0] * 12]
    assert metric_symptoms(made({("a", None, "cpu"): gone, ("b", None, "cpu"): new}, before=60)) == ()


def test_durations_that_fall_are_no_harm_and_success_that_falls_is():
    faster = np.r_[noise(4, 50.0, 60), np.full(10, 5.0)]
    failing = np.r_[np.full(60, 100.0), np.full(10, 60.0)]
    found = metric_symptoms(
        made({("a", None, "latency"): faster, ("b", None, "success_rate"): failing}, before=60)
    )
    assert [(each.node[0], each.internal) for each in found] == [("b", False)]


def test_what_was_nothing_but_zeros_is_half_sure_at_most():
    found = metric_symptoms(made({("a", None, "evictions"): [0.0] * 60 + [9.0] * 10}, before=60))
    assert found[0].score == pytest.approx(3.0)
    assert metric_symptoms(made({("a", None, "evictions"): [0.0] * 70}, before=60)) == ()


def test_instants_and_uptimes_measure_nothing():
    assert metric_symptoms(made({("a", None, "start_timestamp"): [1.0] * 60 + [9.0] * 10}, before=60)) == ()


def test_own_series_score_no_more_than_what_goes_along_with_the_harm():
    panel = panel_of(made({("a", None, "cpu"): np.r_[noise(5, 10.0, 60), [80.0] * 2, [10.0] * 8]}, before=60))
    assert panel is not None
    apart = np.r_[np.zeros(5), np.ones(5)]
    assert symptoms_of(panel)
    assert symptoms_of(panel, apart) == ()


def test_busy_processors_are_no_harm_while_nobody_waits():
    series = {
        ("a", None, "cpu"): np.r_[noise(6, 10.0, 200), np.full(5, 90.0)],
        ("a", None, "latency"): noise(9, 30.0, 205),
    }
    panel = panel_of(made(series, before=200, now=5))
    assert panel is not None
    assert chance_of_shifts(panel) > 0.05
    alone = panel_of(made({("a", None, "cpu"): series["a", None, "cpu"]}, before=200, now=5))
    assert alone is not None
    assert chance_of_shifts(alone) < 0.05


def test_without_healthy_windows_as_long_chance_is_told_by_the_worst_alone():
    panel = panel_of(
        made({("a", None, "latency"): np.r_[noise(8, 10.0, 8), np.full(20, 90.0)]}, before=8, now=20)
    )
    assert panel is not None
    assert chance_of_shifts(panel) < 0.05
