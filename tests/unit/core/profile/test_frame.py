"""Frames: taken only where they are needed, near the reference, frozen."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from aright.core.profile import ScaleFrame, frame_of, profile_column
from aright.core.stats.kolmogorov_smirnov import kolmogorov_smirnov


def test_a_large_offset_is_framed():
    values = np.random.default_rng(1).normal(1e4, 1, 50_000)
    frame = frame_of(pa.array(values))
    assert frame is not None
    assert frame.centre == pytest.approx(np.median(values), abs=0.1)
    assert frame.scale == pytest.approx(np.subtract(*np.quantile(values, (0.75, 0.25))), rel=0.1)


@pytest.mark.parametrize(
    "array",
    [
        pa.array([0.0, 0.0]),
        pa.array([1.0, 5.0, 9.0]),
        pa.array([], pa.float32()),
        pa.array([None, None], pa.float32()),
        pa.array([float("nan"), float("inf")]),
        pa.array(["a"]),
        pa.nulls(3),
    ],
)
def test_no_frame_where_none_is_needed(array):
    assert frame_of(array) is None


def test_nulls_nan_and_chunks_do_not_matter():
    array = pa.chunked_array([[None, 1e6, float("nan")], [1e6 + 1, 1e6 + 2, None]])
    assert frame_of(array) == ScaleFrame(1e6 + 1, 1.0)


def test_a_constant_far_from_zero_shows_a_small_step():
    reference, current = pa.array([1e6] * 500), pa.array([1e6 + 0.25] * 500)
    frame = frame_of(reference)
    assert kolmogorov_smirnov(profile_column(reference, frame), profile_column(current, frame)) == 1.0


@pytest.mark.parametrize(
    ("centre", "scale"), [(0.0, 0.0), (0.0, -1.0), (float("nan"), 1.0), (0.0, float("inf"))]
)
def test_a_frame_is_finite_and_positive(centre, scale):
    with pytest.raises(ValueError, match="frame_of"):
        ScaleFrame(centre, scale)
