"""Tables: the columns asked for, each in its frame."""

from __future__ import annotations

import time

import numpy as np
import pyarrow as pa
import pytest

from aright.core.profile import ScaleFrame, UnsupportedColumnError, profile_column, profile_table


def test_columns_and_frames():
    table = pa.table({"a": [1e6, 1e6 + 1], "b": ["x", None], "c": [[1], [2]]})
    frame = ScaleFrame(1e6, 1.0)
    found = profile_table(table, ["a", "b"], {"a": frame})
    assert list(found) == ["a", "b"]
    assert found["a"].frame == frame
    assert found["b"].null_share == 0.5
    assert found["a"].mean == profile_column(table["a"], frame).mean


def test_all_columns_of_a_batch():
    batch = pa.record_batch({"a": [1.0, 2.0], "b": [True, False]})
    assert {name: profile.kind for name, profile in profile_table(batch).items()} == {
        "a": "number",
        "b": "category",
    }


def test_a_bad_column_is_named():
    table = pa.table({"tags": [[1], [2]]})
    with pytest.raises(UnsupportedColumnError, match="'tags'"):
        profile_table(table)
    with pytest.raises(KeyError, match="nowhere"):
        profile_table(table, ["nowhere"])


def test_ten_thousand_columns():
    random = np.random.default_rng(1)
    table = pa.table({f"f{number}": random.normal(size=20).astype(np.float32) for number in range(10_000)})
    started = time.process_time()
    found = profile_table(table)
    assert len(found) == 10_000
    assert (
        time.process_time() - started < 20
    )  # about 0.2 ms each; far from it only where a column costs by its bins
