"""Bets on pairs: valid whatever the coupling, and strong where they can be."""

from __future__ import annotations

import math

import numpy as np
import pytest

from aright.core.stats.paired_bets import PairedBets

ALPHA = 0.05
RUNS = 150


def _run(rng: np.random.Generator, *, stable: float, candidate: float, keep: float, each: int) -> bool:
    bets = PairedBets(1)
    other = (candidate - stable * keep) / (1 - stable)
    for _ in range(20):
        old = rng.random(50) < stable
        new = rng.random(50) < np.where(old, keep, other)
        others = rng.binomial(each, stable, 50) / each if each else None
        bets.add(0, new.astype(float), old.astype(float), others)
        if bets.harm()[0] >= -math.log(ALPHA):
            return True
    return False


@pytest.mark.parametrize("keep", [1.0, 0.5, 0.1])
@pytest.mark.parametrize("each", [0, 1, 19])
def test_a_candidate_that_is_as_good_is_seldom_blamed(keep: float, each: int) -> None:
    rng = np.random.default_rng(5)
    blamed = sum(_run(rng, stable=0.1, candidate=0.1, keep=keep, each=each) for _ in range(RUNS))

    assert blamed <= RUNS * ALPHA + 3 * math.sqrt(RUNS * ALPHA)


def test_harm_is_found_with_either_kind_of_pairs() -> None:
    rng = np.random.default_rng(6)

    assert sum(_run(rng, stable=0.05, candidate=0.15, keep=1.0, each=0) for _ in range(50)) >= 48
    assert sum(_run(rng, stable=0.05, candidate=0.15, keep=0.15, each=19) for _ in range(50)) >= 48


def test_the_interval_holds_the_ratio() -> None:
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(100):
        bets = PairedBets(1)
        old = rng.random(4_000) < 0.05
        new = np.where(old, rng.random(4_000) < 0.8, rng.random(4_000) < 0.0632)
        bets.add(0, new.astype(float), old.astype(float))
        low, high = bets.interval(alpha=0.05, beta=0.05)
        held += bool(low[0] <= 2.0 <= high[0])
        assert low[0] > 1.0
        assert math.isfinite(high[0])
    assert held >= 88


def test_a_good_candidate_comes_to_fit() -> None:
    bets = PairedBets(2, (1.5,))
    failed = (np.arange(2_000) % 20 == 0).astype(float)
    bets.add(1, failed, failed)

    assert bets.fit(1.5)[0] == pytest.approx(0.0)
    assert bets.fit(1.5)[1] > -math.log(0.05)
    assert bets.harm()[1] <= 0
    with pytest.raises(KeyError, match="name it when they are made"):
        bets.fit(1.7)


def test_nothing_is_ruled_out_where_nothing_is_known_and_new_streams_begin_so() -> None:
    bets = PairedBets(1)
    bets.add(0, np.ones(9), np.zeros(9))
    bets.extend(2)

    low, high = bets.interval(alpha=0.01, beta=0.01)
    assert bets.harm()[0] > bets.harm()[1] == pytest.approx(0.0)
    assert (low[1], high[1]) == (0.0, math.inf)
    assert bets.pairs.tolist() == [9, 0]
    assert bets.lost.tolist() == [[0.0, 0.0], [9.0, 0.0]]


def test_others_that_are_missing_leave_the_pair_alone() -> None:
    alone, beside = PairedBets(1), PairedBets(1)
    new, old = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    alone.add(0, new, old)
    beside.add(0, new, old, np.full(2, np.nan))

    assert alone.harm()[0] == pytest.approx(beside.harm()[0])


def test_parts_of_losses_count_as_parts() -> None:
    whole, half = PairedBets(1), PairedBets(1)
    whole.add(0, np.full(20, 0.8), np.full(20, 0.4))
    half.add(0, np.full(20, 0.6), np.full(20, 0.4))

    assert whole.harm()[0] > half.harm()[0] > 0
