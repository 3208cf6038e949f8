"""Columns of types that few think of, a hundred rows each."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

ROWS = 100
ODD = {
    "bytes": pa.array([b"x", b"\xff"] * 50),
    "fixed bytes": pa.array([b"xx", b"yy"] * 50, pa.binary(2)),
    "durations": pa.array([dt.timedelta(1), dt.timedelta(2)] * 50),
    "clock times": pa.array([dt.time(1), dt.time(2)] * 50),
    "intervals": pa.nulls(ROWS, pa.month_day_nano_interval()),
    "nothing": pa.nulls(ROWS),
    "not a number": pa.array([float("nan")] * ROWS),
    "half floats": pa.array(np.array([0, 1] * 50, dtype=np.float16)),
    "large integers": pa.array([2**63, 1] * 50, pa.uint64()),
    "wide decimals": pa.array([1, 2] * 50, pa.decimal128(21, 2)).cast(pa.decimal256(40, 2)),
    "dates": pa.array([dt.date(2020, 1, 1), None] * 50),
    "times": pa.array([dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2021, 1, 1, tzinfo=dt.UTC)] * 50),
    "lists": pa.array([[1], None] * 50),
    "structs": pa.array([{"a": 1}, None] * 50),
    "a dictionary of numbers": pa.array([1, 2] * 50).dictionary_encode(),
    "a dictionary of texts": pa.array(["a", "b"] * 50).dictionary_encode(),
    "truth values": pa.array([True, False] * 50),
    "texts": pa.array([f"text {at}" for at in range(ROWS)]),
    "views of texts": pa.array(["a", "b"] * 50).cast(pa.string_view()),
    "large texts": pa.array(["a", "b"] * 50, pa.large_string()),
}
