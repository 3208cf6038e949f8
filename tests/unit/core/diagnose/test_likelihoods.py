"""The likelihood ratio and the expectation it is held against."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.diagnose.baseline import expected_log_odds
from aright.core.diagnose.likelihood import gain, information, logit, replaced, risen, shift, sigmoid
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


@settings(max_examples=60, deadline=None)
@given(
    counts=COUNTS, chance=st.floats(0.0, 1.0), seed=st.integers(0, 99), bad=st.sampled_from([1.0, 0.5, 0.3])
)
def test_the_fitted_share_of_replaced_answers_is_the_best_of_all(counts, chance, seed, bad):
    count = np.array([counts])
    rng = np.random.default_rng(seed)
    offset = rng.normal(-1.0, 2.5, size=(len(counts),))
    lost = count * np.clip(sigmoid(offset) + chance * rng.random(len(counts)), 0.0, 1.0)
    best = float(replaced(count, lost, offset, bad)[0])
    rate = sigmoid(offset)

    def explained(at):
        p = rate + at * (bad - rate)
        return float((lost * np.log(p / rate) + (count - lost) * np.log((1.0 - p) / (1.0 - rate))).sum())

    top = max(explained(each) for each in np.linspace(0.0, 0.999, 400))
    if (count @ (bad - rate))[0] <= 0.0:
        top = 0.0  # no rise
    assert best >= top - 1e-3 - 1e-6 * abs(top)


def test_a_rise_of_either_kind_explains_what_it_made():
    offset = np.array([logit(np.array(0.001)), logit(np.array(0.3))])
    count = np.array([[500.0, 500.0]])
    replaced = count * (sigmoid(offset) + 0.2 * (1.0 - sigmoid(offset)))
    worse = count * sigmoid(offset + 1.0)
    for lost in (replaced, worse):
        alone = (
            risen(count[:, :1], lost[:, :1], offset[:1])[0] + risen(count[:, 1:], lost[:, 1:], offset[1:])[0]
        )
        assert risen(count, lost, offset)[0] > alone - 1.5
    fallen = count * sigmoid(offset - 1.0)
    assert risen(count, fallen, offset)[0] == 0.0


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
