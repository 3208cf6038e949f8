"""Quantiles against numpy's."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from aright.core.profile import frame_of, profile_column, profile_groups, quantiles

QS = [0.0, 0.01, 0.25, 0.5, 0.75, 0.99, 1.0]


@pytest.mark.parametrize("offset", [0.0, 5.0, 1e5])
def test_quantiles_are_within_a_bin(offset):
    values = np.random.default_rng(1).normal(offset, 1, 20_000)
    array = pa.array(values)
    found = quantiles(profile_column(array, frame_of(array)), QS)
    assert found == pytest.approx(np.quantile(values, QS), abs=0.05)
    assert found[0] == values.min()
    assert found[-1] == values.max()


def test_single_values_are_exact():
    assert quantiles(profile_column(pa.array([3.3] * 9)), QS).tolist() == [3.3] * 7


def test_without_extremes_the_bins_serve():
    (found,) = profile_groups(pa.array([1.0] * 4), np.zeros(4, np.int64), 1, moments=False)
    assert quantiles(found, [0.5])[0] == pytest.approx(1, rel=0.01)


@pytest.mark.parametrize("array", [pa.array(["a"]), pa.nulls(2), pa.array([], pa.float32())])
def test_no_numbers_no_quantiles(array):
    assert np.isnan(quantiles(profile_column(array), [0.5])).all()


@pytest.mark.parametrize("q", [-0.1, 1.1, float("nan")])
def test_shares_only(q):
    with pytest.raises(ValueError, match="from 0 to 1"):
        quantiles(profile_column(pa.array([1.0])), [q])
