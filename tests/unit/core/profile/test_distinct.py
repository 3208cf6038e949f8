"""Distinct values: exact while few, within a few per cent beyond, the same however the rows were split."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.profile import profile_column
from aright.core.profile.distinct import CAPACITY, Distinct, distinct_of


@given(st.lists(st.integers(0, 2**32 - 1), max_size=100), st.lists(st.integers(0, 2**32 - 1), max_size=100))
@settings(deadline=None, max_examples=50)
def test_few_are_counted_exactly(first, second):
    one, two = (distinct_of(np.array(part, np.uint32)) for part in (first, second))
    assert one.exact
    assert one.estimate == len(set(first))
    assert one.merge(two).estimate == len({*first, *second})


@pytest.mark.parametrize("size", [600, 5_000, 300_000])
@pytest.mark.parametrize("cut", [0.0, 0.01, 0.5])
def test_the_sketch_of_the_whole_is_that_of_its_parts(size, cut):
    hashes = np.random.default_rng(size).integers(0, 2**32, size, dtype=np.uint32)
    hashes = np.concatenate((hashes, hashes[::-3]))
    at = int(cut * len(hashes))
    merged = distinct_of(hashes[:at]).merge(distinct_of(hashes[at:]))
    assert merged == distinct_of(hashes)
    assert merged == distinct_of(np.sort(hashes))
    assert hash(merged) == hash(distinct_of(hashes))
    assert merged.estimate == pytest.approx(len(np.unique(hashes)), rel=5 * 1.2 / CAPACITY**0.5)


def test_it_equals_nothing_else():
    assert Distinct() != 0


LAWS = {
    "normal": lambda random, n: random.normal(size=n),
    "uniform": lambda random, n: random.random(n),
    "lognormal": lambda random, n: random.lognormal(0, 2, n),
    "prices": lambda random, n: np.round(random.lognormal(3, 1, n), 2),
    "integers": lambda random, n: random.integers(0, 20_000, n),
    "even": lambda random, n: 2.0 * random.integers(0, 20_000, n),
    "thousands": lambda random, n: 1_000.0 * random.integers(-3_000, 3_000, n),
    "steps": lambda random, n: np.arange(n) + random.integers(0, 9),
}


@pytest.mark.parametrize("law", LAWS)
def test_estimates_are_near_on_many_laws(law):
    values = LAWS[law](np.random.default_rng(2), 200_000).astype(np.float32)
    assert profile_column(pa.array(values)).distinct == pytest.approx(len(np.unique(values)), rel=0.2)
