import numpy as np
import pytest

from aright.core.contract.season import clock_of, fit
from aright.core.model.times import DAY, HOUR


def course(values, hours):
    starts = [hour * HOUR for hour in hours]
    design = clock_of(starts).design(starts)
    return fit(design, np.asarray(values, float), np.ones(len(values))), design


def test_noise_has_no_course():
    noise = np.random.default_rng(1).normal(5, 1, 72)

    found, _ = course(noise, range(72))

    assert found.size == 1
    assert found.spread == pytest.approx(noise.std(ddof=1))


def test_a_wave_is_found_and_foretold():
    hours = np.arange(72)
    values = 3 * np.sin(2 * np.pi * hours / 24) + np.random.default_rng(1).normal(0, 0.1, 72)

    found, design = course(values, range(72))

    assert not found.drifts
    assert found.at(design[6].tolist()) == pytest.approx(3, abs=0.2)
    assert found.spread < 0.15


def test_steps_are_found_hour_by_hour():
    values = [float(hour % 24 in (3, 9, 10, 21)) for hour in range(96)]

    found, design = course(values, range(96))

    assert len(found.hours) == 24
    assert found.at(design[9].tolist()) == 1


def test_what_goes_one_way_is_a_trend():
    found, _ = course([2.0 * hour for hour in range(72)], range(72))

    assert found.drifts


def test_neighbours_that_go_together_widen():
    steps, walk = np.random.default_rng(3).normal(0, 1, 200), [0.0]
    for step in steps:
        walk.append(0.7 * walk[-1] + step)

    found, _ = course(walk, range(201))

    assert found.follow > 1


def test_half_a_day_knows_nothing_of_the_day():
    assert clock_of([hour * HOUR for hour in range(12)]).harmonics == 0
    assert clock_of([day * DAY for day in range(40)]).harmonics == 0


def test_no_windows_have_no_course():
    with pytest.raises(ValueError, match="at least one window"):
        fit(np.ones((0, 3)), np.ones(0), np.ones(0))
