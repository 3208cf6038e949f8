"""The null of the maximum: its p-values are honest, and clear cases cost few draws."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import binom

from aright.core.diagnose.cube import rows
from aright.core.diagnose.cube.counts import RISES, Spread, rise
from aright.core.diagnose.cube.deviations import deviations, noise_of, shift_evidence
from aright.core.diagnose.cube.fitting import cleared, fit_values
from aright.core.diagnose.cube.grid import Grid
from aright.core.diagnose.cube.localizing import localize
from aright.core.diagnose.cube.maximum import HONEST, LEAST, LOOKS, REACHED, Maxima, extrapolated, honest
from aright.core.diagnose.cube.nulls import Losing, of_counts, of_values, wandering
from aright.core.diagnose.cube.rows import Rows, fit_rows
from aright.core.diagnose.cube.saturation import saturated
from aright.core.diagnose.cube.search import Found, Search
from aright.core.model.evidence import Reach

SEEDS = 120
SIZES = (4, 5, 3)
MOST = 12
"""Of 120 p-values, those below .05 that honest ones exceed once in fifty (binomial)."""

FEWER = 7
"""The same of 60."""


def grid_of(sizes=SIZES):
    return Grid(sizes, [each.ravel() for each in np.indices(sizes)])


def p_of_values(seed, noise):
    rng = np.random.default_rng(seed)
    grid = grid_of()
    expected = rng.lognormal(4.0, 1.0, len(grid))
    real = np.maximum(expected * (1.0 + 0.1 * noise(rng, len(grid))), 0.0)
    everywhere = np.ones(len(grid), dtype=bool)
    deviation = deviations(real, expected)
    scores = noise_of(deviation, real + expected, everywhere).scores(deviation)
    price = float(np.log(grid.elements(everywhere)))
    gain = Search(grid, shift_evidence(scores, everywhere, price), price).best().gain
    return Maxima(of_values(grid, scores, everywhere, everywhere), rng).p_value(gain)


@pytest.mark.parametrize(
    "noise", [lambda rng, n: rng.normal(size=n), lambda rng, n: rng.standard_t(4, n)], ids=["normal", "t4"]
)
def test_p_values_of_values_are_honest(noise):
    p_values = np.array([p_of_values(seed, noise) for seed in range(SEEDS)])
    assert int((p_values <= 0.05).sum()) <= MOST


def p_of_counts(seed):
    rng = np.random.default_rng(seed)
    grid = grid_of()
    usual, spread = rng.lognormal(3.0, 1.0, len(grid)), np.full(len(grid), 0.04)
    lost = rng.poisson(usual * rng.gamma(1.0 / spread, spread)).astype(float)
    everywhere = np.ones(len(grid), dtype=bool)
    price = float(np.log(grid.elements(everywhere)))
    layers = np.array([saturated(rise(lost, usual, spread, each), price) for each in RISES])
    gain = Search(grid, layers, price).best().gain
    return Maxima(of_counts(grid, usual, spread, everywhere, price), rng).p_value(gain)


def test_p_values_of_counts_are_honest_and_not_shy():
    p_values = np.array([p_of_counts(seed) for seed in range(SEEDS // 2)])
    assert int((p_values <= 0.05).sum()) <= FEWER
    assert float(np.median(p_values)) < 0.7


def rows_of(rng, count, factor=1.0):
    codes = tuple(rng.integers(0, size, count).astype(np.uint8) for size in (3, 4, 5, 4))
    rate = 0.1 * np.exp(0.2 * codes[0] - 0.1 * codes[1])
    rate[(codes[0] == 1) & (codes[2] == 2)] *= factor
    return Rows(codes, np.ones(count), (rng.random(count) < rate) * 1.0, np.arange(count) * 10 // count)


def p_of_rows(seed):
    rng = np.random.default_rng(seed)
    _, fit = fit_rows((3, 4, 5, 4), rows_of(rng, 6000), rows_of(rng, 3000))
    assert len(fit.found) == 1
    return Maxima(fit.draw, rng).p_value(fit.found[0].gain)


def test_p_values_of_rows_are_honest(monkeypatch):
    monkeypatch.setattr(rows, "SURE", -100.0)
    monkeypatch.setattr(rows, "MOST_ROOTS", 1)
    p_values = np.array([p_of_rows(seed) for seed in range(SEEDS // 4)])
    assert int((p_values <= 0.05).sum()) <= FEWER - 2
    assert float(np.median(p_values)) < 0.9


def test_a_clear_case_of_rows_costs_few_draws():
    rng = np.random.default_rng(99)
    _, hit = fit_rows((3, 4, 5, 4), rows_of(rng, 6000), rows_of(rng, 3000, 5.0))
    tested = Maxima(hit.draw, rng)
    assert tested.p_value(hit.found[0].gain) < 0.001
    assert len(tested.drawn) == LOOKS[0]


def test_what_noise_often_reaches_is_left_out():
    noise = Maxima(lambda rng: float(rng.gumbel(10.0)), np.random.default_rng(1))
    kept, p_values = honest([Found((), 0, 9.0, 5.0), Found((), 0, 300.0, 5.0)], noise)
    assert [each.gain for each in kept] == [300.0]
    assert p_values == [LEAST]
    assert len(noise.drawn) < LOOKS[1]


def test_roots_that_noise_reaches_leave_their_cells_free():
    rng = np.random.default_rng(8)
    grid = grid_of((6, 7, 8))
    expected = rng.lognormal(4.0, 0.5, len(grid))
    real = expected * np.exp(rng.normal(0.0, 0.05, len(grid)))
    for axis in (0, 1):
        real[grid.inside(((axis, 2),))] *= 0.5
    fit = fit_values(grid, real, expected)
    least, most = sorted(each.gain for each in fit.found)
    reached = replace(fit, draw=lambda rng: (least + most) / 2.0 + rng.random())
    kept = cleared(grid, reached, rng)
    assert [each.gain for each in kept.found] == [most]
    assert len(kept.p_values) == 1
    assert kept.free.sum() == len(grid) - grid.inside(kept.found[0].element).sum()
    assert fit.free.sum() < kept.free.sum()


def test_draws_of_rows_wander_with_their_rates():
    rng = np.random.default_rng(9)
    grid = Grid((3, 4), [rng.integers(0, size, 5000) for size in (3, 4)])
    losing = Losing(grid, np.full(5000, 0.1), grid)
    found = losing.sums(rng, 1.0, Spread(2.0, 0.0), [np.array([1.0, 1.0, 3.0]), np.ones(4)])
    first, _, last = found[0,][0]
    assert last == pytest.approx(3.0 * first, rel=0.35)
    assert found[0, 1].sum() == pytest.approx(833.0, rel=0.2)


def test_a_middling_case_takes_all_draws_and_counts_them():
    noise = Maxima(lambda rng: float(rng.gumbel(10.0)), np.random.default_rng(2))
    p_value = noise.p_value(14.5)
    assert len(noise.drawn) == LOOKS[-1]
    assert p_value == (1 + sum(each >= 14.5 for each in noise.drawn)) / (LOOKS[-1] + 1)
    assert p_value < HONEST


def test_few_draws_that_reach_it_end_the_drawing():
    noise = Maxima(lambda rng: float(rng.gumbel(10.0)), np.random.default_rng(3))
    assert noise.p_value(0.0) == 1.0
    assert len(noise.drawn) == REACHED


def test_few_draws_are_extrapolated_shyly():
    rng = np.random.default_rng(4)
    beyond = 10.0 - np.log(-np.log1p(-0.001))
    told = np.array([extrapolated((10.0 + rng.gumbel(size=LOOKS[0])).tolist(), beyond) for _ in range(400)])
    assert float((told >= 0.001).mean()) > 0.95


def test_rates_that_wander_do_so_per_value():
    found = wandering((300, 2), Spread(1.0, 0.04), np.random.default_rng(5))
    assert [len(each) for each in found] == [300, 2]
    assert found[0].std() == pytest.approx(0.2, rel=0.15)


def test_a_short_past_with_few_losses_rarely_makes_a_segment_of_noise():
    segments, tables = 0, 200
    for seed in range(tables):
        rng = np.random.default_rng(seed)
        table = pa.table(
            {
                "lost": (rng.random(800) < 0.1).astype(float),
                "region": rng.choice(["n", "s"], 800),
                "device": rng.choice(["a", "b", "c"], 800),
                "at": np.arange(800) // 8,
            }
        )
        found = localize(table, value="lost", time="at", since=50, rng=rng)
        segments += found.reach is Reach.SEGMENT
    assert segments <= binom.ppf(0.999, tables, 0.06)
