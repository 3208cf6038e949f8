"""Rows that hardly share a cell: sums of elements, by simulation."""

import numpy as np
import pyarrow as pa
import pytest

from aright.core.diagnose.cube import localize
from aright.core.diagnose.cube.shapes import MOST_CELLS
from aright.core.model.evidence import Reach

SIZES = (3, 4, 5, 6, 4, 5)


def table_of(seed, *, hit=(), common=1.0, count=90_000, few_times=False):
    """Return rows with a loss of 0 or 1; the last third's are multiplied where hit."""
    rng = np.random.default_rng(seed)
    codes = [rng.integers(0, size, count) for size in SIZES]
    rate = np.full(count, 0.05)
    for each, size in zip(codes, SIZES, strict=True):
        rate *= np.exp(rng.normal(0.0, 0.3, size))[each]
    late = np.arange(count) >= 2 * count // 3
    rate[late] *= common
    for conditions, factor in hit:
        mask = late.copy()
        for axis, code in conditions:
            mask &= codes[axis] == code
        rate[mask] *= factor
    at = np.arange(count) // (count // 12 if few_times else 1)
    columns = {f"axis {axis}": pa.array([f"v{code}" for code in each]) for axis, each in enumerate(codes)}
    columns |= {"number": rng.normal(size=count), "at": at, "lost": rng.random(count) < rate}
    return pa.table(columns), int(at[2 * count // 3])


def answer_of(seed, **changed):
    table, since = table_of(seed, **changed)
    assert np.prod(SIZES) * 8 > 2 * MOST_CELLS
    return localize(table, value="lost", time="at", since=since, rng=np.random.default_rng(0))


@pytest.mark.parametrize("seed", range(2))
def test_roots_of_three_conditions_and_of_one_are_named(seed):
    hit = ((((0, 1), (2, 3), (4, 2)), 6.0), (((5, 4),), 2.0))
    answer = answer_of(seed, hit=hit, few_times=True)
    assert answer.reach is Reach.SEGMENT
    assert {each.conditions for each in answer.roots} == {
        (("axis 0", "v1"), ("axis 2", "v3"), ("axis 4", "v2")),
        (("axis 5", "v4"),),
    }
    assert answer.outside.low < 1.05
    assert answer.outside.high > 0.95


def test_a_common_rise_of_many_rows_is_global():
    answer = answer_of(2, common=1.8)
    assert answer.reach is Reach.GLOBAL
    assert answer.common == pytest.approx(1.8, rel=0.1)


def test_a_part_beyond_a_common_rise_is_told_beside_it():
    answer = answer_of(3, common=2.0, hit=((((1, 1), (3, 3)), 3.0),))
    assert answer.reach is Reach.GLOBAL
    assert [each.conditions for each in answer.roots] == [(("axis 1", "v1"), ("axis 3", "v3"))]


@pytest.mark.parametrize("seed", range(3))
def test_many_rows_of_noise_name_nothing(seed):
    assert answer_of(seed, count=60_000).reach is Reach.UNCLEAR


def test_a_parent_found_after_its_child_takes_its_place():
    hit = ((((0, 1), (2, 3)), 8.0), (((0, 1),), 2.0))
    answer = answer_of(5, hit=hit)
    assert [each.conditions for each in answer.roots] == [(("axis 0", "v1"),)]
