"""Axes, blocks, sums, search and noise, each by itself."""

from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest

from aright.core.diagnose.cube.axes import MAX_VALUES, axes_of
from aright.core.diagnose.cube.counts import spread_of, usual_periods
from aright.core.diagnose.cube.deviations import deviations, noise_of
from aright.core.diagnose.cube.grid import Grid, blocks_of
from aright.core.diagnose.cube.search import MOST_ROOTS, search


def test_rare_values_are_pooled():
    values = [f"v{at}" for at in range(100) for _ in range(100 - at)]
    (axis,) = axes_of(pa.table({"name": values}), ["name"])
    assert axis.size == MAX_VALUES + 1
    assert axis.pooled == MAX_VALUES
    assert axis.conditions[axis.pooled].startswith("NOT (")
    assert int((axis.codes == axis.pooled).sum()) == sum(range(1, 100 - MAX_VALUES + 1))


def test_few_whole_numbers_are_names_and_many_are_cut():
    few, many = axes_of(pa.table({"few": [1, 2] * 50, "many": range(100)}), ["few", "many"])
    assert few.labels == ("1", "2")
    assert not few.ordered
    assert many.ordered
    assert many.size == 8


def test_numbers_without_a_value_are_a_code_of_their_own():
    (axis,) = axes_of(pa.table({"x": [1.0, 2.0, None, float("nan")]}), ["x"])
    assert axis.labels[-1] == "no number"
    assert axis.codes[-1] == axis.codes[-2] == axis.size - 1


def test_a_column_without_any_number_is_no_axis():
    assert axes_of(pa.table({"x": pa.array([None, None], pa.float64())}), ["x"]) == []


def test_blocks_hold_every_triple_and_stay_small():
    shape = (8, 64, 5, 9, 3, 12, 7, 2, 30)
    blocks = blocks_of(shape)
    for triple in combinations(range(len(shape)), 3):
        assert any(set(triple) <= set(block) for block in blocks)
    assert all(np.prod([shape[each] for each in block]) <= 2**16 for block in blocks)


@pytest.mark.parametrize("sizes", [(3, 4, 5), (40, 50, 30, 20, 2)])
def test_sums_are_those_of_the_cells_however_they_are_made(sizes):
    rng = np.random.default_rng(0)
    codes = [rng.integers(0, size, 500) for size in sizes]
    values = rng.random(500)
    grid = Grid(sizes, codes)
    sums = grid.sums(np.array([values, -values]))
    assert grid.deepest == 3
    for kept in combinations(range(len(sizes)), 2):
        assert sums[kept].shape == (2, *(sizes[each] for each in kept))
        chosen = tuple(int(codes[each][0]) for each in kept)
        element = tuple(zip(kept, chosen, strict=True))
        assert sums[kept][(0, *chosen)] == -sums[kept][(1, *chosen)]
        assert sums[kept][(0, *chosen)] == pytest.approx(values[grid.inside(element)].sum())


def test_a_parent_takes_its_childs_place():
    grid = Grid((4, 6), [np.repeat(np.arange(4), 6), np.tile(np.arange(6), 4)])
    evidence = np.full(24, -1.0)
    evidence[:6] = [30.0, 8.0, 8.0, 8.0, 8.0, 8.0]
    narrow = np.full(24, -50.0)
    narrow[0] = 90.0
    found, free = search(grid, np.array([evidence, narrow]), price=3.0)
    assert [each.element for each in found] == [((0, 0),)]
    assert not free[:6].any()
    assert free[6:].all()


def test_no_more_roots_than_anybody_could_act_on():
    grid = Grid((100,), [np.arange(100)])
    found, _ = search(grid, np.full((1, 100), 50.0), price=1.0)
    assert len(found) <= MOST_ROOTS


def test_nothing_to_look_at_finds_nothing():
    grid = Grid((2,), [np.array([0, 1])])
    found, free = search(grid, np.zeros((0, 2)), price=1.0)
    assert found == []
    assert free.all()


def test_noise_is_learned_beside_a_larger_group_that_deviates():
    rng = np.random.default_rng(0)
    quiet, hit = rng.normal(0.0, 0.1, 4000), rng.normal(1.4, 0.03, 3500)
    deviation = np.concatenate([quiet, hit])
    noise = noise_of(deviation, np.ones(7500), np.ones(7500, dtype=bool))
    assert noise.common == pytest.approx(0.0, abs=0.02)
    assert float(np.median(noise.width)) == pytest.approx(0.1, rel=0.15)


def test_heavy_tails_make_far_cells_less_rare():
    rng = np.random.default_rng(1)
    everywhere = np.ones(20_000, dtype=bool)
    scores = [
        float(noise_of(each, np.ones(20_000), everywhere).scores(8.0 * np.ones(20_000))[0])
        for each in (rng.normal(0, 1, 20_000), rng.standard_t(4, 20_000))
    ]
    assert scores[0] > 6.0
    assert scores[1] < 4.5


def test_a_few_cells_have_noise_too():
    assert noise_of(np.zeros(0), np.zeros(0), np.zeros(0, dtype=bool)).common == 0.0
    assert noise_of(np.ones(1), np.ones(1), np.ones(1, dtype=bool)).common == 1.0


def test_deviations_are_bounded():
    assert np.abs(deviations(np.array([1e9, 0.0, -3.0]), np.array([0.0, 1e-9, 3.0]))).max() <= 2.0


def test_poisson_counts_have_no_spread_of_their_own():
    rng = np.random.default_rng(2)
    mean = rng.gamma(1.0, 30.0, 5000) + 1.0
    found = spread_of(rng.poisson(mean).astype(float), mean, np.ones(5000), 9.0)
    assert found.chance < 1.05
    assert found.rate < 0.005


def test_clumps_are_told_from_wandering_rates():
    rng = np.random.default_rng(3)
    mean = rng.gamma(1.0, 100.0, 5000) + 1.0
    clumped = 3.0 * rng.poisson(mean / 3.0)
    found = spread_of(np.asarray(clumped, dtype=np.float64), mean, np.ones(5000), 9.0)
    assert found.chance == pytest.approx(3.0, rel=0.2)
    assert found.rate < 0.02


def test_too_few_counts_tell_no_spread():
    assert spread_of(np.ones(2), np.ones(2), np.ones(2), 9.0).rate == 0.0
    assert usual_periods(np.zeros(0), np.zeros(0)).tolist() == []


def test_where_few_are_lost_in_a_period_one_that_loses_some_is_usual():
    rng = np.random.default_rng(5)
    possible = np.full(60, 8.0)
    lost = rng.binomial(8, 0.05, 60).astype(np.float64)
    assert np.median(lost) == 0.0
    assert usual_periods(possible, lost).all()
    lost[7] = 8.0
    assert np.flatnonzero(~usual_periods(possible, lost)).tolist() == [7]
