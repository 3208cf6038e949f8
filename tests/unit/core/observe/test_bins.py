from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.columns import CATEGORY
from aright.core.model.cuts import Cut
from aright.core.observe.bins import codes_of, counts_of, cut_of, names_of


def column(values, kind=None):
    return pa.chunked_array([pa.array(values, kind)])


def counts(values, cut, kind=None):
    of_rows = np.bincount(codes_of(column(values, kind), cut), minlength=len(names_of(cut))).tolist()
    assert counts_of(column(values, kind), cut).tolist() == of_rows
    return dict(zip(names_of(cut), of_rows, strict=True))


@given(st.lists(st.none() | st.integers(-3, 3).map(float) | st.sampled_from([float("nan"), float("-inf")])))
@settings(deadline=None, max_examples=60)
def test_bins_are_counted_as_the_rows_fall_into_them(values):
    for cut in (Cut(edges=(-1.0, 0.0, 2.0)), Cut(edges=(0.5,)), Cut()):
        assert sum(counts(values, cut, pa.float32()).values()) == len(values)


def test_numbers_are_cut_into_eighths():
    values = np.random.default_rng(1).normal(size=8_000)
    found = counts(values, cut_of(column(values)))
    assert len(found) == 9
    assert all(900 < count < 1_100 for name, count in found.items() if name != "none")


def test_a_constant_shows_when_it_moves_either_way():
    cut = cut_of(column([3.0] * 10))
    assert [count for count in counts([2.0, 3.0, 4.0], cut).values()] == [1, 1, 1, 0]  # noqa: C416 - the order


def test_what_is_no_number_is_not_there():
    cut = cut_of(column([1.0, 2.0, float("nan"), float("inf"), None]))
    assert counts([float("nan"), float("inf"), None, 1.0], cut)["none"] == 3
    assert names_of(cut_of(column([None, float("nan")], pa.float32()))) == ["any", "none"]


def test_categories_are_the_most_frequent_ones_and_the_rest():
    values = [f"v{at}" for at in range(20)] + ["often"] * 3
    cut = cut_of(column(values, CATEGORY))
    assert len(cut.values) == 8
    assert cut.values[0] == "often"
    assert counts(["often", "new", None], cut, CATEGORY) == {
        **dict.fromkeys(names_of(cut), 0),
        "often": 1,
        "other": 1,
        "none": 1,
    }


def test_a_feature_that_changes_its_type_still_falls_into_bins():
    numbers, texts = cut_of(column([1.0, 2.0, 3.0])), cut_of(column(["a", "b"], CATEGORY))
    assert sum(counts(["a", None], numbers, CATEGORY).values()) == 2
    assert sum(counts([1.0, None], texts).values()) == 2


def test_names_of_close_edges_stay_different():
    values = 1e9 + np.arange(64) / 64
    names = names_of(cut_of(column(values)))
    assert len(set(names)) == len(names)


@given(st.lists(st.floats(allow_nan=True, width=32), min_size=1, max_size=50))
@settings(deadline=None, max_examples=80)
def test_every_value_has_one_bin(values):
    cut = cut_of(column(values, pa.float32()))
    assert sum(counts(values, cut, pa.float32()).values()) == len(values)
    assert list(cut.edges) == sorted(set(cut.edges))


@pytest.mark.parametrize("text", ["", "a:b", "ü", "x" * 5_000])
def test_odd_texts_are_categories_too(text):
    cut = cut_of(column([text], CATEGORY))
    assert counts([text], cut, CATEGORY)[names_of(cut)[0]] == 1
