"""The target's harm charged to services: amounts, callees taken off, chance."""

from itertools import pairwise

import numpy as np
import pytest

from aright.core.diagnose.dependencies.chance import (
    chance_of,
    chance_without,
    nobody_of,
    window_starts,
)
from aright.core.diagnose.dependencies.charging import Edges, charge, edges_between
from aright.core.diagnose.dependencies.spread import spread_of
from aright.core.diagnose.dependencies.stretches import worst_stretches


def alone(rows):
    none = np.zeros(0, np.int64)
    return Edges(caller=none, callee=none, share=np.zeros(0), service=np.arange(rows))


SEEN_FOR = np.array([0.0, 0.0, 30.0, 30.0, 0.0])


def test_a_caller_is_relieved_of_what_its_callee_explains():
    edges = edges_between([("a", ""), ("b", "")], {("a", "b"): 1.0})
    found = charge(np.array([SEEN_FOR, SEEN_FOR]), np.ones(2), [0], edges)
    assert found is not None
    assert found.seen == pytest.approx([1.0, 1.0])
    assert found.own[0] < 0.01
    assert found.own[1] == pytest.approx(1.0)
    assert (found.first, found.last) == (2, 4)


def test_who_is_slow_at_other_times_has_no_share():
    found = charge(np.array([SEEN_FOR, SEEN_FOR[::-1] - SEEN_FOR]), np.ones(2), [0], alone(2))
    assert found is not None
    assert found.seen[1] <= 0.0
    assert found.sure[1] == 0.0


def test_what_is_unknown_is_neither_for_nor_against():
    gap = np.array([np.nan, np.nan, np.nan, 30.0, np.nan])
    found = charge(np.array([SEEN_FOR, gap, np.full(5, np.nan)]), np.ones(3), [0], alone(3))
    assert found is not None
    assert found.seen[1] == pytest.approx(1.0)
    assert found.sure[1] < found.sure[0]
    assert found.seen[2] == 0.0


def test_a_target_that_is_better_than_usual_is_not_harmed():
    assert charge(np.array([-SEEN_FOR]), np.ones(1), [0], alone(1)) is None
    assert charge(np.full((1, 3), np.nan), np.ones(1), [0], alone(1)) is None


def test_new_callees_are_not_taken_off_their_callers():
    edges = edges_between(
        [("a", ""), ("b", ""), ("c", "")], {("a", "b"): 1.0, ("a", "c"): 1.0, ("a", "z"): 1.0}
    )
    assert edges.without(np.array([False, True, False])).callee.tolist() == [2]


def test_stretches_are_found_whatever_the_number_of_rows_at_once(monkeypatch):
    monkeypatch.setattr("aright.core.diagnose.dependencies.stretches.CELLS", 1)
    found = worst_stretches(np.array([[0.0, 5.0, np.nan, 5.0], [1.0, 0.0, 0.0, 0.0]]))
    assert (found.first.tolist(), found.last.tolist()) == ([1, 0], [4, 1])


@pytest.mark.parametrize("still", [np.full(50, 7.0), np.r_[np.full(48, 7.0), 9.0, 9.0]])
def test_a_series_that_hardly_moves_has_a_spread_all_the_same(still):
    assert spread_of(still[None, :], np.array([7.0]))[0] >= 0.14


def test_windows_lie_within_the_reference_and_are_not_too_many():
    assert len(window_starts(5_000, 10)) <= 300
    assert max(window_starts(5_000, 10)) == 4_990
    assert window_starts(3, 5) == []


def test_chances_fall_with_strength_and_never_reach_nought():
    healthy = np.random.default_rng(1).gumbel(3.0, 1.0, 400)
    chances = [chance_of(each, healthy, 80) for each in (0.0, 3.0, 6.0, 12.0, 100.0)]
    assert all(one > other > 0.0 for one, other in pairwise(chances))


def test_few_windows_cannot_make_sure():
    healthy = np.linspace(1.0, 2.0, 100)
    assert chance_of(2.1, healthy, 4) > 0.15
    assert chance_of(2.1, healthy, 100) < 0.05


def test_where_nothing_healthy_is_known_nothing_is_told_by_it():
    assert chance_of(50.0, np.zeros(0), 0) == 1.0
    assert chance_of(50.0, np.zeros(30), 30) == pytest.approx(1 / 31)
    assert chance_without(1.0, 5) == 1.0


def test_windows_judged_at_the_level_are_blamed_as_often_as_it_says():
    rng = np.random.default_rng(7)
    blamed = [
        nobody_of(chance_of(float(rng.gumbel()), rng.gumbel(size=200), 200)) < 0.5 for _ in range(1_000)
    ]
    assert np.mean(blamed) < 0.05 + 3.0 * np.sqrt(0.05 * 0.95 / 1_000)
