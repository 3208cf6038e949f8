"""The grouped kernel against profiling each group's rows alone."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest

from aright.core.profile import (
    UnsupportedColumnError,
    frame_of,
    grouping_of,
    profile_column,
    profile_groups,
)
from aright.core.profile import cells as cells_module
from aright.core.profile import rings as rings_module
from aright.core.profile.columns import BLOCK


def hard_numbers(random, rows, dtype):
    """Numbers with nulls, and with NaN, infinities and zeros of both signs where the type has them."""
    values = random.normal(3, 5, rows).astype(dtype)
    if np.issubdtype(dtype, np.floating):
        values[random.random(rows) < 0.02] = np.nan
        values[random.random(rows) < 0.01] = -np.inf
        values[random.random(rows) < 0.05] = -0.0
    return pa.array(values, mask=random.random(rows) < 0.1)


def require_same(groups, array, places, frame=None):
    """Require that each group's profile is that of its rows alone."""
    for group, found in enumerate(groups):
        alone = profile_column(array.filter(pa.array(places == group)), frame)
        assert (found.rows, found.nulls, found.invalid, found.valid) == (
            alone.rows,
            alone.nulls,
            alone.invalid,
            alone.valid,
        )
        one, two = found.beside(alone)
        assert one.tolist() == two.tolist()
        assert found.mean == pytest.approx(alone.mean, nan_ok=True)
        assert found.sd == pytest.approx(alone.sd, nan_ok=True)
        assert found.minimum == pytest.approx(alone.minimum, nan_ok=True)
        assert found.maximum == pytest.approx(alone.maximum, nan_ok=True)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32])
@pytest.mark.parametrize("in_order", [True, False])
def test_groups_of_numbers(dtype, in_order):
    random = np.random.default_rng(5)
    array = hard_numbers(random, BLOCK + 3_000, dtype)
    places = random.integers(-1, 7, len(array))
    if in_order:
        places = np.sort(places)
    require_same(profile_groups(array, places, 8), array, places)


def test_groups_in_a_frame():
    random = np.random.default_rng(6)
    array = pa.array(random.normal(1e6, 1, 5_000))
    places = random.integers(0, 3, 5_000)
    frame = frame_of(array)
    assert frame is not None
    require_same(profile_groups(array, places, 3, frame), array, places, frame)


def test_chunks_and_slices():
    random = np.random.default_rng(7)
    array = pa.chunked_array([hard_numbers(random, 900, np.float32), hard_numbers(random, 333, np.float32)])
    part = array.slice(5, 1_200)
    places = random.integers(0, 4, 1_200)
    require_same(profile_groups(part, places, 4), part, places)


@pytest.mark.parametrize("rows", [0, 4_000])
def test_groups_of_categories(rows):
    random = np.random.default_rng(8)
    values = pa.array([f"v{code}" for code in random.integers(0, 30, rows)], mask=random.random(rows) < 0.1)
    places = random.integers(-1, 5, rows)
    for array in (values, values.dictionary_encode(), pa.chunked_array([values, values.slice(0, 0)])):
        groups = profile_groups(array, places, 5)
        for group, found in enumerate(groups):
            alone = profile_column(array.filter(pa.array(places == group)))
            assert (found.rows, found.nulls, found.distinct) == (alone.rows, alone.nulls, alone.distinct)
            assert found.shares() == alone.shares()


def test_too_many_cells_for_a_table_are_sorted(monkeypatch):
    random = np.random.default_rng(9)
    array = hard_numbers(random, 3_000, np.float32)
    places = random.integers(0, 6, 3_000)
    monkeypatch.setattr(cells_module, "_DENSE", 100)
    require_same(profile_groups(array, places, 6), array, places)


def test_a_table_grows_with_the_bins(monkeypatch):
    random = np.random.default_rng(10)
    array = pa.array(random.lognormal(0, 20, 20_000).astype(np.float32))
    places = random.integers(0, 3, len(array))
    monkeypatch.setattr(cells_module, "_FIRST_BINS", 64)
    require_same(profile_groups(array, places, 3), array, places)
    monkeypatch.setattr(cells_module, "_DENSE", 3 * 4 * 4_096)
    require_same(profile_groups(array, places, 3), array, places)


def test_without_moments_only_counts_are_known():
    (found,) = profile_groups(pa.array([1.0, 2.0]), np.zeros(2, np.int64), 1, moments=False)
    assert found.valid == 2
    assert math.isnan(found.mean)
    assert math.isnan(found.sd)
    assert math.isnan(found.minimum)
    assert found.distinct is None


def in_windows(random, windows, rows, jitter):
    """Group numbers of windows that overlap by about ``jitter`` rows, two interleaved groups in each."""
    at = np.arange(windows * rows) + random.integers(0, jitter + 1, windows * rows)
    return np.minimum(at // rows, windows - 1) * 2 + random.integers(0, 2, windows * rows)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16])
@pytest.mark.parametrize("jitter", [0, 900])
def test_windows_are_counted_as_they_pass(monkeypatch, dtype, jitter):
    monkeypatch.setattr(rings_module, "STRIDE", 512)
    monkeypatch.setattr(rings_module, "_TOGETHER", 3)
    random = np.random.default_rng(12)
    places = in_windows(random, 12, 2_500, jitter)
    array = hard_numbers(random, len(places), dtype)
    course = grouping_of(places, 24).course
    assert course is not None
    assert course.room < 24
    require_same(profile_groups(array, places, 24), array, places)
    chunks = pa.chunked_array([array.slice(0, 700), array.slice(700, 0), array.slice(700)])
    require_same(profile_groups(chunks, places, 24), array, places)


def test_windows_in_order_with_gaps_and_with_bins_that_come_late():
    random = np.random.default_rng(13)
    places = np.repeat([1, 2, 5, 6, 9], 40_000)
    array = pa.array((random.normal(0, 1, len(places)) * 1e3 ** (places - 3.0)).astype(np.float32))
    assert grouping_of(places, 10).course is not None
    require_same(profile_groups(array, places, 10), array, places)


@pytest.mark.parametrize(
    ("places", "groups"),
    [(np.arange(100_000) % 64, 64), (np.arange(10_000) // 1_000, 10), (np.arange(100_000) // 50_000, 1_000)],
)
def test_groups_without_a_course(places, groups):
    """All open at once; few rows; many groups without any."""
    assert grouping_of(places, groups).course is None


def test_groups_merge_to_the_whole():
    random = np.random.default_rng(11)
    array = hard_numbers(random, 2_000, np.float32)
    first, second = profile_groups(array, random.integers(0, 2, 2_000), 2)
    merged, whole = first.merge(second), profile_column(array)
    one, two = merged.beside(whole)
    assert one.tolist() == two.tolist()
    assert merged.mean == pytest.approx(whole.mean)


def test_a_column_without_a_type():
    assert [profile.nulls for profile in profile_groups(pa.nulls(3), np.array([0, 1, 1]), 2)] == [1, 2]


def test_numbers_beyond_float32():
    (found,) = profile_groups(pa.array([1e300, -1e300, math.inf]), np.zeros(3, np.int8), 1)
    assert (found.valid, found.invalid, found.maximum) == (2, 1, 1e300)


@pytest.mark.parametrize(("places", "why"), [([0], "2 rows need"), ([0, 1], "below 1")])
def test_groups_that_do_not_fit_are_said(places, why):
    with pytest.raises(ValueError, match=why):
        profile_groups(pa.array([1.0, 2.0]), np.array(places), 1)


def test_a_type_without_a_profile():
    with pytest.raises(UnsupportedColumnError):
        profile_groups(pa.array([[1]]), np.array([0]), 1)
