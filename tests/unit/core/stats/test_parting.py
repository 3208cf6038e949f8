"""Where curves part: told where they do, and seldom where only noise differs."""

import numpy as np

from aright.core.stats.parting import parting

STEPS = np.arange(200.0)
FALLS = 0.2 + 2 / (1 + STEPS / 10)


def noisy(seed, size=0.05):
    return FALLS + np.random.default_rng(seed).normal(0, size, len(STEPS))


def test_two_runs_that_differ_by_noise_alone_part_in_at_most_one_of_twenty_pairs():
    parted = [parting((STEPS, noisy(2 * seed)), (STEPS, noisy(2 * seed + 1))) for seed in range(100)]

    assert sum(each is not None for each in parted) <= 5


def test_a_rise_is_found_near_its_step_in_noise():
    for seed in range(20):
        risen = noisy(2 * seed) + np.where(STEPS < 90, 0.0, 0.5)
        found = parting((STEPS, noisy(2 * seed + 1)), (STEPS, risen))
        assert found is not None
        assert abs(found.step - 90) <= 3
        assert found.until is None


def test_curves_logged_at_other_steps_are_compared_where_both_are_known():
    thin = STEPS[::7]
    assert parting((STEPS, FALLS), (thin, FALLS[::7])) is None
    found = parting((STEPS, FALLS), (thin, FALLS[::7] + 1))
    assert found is not None
    assert found.step == 0


def test_too_little_in_common_is_no_parting():
    assert parting((STEPS[:50], FALLS[:50]), (STEPS[60:], FALLS[60:])) is None
    assert parting((STEPS, FALLS), (STEPS[:3], FALLS[:3] + 9)) is None


def test_constants_at_zero_part_when_one_of_them_rises():
    found = parting((STEPS, np.zeros(200)), (STEPS, np.where(STEPS < 100, 0.0, 1e-3)))
    assert found is not None
    assert found.step == 100


def test_one_point_that_is_away_is_no_parting():
    spike = FALLS.copy()
    spike[50] += 30
    assert parting((STEPS, FALLS), (STEPS, spike)) is None
