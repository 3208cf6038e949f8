"""Profiles of numbers against numpy on the same values."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.profile import FrameMismatchError, Profile, ScaleFrame, frame_of, merge_all, profile_column
from aright.core.profile.bins import edges
from aright.core.profile.columns import BLOCK


def same(one: Profile, two: Profile) -> None:
    """Require equal profiles: counts exactly, sums to float64's rounding."""
    assert (one.rows, one.nulls, one.invalid, one.kind) == (two.rows, two.nulls, two.invalid, two.kind)
    assert one.numbers is not None
    assert two.numbers is not None
    assert one.numbers.keys.tolist() == two.numbers.keys.tolist()
    assert one.numbers.counts.tolist() == two.numbers.counts.tolist()
    assert one.numbers.distinct == two.numbers.distinct
    assert one.numbers.frame == two.numbers.frame
    assert (one.numbers.minimum, one.numbers.maximum) == (two.numbers.minimum, two.numbers.maximum)
    scale = max(1.0, two.numbers.squares)
    assert one.numbers.squares == pytest.approx(two.numbers.squares, rel=1e-9)
    assert one.numbers.total == pytest.approx(two.numbers.total, abs=1e-9 * scale)


numbers = st.one_of(
    st.none(), st.floats(width=32), st.sampled_from([0.0, -0.0, 1.0, math.nan, math.inf, -math.inf, 3e38])
)


@given(st.lists(numbers, max_size=60), st.lists(numbers, max_size=60))
@settings(deadline=None, max_examples=80)
def test_parts_merge_to_the_profile_of_the_whole(first, second):
    one, two, both = (pa.array(part, pa.float32()) for part in (first, second, first + second))
    same(profile_column(one).merge(profile_column(two)), profile_column(both))
    assert profile_column(pa.chunked_array([one, two])).rows == len(both)
    same(profile_column(pa.chunked_array([one, two])), profile_column(both))


@given(st.lists(numbers, max_size=40), st.lists(numbers, max_size=40), st.lists(numbers, max_size=40))
@settings(deadline=None, max_examples=30)
def test_merging_neither_minds_order_nor_grouping(a, b, c):
    one, two, three = (profile_column(pa.array(part, pa.float64())) for part in (a, b, c))
    same(one.merge(two).merge(three), three.merge(one.merge(two)))
    same(merge_all([one, two, three]), one.merge(two).merge(three))


def reference(values):
    """What numpy says of the finite ones among float values."""
    finite = values[np.isfinite(values)].astype(np.float64)
    return finite.mean(), finite.std(ddof=1), finite.min(), finite.max()


@pytest.mark.parametrize(
    "dtype", [np.float16, np.float32, np.float64, np.int8, np.uint16, np.int32, np.int64]
)
@pytest.mark.parametrize("nulls", [0.0, 0.1])
def test_moments_and_extremes_are_numpys(dtype, nulls):
    random = np.random.default_rng(3)
    values = (random.normal(20, 10, BLOCK + 5_000)).astype(dtype)
    absent = random.random(len(values)) < nulls
    column = profile_column(pa.array(values, mask=absent))
    mean, sd, low, high = reference(values[~absent])
    assert column.nulls == int(absent.sum())
    assert column.valid == len(values) - column.nulls
    assert column.mean == pytest.approx(mean, rel=1e-12)
    assert column.sd == pytest.approx(sd, rel=1e-9)
    assert (column.minimum, column.maximum) == (low, high)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("nulls", [0.0, 0.1])
def test_moments_in_a_frame_are_numpys(dtype, nulls):
    random = np.random.default_rng(4)
    values = random.normal(1e4, 1, 9_000).astype(dtype)
    absent = random.random(len(values)) < nulls
    column = profile_column(pa.array(values, mask=absent), ScaleFrame(10_000.003_25, 1.35))
    mean, sd, low, high = reference(values[~absent])
    assert column.mean == pytest.approx(mean, rel=1e-13)
    assert column.sd == pytest.approx(sd, rel=1e-9)
    assert (column.minimum, column.maximum) == pytest.approx((low, high), rel=1e-15)


def test_what_lies_under_a_null_never_counts():
    values = np.array([1.0, np.nan, 1e300, -np.inf, 2.0])
    column = profile_column(pa.array(values, mask=np.array([False, True, True, True, False])))
    assert (column.nulls, column.invalid, column.valid) == (3, 0, 2)
    assert (column.mean, column.minimum, column.maximum) == (1.5, 1.0, 2.0)


def test_nulls_do_not_pull_the_extremes_to_zero():
    column = profile_column(pa.array([5.0, None, 7.0], pa.float32()))
    assert (column.minimum, column.maximum) == (5.0, 7.0)


@pytest.mark.parametrize("offset", [0, 1, 7, 8, 13])
def test_slices_read_their_own_rows(offset):
    random = np.random.default_rng(offset)
    values = random.normal(size=5_000).astype(np.float32)
    absent = random.random(5_000) < 0.3
    part = pa.array(values, mask=absent).slice(offset, 3_000)
    copied = pa.array(values[offset : offset + 3_000], mask=absent[offset : offset + 3_000])
    same(profile_column(part), profile_column(copied))


def test_nan_and_infinity_are_counted_apart():
    column = profile_column(pa.array([1.0, math.nan, math.inf, -math.inf, None]))
    assert (column.rows, column.nulls, column.invalid, column.valid) == (5, 1, 3, 1)
    assert column.mean == 1.0


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_column_of_nothing_finite(value):
    column = profile_column(pa.array([value] * 100))
    assert (column.invalid, column.valid, column.distinct) == (100, 0, 0)
    assert math.isnan(column.mean)
    assert math.isnan(column.sd)
    assert math.isnan(column.minimum)


def test_an_all_null_column_knows_its_kind_and_merges():
    nothing = profile_column(pa.array([None] * 10, pa.float32()))
    assert (nothing.kind, nothing.valid, nothing.null_share) == ("number", 0, 1.0)
    assert nothing.merge(profile_column(pa.array([2.0], pa.float32()))).mean == 2.0
    assert profile_column(pa.nulls(3)).merge(profile_column(pa.array([2.0]))).rows == 4


def test_no_rows():
    nothing = profile_column(pa.array([], pa.float64()))
    assert (nothing.rows, nothing.valid, nothing.distinct) == (0, 0, 0)
    assert math.isnan(nothing.null_share)
    assert math.isnan(nothing.mean)
    assert profile_column(pa.chunked_array([], pa.float32())).rows == 0


def test_a_constant():
    column = profile_column(pa.array([4.0] * 10))
    assert (column.mean, column.sd, column.distinct) == (4.0, 0.0, 1)


def test_numbers_beyond_float32_are_finite_still():
    column = profile_column(pa.array([1e300, -1e300, 1.0]))
    assert (column.valid, column.invalid) == (3, 0)
    assert (column.minimum, column.maximum) == (-1e300, 1e300)
    assert column.sd == math.inf


def test_minus_zero_is_zero():
    column = profile_column(pa.array([0.0, -0.0, -0.0], pa.float32()))
    assert column.distinct == 1
    assert column.numbers is not None
    assert column.numbers.counts.tolist() == [3]


def test_large_integers_keep_their_differences_in_a_frame():
    values = np.int64(10**15) + np.arange(1_000)
    array = pa.array(values)
    frame = frame_of(array)
    column = profile_column(array, frame)
    assert column.distinct is not None
    assert abs(column.distinct - 1_000) < 100
    assert column.mean == pytest.approx(10**15 + 499.5, abs=1e-3)
    assert column.sd == pytest.approx(np.std(np.arange(1_000), ddof=1), rel=1e-9)
    assert column.numbers is not None
    assert len(column.numbers.keys) > 200


def test_temporal_and_decimal_columns_are_numbers():
    start = datetime(2026, 1, 1, tzinfo=UTC)
    times = pa.array([start + timedelta(seconds=second) for second in range(100)] + [None])
    column = profile_column(times, frame_of(times))
    assert column.kind == "number"
    assert column.nulls == 1
    assert column.maximum - column.minimum == 99e6
    assert profile_column(pa.array([date(2026, 1, 1), None])).valid == 1
    assert profile_column(pa.array([timedelta(seconds=1)])).valid == 1
    assert profile_column(pa.array([Decimal("1.25"), None, Decimal("2.75")])).mean == 2.0


def test_a_dictionary_of_numbers_is_numbers():
    dictionary = pa.array([1.0, 2.0, None]).dictionary_encode()
    assert profile_column(dictionary).mean == 1.5
    hidden_null = pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array([5.0, None]))
    assert profile_column(hidden_null).nulls == 1


def test_profiles_of_different_frames_do_not_merge():
    values = pa.array([10_000.0, 10_001.0])
    framed = profile_column(values, ScaleFrame(10_000.0, 1.0))
    with pytest.raises(FrameMismatchError, match="frame of the reference"):
        framed.merge(profile_column(values))
    with pytest.raises(FrameMismatchError):
        framed.beside(profile_column(values))


@given(st.lists(st.floats(min_value=-(2.0**100), max_value=2.0**100, width=32), min_size=1, max_size=50))
@settings(deadline=None, max_examples=50)
def test_every_value_lies_between_the_edges_of_its_bin(values):
    for value in values:
        column = profile_column(pa.array([value], pa.float32()))
        assert column.numbers is not None
        low, high = edges(column.numbers.keys, None)
        assert low[0] <= value <= high[0]
        assert high[0] - low[0] <= max(abs(value) / 64, 1e-37)


def test_keys_rise_with_the_values():
    values = np.sort(np.random.default_rng(1).normal(0, 100, 500)).astype(np.float32)
    keys = [int(profile_column(pa.array([value])).numbers.keys[0]) for value in values]  # type: ignore[union-attr] # numbers they are
    assert keys == sorted(keys)
