"""Columns as codes: whatever their type, and whatever comes later."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from aright.core.detect.estimates_columns import (
    CategoryCoder,
    NumberCoder,
    coder_of,
    numbers_of,
    texts_of,
)


def column(values, kind=None):
    return pa.chunked_array([pa.array(values, kind)])


def coder_for(values, kind=None):
    found = coder_of(column(values, kind))
    assert found is not None
    return found


def test_numbers_beyond_the_ends_are_in_the_last_bin():
    coder = coder_for([float(value) for value in range(1_000)])
    assert isinstance(coder, NumberCoder)
    assert coder.codes(column([-1e9, 1e9, None, float("nan"), float("inf")])).tolist() == [1, 32, 0, 0, 0]
    assert coder.codes(column(["text"])).tolist() == [0]
    assert (np.diff(coder.basis[1:, 0]) > 0).all()
    assert coder.basis.shape == (33, 10)


def test_few_numbers_are_categories_in_order():
    coder = coder_for([0] * 60 + [5] * 60 + [9] * 3)
    assert coder.basis.tolist() == [[0, 0], [1, 0], [0, 1], [0, 0]]
    assert coder.codes(column([0, 6, 100])).tolist() == [1, 2, 3]


def test_missing_values_are_told_where_there_are_enough():
    coder = coder_for([*range(100), *[None] * 60])
    assert coder.basis[:, -1].tolist() == [1.0] + [0.0] * (len(coder.basis) - 1)


@pytest.mark.parametrize(
    "values",
    [["same"] * 100, [None] * 100, [1.5] * 100, [f"id {n}" for n in range(200)], [[1]] * 100, [b"x"] * 100],
)
def test_columns_that_tell_nothing_have_no_coder(values):
    assert coder_of(column(values)) is None


def test_many_values_keep_the_frequent():
    values = [f"v{n}" for n in range(100) for _ in range(60)] + [f"rare {n}" for n in range(100)]
    coder = coder_for(values)
    assert isinstance(coder, CategoryCoder)
    assert (len(coder.values), coder.basis.shape) == (64, (66, 65))
    assert coder.codes(column(["rare 1", "unheard of"])).tolist() == [65, 65]


def test_types_with_an_order_are_numbers():
    days = [dt.date(2026, 1, 1) + dt.timedelta(days=n) for n in range(300)]
    assert np.diff(numbers_of(column(days))).tolist() == [1.0] * 299
    moments = [dt.datetime(2026, 1, 1, n % 24, tzinfo=dt.UTC) for n in range(24)]
    assert (np.diff(numbers_of(column(moments))) > 0).all()
    assert numbers_of(column([Decimal("1.5"), None])).tolist() == pytest.approx([1.5, np.nan], nan_ok=True)
    assert numbers_of(column([dt.time(1), dt.time(2)], pa.time32("s"))).tolist() == [3600.0, 7200.0]


def test_texts_of_whole_numbers_have_no_point():
    assert texts_of(column([1.0, None, float("nan")])).to_pylist() == ["1", None, None]
    assert texts_of(column([1.5, float("nan")])).to_pylist() == ["1.5", None]
    assert texts_of(column([True, False])).to_pylist() == ["true", "false"]
    coded = column(["a", "b"]).dictionary_encode()
    assert texts_of(coded).to_pylist() == ["a", "b"]
