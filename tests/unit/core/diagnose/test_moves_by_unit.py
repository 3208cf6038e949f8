"""Two sides held against each other by all rows of their units, each unit weighing as one."""

import numpy as np

from aright.core.diagnose.features import Bin, Feature
from aright.core.diagnose.moves import distance_by_units, distance_of

BINS = 8


def looked(unit, later, codes):
    feature = Feature("x", "x", codes.astype(np.int32), (Bin.USUAL,) * BINS, np.full(len(codes), np.nan))
    return distance_by_units(feature, np.ones(len(codes), dtype=bool), later, unit)


def alike(rng, *, units=40, rows=20, moved=0.0, persistent=0.8):
    """Units that mostly stay in a bin of their own; the later side may move on by one bin."""
    unit = np.repeat(np.arange(2 * units), rows)
    later = unit >= units
    own = rng.integers(0, BINS, 2 * units)[unit]
    codes = np.where(rng.random(len(unit)) < persistent, own, rng.integers(0, BINS, len(unit)))
    codes = np.where(later & (rng.random(len(unit)) < moved), 0, codes)
    return unit, later, codes


def test_rows_of_one_unit_that_are_alike_are_no_evidence():
    rng = np.random.default_rng(11)
    false = sum(looked(*alike(rng))[1] < 0.05 for _ in range(300))
    assert false <= 27  # 15 are expected; more than 27 in one of a thousand


def test_more_rows_of_the_same_units_tell_more():
    rng = np.random.default_rng(12)
    few, many = (
        [looked(*alike(rng, rows=rows, moved=0.25, persistent=0.1))[1] for _ in range(40)] for rows in (1, 20)
    )
    assert sum(p < 0.01 for p in few) < 20
    assert sum(p < 0.01 for p in many) >= 38


def test_a_burst_of_one_unit_is_no_movement():
    rng = np.random.default_rng(13)
    unit, later, codes = alike(rng, persistent=0.0)
    burst = np.full(4_000, unit[-1])
    found = looked(
        np.concatenate([unit, burst]),
        np.concatenate([later, np.ones(4_000, dtype=bool)]),
        np.concatenate([codes, np.zeros(4_000, dtype=int)]),
    )
    assert found[1] > 0.01
    assert found[0] < 0.1


def test_one_row_of_each_unit_is_the_plain_test():
    rng = np.random.default_rng(14)
    unit, later, codes = alike(rng, units=200, rows=1, moved=0.2)
    feature = Feature("x", "x", codes.astype(np.int32), (Bin.USUAL,) * BINS, np.full(len(codes), np.nan))
    plain = distance_of(feature, np.ones(len(codes), dtype=bool), later)
    found = looked(unit, later, codes)
    assert found[0] == plain[0]
    assert np.isclose(np.log(found[1]), np.log(plain[1]), rtol=0.02)


def test_units_that_are_too_few_tell_nothing_and_units_that_are_all_alike_count_by_their_rows():
    unit, later = np.repeat(np.arange(24), 5), np.repeat(np.arange(24), 5) >= 12
    assert looked(unit // 3, later, np.zeros(120)) == (0.0, 1.0)
    distance, p_value = looked(unit, later, later.astype(int))
    assert distance == 1.0
    assert p_value < 1e-20


def followed(rng, *, units=40, before=4, after=2, persistent=0.8, moved=0.0):
    """The same units before and after, each mostly in a bin of its own."""
    unit = np.concatenate([np.repeat(np.arange(units), before), np.repeat(np.arange(units), after)])
    later = np.arange(len(unit)) >= units * before
    own = rng.integers(0, BINS, units)[unit]
    codes = np.where(rng.random(len(unit)) < persistent, own, rng.integers(0, BINS, len(unit)))
    return unit, later, np.where(later & (rng.random(len(unit)) < moved), 0, codes)


def test_units_that_were_there_before_are_their_own_baseline():
    rng = np.random.default_rng(15)
    assert sum(looked(*followed(rng))[1] < 0.05 for _ in range(300)) <= 27
    assert sum(looked(*followed(rng, moved=0.3))[1] < 0.01 for _ in range(40)) >= 38
    strangers = [looked(*alike(rng, rows=2, moved=0.3))[1] for _ in range(40)]
    assert sum(p < 0.01 for p in strangers) < 30, "whose own bins are noise"


def test_units_of_which_none_or_one_changed_tell_nothing():
    unit, later = np.tile(np.arange(20), 2), np.repeat([False, True], 20)
    assert looked(unit, later, unit % BINS) == (0.0, 1.0)
    codes = unit % BINS
    codes[-1] = (codes[-1] + 1) % BINS
    distance, p_value = looked(unit, later, codes)
    assert p_value == 1.0
    assert 0.0 < distance < 0.1
