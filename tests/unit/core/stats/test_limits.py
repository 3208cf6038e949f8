from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, chi2

from aright.core.stats.binomial_limit import lower_limit, upper_limit
from aright.core.stats.overdispersion import chi_square_quantile, pearson, upper_dispersion
from aright.core.stats.wilson import wilson


@pytest.mark.parametrize("delta", [0.1, 1e-3])
@pytest.mark.parametrize("n", [5.0, 100.0, 20_000.0])
def test_limits_are_close_to_clopper_and_pearsons(n, delta):
    total = np.array([0.0, 1.0, 1.7, 3.0, n / 2, n - 1])
    exact = beta.ppf(1 - delta, total + 1, n - total)
    limit = upper_limit(np.full(6, n), total, delta=delta)
    assert (limit >= exact * 0.995).all()
    assert (limit <= exact * 1.02 + 1e-12).all()
    assert lower_limit(np.full(6, n), n - total, delta=delta) == pytest.approx(1 - limit)


def test_limits_hold_as_often_as_they_say():
    rng, share, n = np.random.default_rng(3), 0.004, 700
    counts = rng.binomial(n, share, 4_000).astype(float)
    missed = int((upper_limit(np.full(4_000, float(n)), counts, delta=0.05) < share).sum())
    assert missed <= 4_000 * 0.05 + 3 * np.sqrt(4_000 * 0.05 * 0.95)


@given(st.floats(0.5, 1e6), st.floats(0, 1), st.sampled_from([0.2, 1e-3]))
@settings(deadline=None, max_examples=100)
def test_limits_are_shares_on_their_side(n, share, delta):
    size, total = np.array([n]), np.array([n * share])
    low, high = lower_limit(size, total, delta=delta)[0], upper_limit(size, total, delta=delta)[0]
    assert 0 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1


def test_all_events_leave_every_share_possible():
    assert upper_limit(np.array([7.0]), np.array([7.0]), delta=0.01)[0] == 1


@pytest.mark.parametrize("p", [0.001, 0.1, 0.5, 0.9])
def test_chi_square_quantiles(p):
    freedom = np.array([10.0, 19.0, 200.0])
    assert chi_square_quantile(p, freedom) == pytest.approx(
        chi2.ppf(p, freedom), rel=0.01 if p > 0.01 else 0.07
    )
    assert (chi_square_quantile(p, freedom) <= chi2.ppf(p, freedom) * 1.01).all()


def test_over_dispersion_is_found_and_its_limit_holds():
    rng, windows, series = np.random.default_rng(4), 20, 1_000
    covered = 0
    for _ in range(series):
        counts = rng.binomial(40, rng.beta(8, 24, windows)).astype(float)
        sums = (
            np.array([float(part)]) for part in (windows, 40 * windows, counts.sum(), (counts**2 / 40).sum())
        )
        covered += int(upper_dispersion(pearson(*sums), np.array([20.0]), confidence=0.9)[0] >= 1 + 39 / 33)
    assert covered >= 900 - 3 * np.sqrt(90)


def test_independent_coins_have_dispersion_one():
    counts = np.random.default_rng(5).binomial(50, 0.3, 5_000).astype(float)
    sums = (np.array([float(part)]) for part in (5_000, 250_000, counts.sum(), (counts**2 / 50).sum()))
    assert pearson(*sums)[0] == pytest.approx(1, abs=0.06)


def test_wilsons_interval():
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(10, 0).low == 0
    assert wilson(10, 10).high == pytest.approx(1)
    narrow, wide = wilson(100, 30), wilson(100, 30, dispersion=4.0)
    assert wide.low < narrow.low < 0.3 < narrow.high < wide.high


def test_wilsons_interval_holds_as_often_as_it_says():
    rng, n, share = np.random.default_rng(6), 60, 0.1
    held = sum(
        low <= share <= high for low, high in (wilson(n, float(x)) for x in rng.binomial(n, share, 2_000))
    )
    assert held >= 0.93 * 2_000
