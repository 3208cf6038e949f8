from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aright.core.stats.e_bh import e_bh
from aright.core.stats.e_detector import shiryaev_roberts, windows_between_alarms
from aright.core.stats.e_process import log_e, shifted

RATIOS = (1 / 30, 1 / 3, 1 / 1.15, 1.15, 3.0, 30.0)


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("share", [0.003, 0.25, 0.9])
def test_an_e_value_has_mean_one_at_the_limit_and_less_inside(share, ratio):
    inside = share * 0.8 if ratio > 1 else 1 - (1 - share) * 0.8
    for truth, most in ((share, 1.0 + 1e-9), (inside, 1.0)):
        hit, miss = (np.exp(log_e(np.ones(1), np.array([x]), np.array([share]), ratio)) for x in (1.0, 0.0))
        assert truth * hit[0] + (1 - truth) * miss[0] <= most


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.sampled_from(RATIOS))
@settings(deadline=None, max_examples=60)
def test_values_between_zero_and_one_give_no_more_than_coins_of_their_mean(values, ratio):
    share = float(np.mean(values))
    assume(0.01 <= share <= 0.99)
    each = np.exp(log_e(np.ones(len(values)), np.array(values), np.array([share]), np.array([ratio])))
    assert each.mean() <= 1 + 1e-9


def test_shifting_back_gives_the_same_share():
    share = np.array([0.01, 0.5, 0.97])
    assert shifted(shifted(share, np.full(3, 5.0)), np.full(3, 0.2)) == pytest.approx(share)


def test_the_detectors_mean_grows_by_one_a_window_at_most():
    rng, runs = np.random.default_rng(1), 40_000
    value = np.zeros(runs)
    for _ in range(20):
        counts = rng.binomial(10, 0.2, runs).astype(float)
        value = shiryaev_roberts(value, log_e(np.array([10.0]), counts, np.array([0.2]), np.array([1.3])))
    assert value.mean() == pytest.approx(20, rel=0.1)


def test_false_alarms_come_no_more_often_than_promised():
    """Among 50 streams at their very limits: mean windows to the first alarm, with its standard error."""
    rng, runs, streams, promised = np.random.default_rng(2), 300, 50, 100.0
    first = []
    for _ in range(runs):
        value = np.zeros(streams)
        for window in range(1, 5_000):
            counts = rng.binomial(20, 0.1, streams).astype(float)
            value = shiryaev_roberts(value, log_e(np.array([20.0]), counts, np.array([0.1]), np.array([2.0])))
            if e_bh(value, threshold=promised).any():
                first.append(window)
                break
    assert len(first) == runs
    assert np.mean(first) - 2 * np.std(first) / np.sqrt(runs) >= promised


def test_a_detector_stays_finite():
    value = np.zeros(1)
    for _ in range(10):
        value = shiryaev_roberts(value, np.array([500.0]))
    assert np.isfinite(value).all()


def test_windows_between_alarms():
    assert windows_between_alarms(30, allowed=2, span=86_400) == 1_440


def test_e_bh_lets_through_the_largest_rank_that_reaches():
    assert e_bh(np.array([10.0, 10.0, 0.0]), threshold=5.0).tolist() == [True, True, False]
    assert e_bh(np.array([14.0, 1.0, 0.0]), threshold=5.0).tolist() == [False, False, False]
    assert e_bh(np.zeros(0), threshold=5.0).tolist() == []


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40), st.floats(0.1, 1e4))
@settings(deadline=None, max_examples=100)
def test_what_e_bh_lets_through_has_the_mean_that_is_promised(values, threshold):
    let = e_bh(np.array(values), threshold=threshold)
    if let.any():
        assert np.mean(values) >= threshold * (1 - 1e-9)
        assert min(np.array(values)[let]) >= max(np.array(values)[~let], default=0.0)
