from __future__ import annotations

from math import comb, exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.stats.log_rank import GRID, LogRank, log_mean

WEIGHTS = (0.05, 0.15, 0.4, 0.2, 0.1, 0.1)


def filled(stable: float, canary: float, failed: tuple[float, float], times: int = 1) -> LogRank:
    trial = LogRank(1, (*GRID, 1.5))
    for _ in range(times):
        trial.add(
            units=(np.array([stable]), np.array([canary])),
            failed=(np.array([failed[0]]), np.array([failed[1]])),
        )
    return trial


@settings(deadline=None, max_examples=25)
@given(
    st.integers(1, 12),
    st.integers(1, 12),
    st.floats(0.01, 0.4),
    st.sampled_from([(1.0, 2.0), (2.0, 1.0), (1.5, 1.0), (1.0, 10.0)]),
)
def test_the_expectation_is_at_most_one_for_independent_units_on_the_edge_of_the_null(n_s, n_c, p, ratios):
    null, alternative = ratios
    p_c = min(null * p, 1.0)
    p_s = p_c / null
    expectation = 0.0
    for k_s in range(n_s + 1):
        for k_c in range(n_c + 1):
            chance = _binomial(n_s, k_s, p_s) * _binomial(n_c, k_c, p_c)
            trial = LogRank(1, (1.0, 1.5, 2.0, 10.0))
            trial.add(
                units=(np.array([float(n_s)]), np.array([float(n_c)])),
                failed=(np.array([float(k_s)]), np.array([float(k_c)])),
            )
            expectation += chance * exp(trial.log_e(null=null, alternative=alternative)[0])
    assert expectation <= 1 + 1e-9


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=7), st.data(), st.sampled_from([0.5, 2.0, 5.0]))
def test_the_expectation_is_at_most_one_for_graded_losses_whose_sides_are_drawn(losses, data, rise):
    n = len(losses)
    n_c = data.draw(st.integers(1, n - 1))
    total, draws = 0.0, 0
    for pattern in range(1 << n):
        if pattern.bit_count() != n_c:
            continue
        canary = sum(loss for at, loss in enumerate(losses) if pattern >> at & 1)
        trial = LogRank(1, (rise,))
        trial.add(
            units=(np.array([float(n - n_c)]), np.array([float(n_c)])),
            failed=(np.array([sum(losses) - canary]), np.array([canary])),
        )
        total += exp(trial.log_e(null=1.0, alternative=rise)[0])
        draws += 1
    assert total / draws <= 1 + 1e-9


def _binomial(n: int, k: int, p: float) -> float:

    return comb(n, k) * p**k * (1 - p) ** (n - k)


def test_the_interval_holds_what_is_not_refuted():
    low, high = filled(950, 50, (19, 4), times=20).interval(WEIGHTS, alpha=0.01, beta=0.05)
    assert 1 < low[0] < 4 < high[0] < 13
    nothing = LogRank(1).interval(WEIGHTS, alpha=0.01, beta=0.05)
    assert (nothing[0][0], nothing[1][0]) == (0.0, np.inf)


def test_the_lower_end_is_above_one_when_harm_is_refuted_at_the_same_level():
    for times in range(1, 8):
        trial = filled(950, 50, (19, 4), times=times)
        low, _ = trial.interval(WEIGHTS, alpha=0.01, beta=0.05)
        assert (low[0] >= 1) == (trial.harm(WEIGHTS)[0] >= np.log(100))


def test_the_interval_rarely_misses_whenever_it_is_looked_at():
    random, runs, ratio = np.random.default_rng(3), 400, 2.0
    trial = LogRank(runs)
    missed = np.zeros(runs, dtype=np.bool_)
    for _ in range(40):
        stable, canary = random.poisson(950, runs), random.poisson(50, runs)
        failed = random.binomial(stable, 0.02), random.binomial(canary, 0.02 * ratio)
        trial.add(
            units=(stable.astype(float), canary.astype(float)),
            failed=(failed[0].astype(float), failed[1].astype(float)),
        )
        low, high = trial.interval(WEIGHTS, alpha=0.01, beta=0.05)
        missed |= (low > ratio) | (high < ratio)
    assert missed.mean() <= 0.06 + 3 * np.sqrt(0.06 * 0.94 / runs)


def test_an_interval_with_one_side_alone_tells_nothing():
    trial = filled(100, 0, (5, 0))
    assert trial.log_e(null=1.0, alternative=1.5)[0] == 0
    assert trial.units.sum() == 0


def test_a_ratio_that_was_not_named_is_refused():
    with pytest.raises(KeyError, match="none of the points"):
        LogRank(1).fit(1.7)


def test_streams_come_and_go():
    trial = filled(950, 50, (19, 4))
    trial.extend(2)
    assert trial.harm(WEIGHTS).tolist()[1] == 0
    trial.keep(np.array([False, True]))
    assert trial.harm(WEIGHTS).tolist() == [0]


def test_a_mean_of_vanishing_e_values_is_still_a_number():
    assert log_mean(np.array([-2000.0, -3000.0]), np.array([0.5, 0.5])) == pytest.approx(-2000 + np.log(0.5))
