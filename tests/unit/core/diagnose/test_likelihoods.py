"""The likelihood ratio and the expectation it is held against."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.diagnose.baseline import expected_log_odds
from aright.core.diagnose.likelihood import gain, information, logit, shift, sigmoid
from aright.core.diagnose.rows import Attribute

COUNTS = st.lists(st.floats(0.5, 500.0), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(counts=COUNTS, rate=st.floats(0.0, 1.0), seed=st.integers(0, 99))
def test_the_fitted_shift_is_the_best_of_all(counts, rate, seed):
    count = np.array([counts])
    offset = np.random.default_rng(seed).normal(0.0, 1.5, size=(len(counts),))
    total = rate * count.sum(axis=1)
    theta = shift(count, total, offset)
    best = gain(count, total, offset, theta)[0]
    others = [gain(count, total, offset, np.array([each]))[0] for each in np.linspace(-8, 8, 81)]
    top = max(others)
    assert best >= top - 1e-6 * max(1.0, top)
    assert best >= 0.0


def test_a_loss_that_fell_gains_nothing():
    count, offset = np.array([[80.0, 20.0]]), np.array([0.0, 1.0])
    total = np.array([20.0])
    assert gain(count, total, offset, shift(count, total, offset))[0] == 0.0


def test_information_and_logit_are_what_they_say():
    rate = np.array([0.2, 0.7])
    assert np.allclose(sigmoid(logit(rate)), rate)
    assert np.allclose(information(np.array([[10.0, 5.0]]), logit(rate)), [10 * 0.16 + 5 * 0.21])


def test_main_effects_are_learned_from_the_reference_alone():
    rng = np.random.default_rng(4)
    one, two = (rng.integers(0, 2, 20_000).astype(np.int32) for _ in range(2))
    rate = 0.2 + 0.3 * one + 0.1 * two
    loss = (rng.random(20_000) < rate).astype(float)
    fit = np.arange(20_000) < 15_000
    loss[~fit] = 1.0  # must not be looked at
    attributes = [
        Attribute(name, f"attr.{name}", system=False, values=("0", "1"), codes=codes)
        for name, codes in (("one", one), ("two", two))
    ]
    expected = sigmoid(expected_log_odds(loss, np.ones(20_000), fit, attributes))
    for a in (0, 1):
        for b in (0, 1):
            cell = (one == a) & (two == b)
            assert abs(expected[cell][0] - (0.2 + 0.3 * a + 0.1 * b)) < 0.03


def test_a_value_never_seen_leans_on_the_rest():
    codes = np.array([0] * 100 + [1] * 10, dtype=np.int32)
    attribute = Attribute("one", "attr.one", system=False, values=("old", "new"), codes=codes)
    loss = np.array([0.0, 1.0, 1.0, 1.0] * 25 + [0.0] * 10)
    odds = expected_log_odds(loss, np.ones(110), np.arange(110) < 100, [attribute])
    assert abs(odds[-1] - odds[0]) < 0.2
