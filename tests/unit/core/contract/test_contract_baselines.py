import numpy as np
import pytest

from aright.core.contract.baselines import learn_level, learn_rate
from aright.core.contract.keys import Level, Rate

ROWS = np.ones((40, 3))


def surprise(baseline, k, n):
    return baseline.surprise(Rate(k, n), [1.0, 1.0, 0.0], covered=True).p_value


def test_rare_exceptions_do_not_blur_what_nearly_always_holds():
    nearly = learn_rate([Rate(499 if place % 5 == 0 else 500, 500) for place in range(40)], ROWS)

    assert surprise(nearly, 498, 500) > 0.01
    assert surprise(nearly, 250, 500) < 1e-20


def test_windows_that_vary_more_than_chance_excuse_more():
    steady = learn_rate([Rate(100 + place % 3, 500) for place in range(40)], ROWS)
    restless = learn_rate([Rate(60 + 2 * place, 500) for place in range(40)], ROWS)

    assert surprise(steady, 165, 500) < 1e-8
    assert surprise(restless, 165, 500) > 0.01
    assert restless.dispersion > 3 > steady.dispersion


def test_what_never_came_is_a_surprise_by_its_number():
    never = learn_rate([Rate(0, 500)] * 40, ROWS)

    assert surprise(never, 1, 500) > 0.01
    assert surprise(never, 9, 500) < 1e-8


def test_the_share_of_the_unseen_is_a_floor():
    assert learn_rate([Rate(0, 500)] * 40, ROWS, floor=0.02).k == 400


def test_time_not_covered_is_judged_with_care():
    steady = learn_rate([Rate(100 + place % 3, 500) for place in range(40)], ROWS)

    care = steady.surprise(Rate(165, 500), [1.0, 1.0, 0.0], covered=False).p_value
    assert care > surprise(steady, 165, 500)


def test_a_level_is_never_surer_than_its_own_values():
    usual = learn_level([Level(1 + place % 2 / 100, 500) for place in range(40)], ROWS)
    row = [1.0, 1.0, 0.0]

    sure = usual.surprise(Level(2.0, 500, 0.01), row, floor=0.01, covered=True).p_value
    unsure = usual.surprise(Level(2.0, 500, 0.5), row, floor=0.01, covered=True).p_value
    fewer = usual.surprise(Level(2.0, 5, 0.01), row, floor=0.01, covered=True).p_value

    assert sure < 1e-20
    assert unsure == pytest.approx(0.06, abs=0.04)
    assert sure < fewer
