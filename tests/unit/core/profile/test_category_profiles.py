"""Profiles of categories: exact while few, honest beyond."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.profile import KindMismatchError, UnsupportedColumnError, profile_column
from aright.core.profile.categories import BUCKETS, LIMIT, NAMED
from aright.core.profile.codes import BrokenColumnError

words = st.one_of(st.none(), st.text(max_size=3), st.sampled_from(["a", "b", "c"]))


@given(st.lists(words, max_size=60), st.lists(words, max_size=60))
@settings(deadline=None, max_examples=60)
def test_parts_merge_to_the_profile_of_the_whole(first, second):
    one, two, both = (profile_column(pa.array(part, pa.string())) for part in (first, second, first + second))
    merged = one.merge(two)
    assert (merged.rows, merged.nulls, merged.distinct) == (both.rows, both.nulls, both.distinct)
    assert merged.shares() == both.shares()
    seen = Counter(word for word in first + second if word is not None)
    assert both.categories is not None
    assert dict(zip(both.categories.values, both.categories.counts.tolist(), strict=True)) == seen


@pytest.mark.parametrize(
    "array",
    [
        pa.array(["x", "y", None, "x"]),
        pa.array(["x", "y", None, "x"], pa.large_string()),
        pa.array(["x", "y", None, "x"], pa.string_view()),
        pa.array(["x", "y", None, "x"]).dictionary_encode(),
        pa.array(["x", "y", None, "x"]).dictionary_encode().cast(pa.dictionary(pa.int8(), pa.large_string())),
        pa.chunked_array([["x", "y"], [None, "x"]]),
    ],
)
def test_every_spelling_of_text_says_the_same(array):
    column = profile_column(array)
    assert (column.rows, column.nulls, column.distinct) == (4, 1, 2)
    assert column.shares() == {"x": 2 / 3, "y": 1 / 3}


def test_chunks_with_one_dictionary_and_with_several():
    same, other = pa.array(["a", "b"]), pa.array(["b", "c", None])
    chunks = [([0, 1], same), ([1, None], same), ([0, 2], other), ([1, 1], same)]
    array = pa.chunked_array(
        [pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), words) for codes, words in chunks]
    )
    column = profile_column(array)
    assert (column.rows, column.nulls) == (8, 2)
    assert column.shares() == {"a": 1 / 6, "b": 5 / 6}


def test_booleans_are_categories():
    assert profile_column(pa.array([True, False, True, None])).shares() == {"false": 1 / 3, "true": 2 / 3}


def test_a_dictionary_may_repeat_a_value_hold_a_null_and_hold_more_than_occurs():
    array = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, 2]), pa.array(["a", "a", None, "never"]))
    column = profile_column(array)
    assert column.shares() == {"a": 1.0}
    assert column.nulls == 2


def test_what_lies_under_a_null_code_never_counts():
    indices = pa.array(np.array([0, 99, -7, 1], np.int32), mask=np.array([False, True, True, False]))
    column = profile_column(pa.DictionaryArray.from_arrays(indices, pa.array(["a", "b"]), safe=False))
    assert (column.nulls, column.shares()) == (2, {"a": 0.5, "b": 0.5})


@pytest.mark.parametrize("code", [2, -1, 2**30])
def test_a_code_outside_the_dictionary_is_said(code):
    indices = pa.array(np.array([0, code], np.int32))
    with pytest.raises(BrokenColumnError, match="broken"):
        profile_column(pa.DictionaryArray.from_arrays(indices, pa.array(["a", "b"]), safe=False))


def test_an_empty_dictionary():
    nothing = pa.DictionaryArray.from_arrays(pa.array([None, None], pa.int8()), pa.array([], pa.string()))
    assert profile_column(nothing).nulls == 2


def test_bytes_that_are_no_text_are_escaped():
    broken = pa.array([b"caf\xe9", b"ok"], pa.binary()).view(pa.string())
    assert set(profile_column(broken).shares()) == {"caf\\xe9", "ok"}


def test_long_values_are_cut_but_stay_apart():
    column = profile_column(pa.array(["x" * 10_000, "x" * 10_001]))
    assert column.distinct == 2
    assert max(len(value) for value in column.shares()) < 130


def test_too_many_values_keep_the_frequent_ones_and_an_honest_rest():
    rare = [f"id-{number}" for number in range(3 * LIMIT)]
    column = profile_column(pa.array(rare + ["often"] * 500 + [None]))
    categories = column.categories
    assert categories is not None
    assert len(categories.values) <= NAMED + LIMIT
    assert column.valid == len(rare) + 500
    assert categories.other == column.valid - int(categories.counts.sum())
    assert column.shares()["often"] == 500 / column.valid
    assert column.distinct == pytest.approx(len(rare) + 1, rel=0.2)


def test_tails_merge_exactly():
    first = [f"id-{number}" for number in range(LIMIT + 500)]
    second = [f"id-{number}" for number in range(2_000, 3 * LIMIT)] + ["often"] * 50
    one, two, both = (profile_column(pa.array(part)) for part in (first, second, first + second))
    merged = one.merge(two)
    assert merged.categories is not None
    assert both.categories is not None
    assert merged.categories.bucketed().tolist() == both.categories.bucketed().tolist()
    assert merged.distinct == both.distinct
    assert merged.valid == both.valid


def test_a_column_with_a_tail_stands_beside_one_without():
    crowded = profile_column(pa.array([f"id-{number}" for number in range(2 * LIMIT)]))
    small = profile_column(pa.array(["id-1", "id-2"] * 5))
    one, two = crowded.beside(small)
    assert len(one) == len(two) == BUCKETS
    assert (int(one.sum()), int(two.sum())) == (2 * LIMIT, 10)


def test_numbers_and_categories_have_nothing_in_common():
    with pytest.raises(KindMismatchError, match="type has changed"):
        profile_column(pa.array(["a"])).merge(profile_column(pa.array([1.0])))
    with pytest.raises(KindMismatchError):
        profile_column(pa.array(["a"])).beside(profile_column(pa.array([1.0])))


@pytest.mark.parametrize("array", [pa.array([[1], [2]]), pa.array([{"a": 1}]), pa.array([b"x"])])
def test_a_type_without_a_profile_is_said(array):
    with pytest.raises(UnsupportedColumnError, match="leave it out"):
        profile_column(array)
