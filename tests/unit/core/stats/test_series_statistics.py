from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.stats import theilslopes

from aright.core.stats.autoregression import filtered, fit_autoregression
from aright.core.stats.block_variance import inflation
from aright.core.stats.local_trend import Wander, advanced, likelihoods, predicted_variance, tracked, unknown
from aright.core.stats.normal_scores import normal_scores
from aright.core.stats.seasonal_lines import NO_SEASON, find_lines
from aright.core.stats.shift_mixture import SHIFTS, backtested, bets_on, onset, shiryaev_roberts_path
from aright.core.stats.step_or_ramp import step_or_ramp
from aright.core.stats.straightness import bend
from aright.core.stats.theil_sen import theil_sen


def seeded(seed):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("lags", [[0.5], [0.9], [-0.6], [0.5, 0.3]])
def test_autoregression_is_found_again(lags):
    values = lfilter([1.0], [1.0, *(-np.array(lags))], seeded(1).normal(size=20_000))
    found = fit_autoregression(values, most=8)
    assert len(found) >= len(lags)
    assert found[: len(lags)] == pytest.approx(lags, abs=0.03)


def test_filtering_leaves_the_noise():
    noise = seeded(2).normal(size=500)
    values = lfilter([1.0], [1.0, -0.5], noise)
    assert filtered(values, np.array([0.5])) == pytest.approx(noise[1:])
    assert len(filtered(values[:1], np.array([0.5, 0.1]))) == 0


def test_white_noise_and_constants_have_no_autoregression():
    orders = [len(fit_autoregression(seeded(seed).normal(size=2_000), most=8)) for seed in range(50)]
    assert sum(order > 0 for order in orders) <= 5
    assert len(fit_autoregression(np.full(100, 3.0), most=8)) == 0
    assert len(fit_autoregression(np.zeros(0), most=8)) == 0


def test_a_line_that_foretells_all_ends_the_search():
    values = np.where(np.arange(400) % 2, 1.0, -1.0)
    assert fit_autoregression(values, most=4)[0] == pytest.approx(-1, abs=0.01)


@pytest.mark.parametrize("law", ["normal", "lognormal", "whole", "rare"])
def test_normal_scores_are_bounded_and_centred(law):
    values = {
        "normal": seeded(3).normal(size=3_000),
        "lognormal": seeded(3).lognormal(0, 2, 3_000),
        "whole": seeded(3).poisson(2, 3_000).astype(float),
        "rare": (seeded(3).random(3_000) < 0.05).astype(float),
    }[law]
    scores = normal_scores(values, bound=3.0, margin=1.0)
    own = scores(values)
    assert abs(own.mean()) < 0.1
    assert np.abs(scores(np.array([-1e9, 1e9]))).max() <= 3.0
    assert (np.diff(scores(np.sort(values))) >= 0).all()


def test_theil_sen_equals_scipys():
    random = seeded(4)
    x, y = np.arange(60.0), 0.1 * np.arange(60.0) + random.standard_t(2, 60)
    slope = theil_sen(x, y, deviate=1.959964)
    theirs = theilslopes(y, x, 0.95)
    assert slope.value == pytest.approx(theirs.slope)
    assert (slope.low, slope.high) == pytest.approx((theirs.low_slope, theirs.high_slope), abs=0.02)


def test_bets_are_e_values_for_what_they_were_made_from():
    laws = (seeded(5).normal(size=50_000), seeded(6).exponential(size=50_000) - 1)
    for seed, drawn in enumerate(laws):
        values = np.clip(drawn, -3, 3)
        shifts = np.array([*SHIFTS, *(-size for size in SHIFTS)])
        bets = bets_on(shifts, values, inflation=np.ones(len(shifts)), slack=np.zeros(len(shifts)))
        assert (np.exp(bets.log_e(values)).mean(axis=1) <= 1 + 1e-9).all(), seed


def test_the_mixture_keeps_its_run_length_on_white_noise():
    """Of 400 runs of 2,000 rows at A = 10,000 at most 18 % may alarm; the exact limit is far from it."""
    reference = seeded(7).normal(size=100_000)
    shifts = np.array([*SHIFTS, *(-size for size in SHIFTS)])
    bets = bets_on(shifts, reference, inflation=np.ones(8), slack=np.zeros(8))
    alarms = 0
    for seed in range(400):
        scores = np.clip(seeded([7, seed]).normal(size=2_000), -3, 3)
        values, reached = np.zeros(8), False
        for start in range(0, 2_000, 100):
            path = shiryaev_roberts_path(values, bets.log_e(scores[start : start + 100]))
            reached = reached or bool((path.mean(axis=0) >= 10_000).any())
            values = path[:, -1]
        alarms += reached
    assert alarms <= 0.18 * 400


def test_backtested_bets_stay_where_chance_explains_the_reference():
    lowered = 0
    for seed in range(60):
        reference = seeded([8, seed]).normal(size=2_000)
        bets = bets_on(np.array([0.45, -0.45]), reference, inflation=np.ones(2), slack=np.zeros(2))
        lowered += bool((backtested(bets, reference).stakes != bets.stakes).any())
    assert lowered <= 9


def test_onset_of_a_shift():
    log_e = np.where(np.arange(100) < 60, -0.5, 0.5)
    assert onset(log_e) == 60


def test_inflation_sees_long_swings_only_in_long_blocks():
    slow = np.repeat(seeded(9).normal(size=512), 8) * 0.5 + seeded(10).normal(size=4_096)
    short, long = inflation(slow, np.array([1.0, 64.0]), confidence=0.99)
    assert short < 1.5 < long < 6


def test_seasonal_lines_pass_over_autocorrelation():
    noise = [lfilter([1.0], [1.0, -0.9], seeded([11, seed]).normal(size=2_000)) for seed in range(30)]
    assert sum(len(find_lines(values, chance=1e-3)) > 0 for values in noise) <= 3
    rows = np.arange(2_000)
    season = 2 * np.sin(2 * np.pi * rows / 96) + np.sin(2 * np.pi * rows / 48)
    found = find_lines(season + noise[0] / 4, chance=1e-3)
    assert sorted(1 / found) == pytest.approx([48, 96], rel=0.01)


def test_short_series_have_no_lines():
    assert len(find_lines(np.arange(10.0), chance=1e-3)) == 0
    assert NO_SEASON(np.arange(3.0)).tolist() == [0, 0, 0]
    assert NO_SEASON.longest == 0


def test_the_local_level_is_the_mean_where_nothing_moves():
    means = seeded(12).normal(3, 1, 200)
    level = tracked(means, Wander(), noise=1.0, burn=4).level
    assert level.at == pytest.approx(means.mean(), abs=0.05)
    assert level.var == pytest.approx(1 / 201, rel=0.01)


def test_a_slope_stays_within_its_limit():
    wander = Wander(steepest=0.1)
    level = unknown(wander, at=0.0, var=1.0)
    for number in range(300):
        level = advanced(level, wander, innovation=0.5 * number - level.at, noise=1.0)
    assert level.slope == 0.1
    assert predicted_variance(level) > 0


def test_likelihood_tells_how_a_level_moves():
    random = seeded(13)
    ways = [Wander(), Wander(level=0.05), Wander(steepest=math.inf)]
    walk = np.cumsum(random.normal(0, 0.22, 600)) + random.normal(size=600)
    line = 0.05 * np.arange(600) + random.normal(size=600)
    for means, best in ((random.normal(size=600), 0), (walk, 1), (line, 2)):
        assert int(np.argmax(likelihoods(means, ways, noise=1.0, burn=4))) == best


def test_step_and_ramp_are_told_apart_more_often_than_not():
    right = 0
    for seed in range(100):
        noise = seeded([14, seed]).normal(size=400)
        step = step_or_ramp(noise + 0.4 * (np.arange(400) >= 250))
        ramp = step_or_ramp(noise + 0.8 * np.maximum(np.arange(400) - 250, 0) / 150)
        right += int(step.step > step.ramp) + int(ramp.ramp > ramp.step)
    assert right >= 120


def test_a_line_is_straight_and_a_curve_is_not():
    at = np.linspace(0, 1, 60)
    noise = seeded(15).normal(0, 0.01, 60)
    assert bend(at + noise).deviates < 3.5
    assert bend(at**2 + noise).deviates > 10
