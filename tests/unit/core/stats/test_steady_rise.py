"""The evidence for a steady rise is an e-value for noise and for random walks."""

from __future__ import annotations

import numpy as np
import pytest

from aright.core.stats.mann_kendall import rising_log_p
from aright.core.stats.p_to_e import e_from_log_p
from aright.core.stats.steady_rise import steady_rise_e_value, without_waves

LAWS = {
    "noise": lambda random: random.normal(size=48),
    "random walk": lambda random: random.normal(size=48).cumsum(),
    "heavy tails": lambda random: random.standard_cauchy(size=48),
    "related": lambda random: np.convolve(random.normal(size=52), np.ones(5), mode="valid"),
}


@pytest.mark.parametrize("law", LAWS)
def test_it_seldom_speaks_where_nothing_rises(law):
    random = np.random.default_rng(4)
    values = np.array([steady_rise_e_value(LAWS[law](random)) for _ in range(600)])
    for limit in (10, 100):
        allowed = 600 / limit
        assert (values >= limit).sum() <= allowed + 3 * np.sqrt(allowed)


def test_it_speaks_of_lines():
    random = np.random.default_rng(5)
    rows = np.arange(48.0)
    assert steady_rise_e_value(rows + random.normal(size=48)) > 1e5
    assert steady_rise_e_value(rows) > 1e12
    assert steady_rise_e_value(-rows) == 0.5
    assert steady_rise_e_value(np.full(48, 3.0)) == 0.5
    small_but_of_noise = rows + random.normal(0, 12, 48)
    assert steady_rise_e_value(small_but_of_noise) > 10


def test_waves_are_taken_off_beside_the_line():
    at = np.arange(0, 3, 1 / 32)
    rising = at + 4 * np.sin(2 * np.pi * at + 1)
    assert steady_rise_e_value(without_waves(at, rising, period=1.0), without_waves=True) > 1e6
    assert steady_rise_e_value(rising) < 10


def test_the_calibrator_is_monotone_and_has_mean_one():
    log_ps = np.log(np.linspace(5e-7, 1, 200_000))
    values = np.array([e_from_log_p(log_p) for log_p in log_ps])
    assert (np.diff(values) <= 1e-9).all()
    assert values.mean() <= 1.0
    assert e_from_log_p(-1e9) == e_from_log_p(-600.0)


def test_ranks_alone_count():
    values = np.random.default_rng(6).normal(size=30)
    assert rising_log_p(values) == rising_log_p(np.exp(values))
    assert rising_log_p(np.sort(values), effective=0.25) > rising_log_p(np.sort(values))
