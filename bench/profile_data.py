"""The rows that ``bench.profile`` works on: 14 columns of numbers and 6 of categories, seeded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pathlib import Path

SIZES: Final = (2, 10, 50, 100, 500, 1_000)
CATEGORIES: Final = [f"category_{size}" for size in SIZES]
NUMBERS: Final = [f"number_{place}" for place in range(14)]

_WORDS: Final = {size: pa.array([f"value-{place}" for place in range(size)]) for size in SIZES}


def rows(random: np.random.Generator, count: int, *, shift: float = 0.0) -> pa.Table:
    """Return ``count`` rows; ``shift`` moves the mean of the first column, which is standard normal.

    Eight columns are normal, three lognormal, one whole numbers, one mostly zero, one two humps; one stands
    at 10,000 with a deviation of 1; two are float64; every third has 2 % nulls, every other third 5 %. Half
    of the categories follow Zipf's law; nulls as well.
    """
    columns: dict[str, pa.Array] = {}
    for place, name in enumerate(NUMBERS):
        values = _law(random, place, count) + (shift if place == 0 else 0.0)
        wide = np.float64 if place in {4, 9} else np.float32
        columns[name] = pa.array(values.astype(wide), mask=_absent(random, place, count))
    for place, (name, size) in enumerate(zip(CATEGORIES, SIZES, strict=True)):
        shares = 1 / np.arange(1, size + 1) ** (place % 2)
        edges = np.cumsum(shares / shares.sum())
        codes = np.minimum(np.searchsorted(edges, random.random(count)), size - 1).astype(np.int32)
        indices = pa.array(codes, mask=_absent(random, place, count))
        columns[name] = pa.DictionaryArray.from_arrays(indices, _WORDS[size])
    return pa.table(columns)


def write(table: pa.Table, path: Path) -> None:
    """Write rows as the server writes its segments."""
    pq.write_table(
        table, path, compression="zstd", compression_level=1, use_dictionary=CATEGORIES, store_schema=False
    )


def _law(random: np.random.Generator, place: int, count: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    if place < 8:
        return random.normal(1e4 if place == 7 else 0.0, 1.0, count)
    if place < 11:
        return random.lognormal(0.0, 2.0 if place == 8 else 0.5, count)
    if place == 11:
        return random.poisson(30.0, count).astype(np.float64)
    if place == 12:
        return np.where(random.random(count) < 0.9, 0.0, random.exponential(1.0, count))
    return np.where(random.random(count) < 0.5, random.normal(-3, 1, count), random.normal(3, 0.5, count))


def _absent(
    random: np.random.Generator, place: int, count: int
) -> np.ndarray[tuple[int], np.dtype[np.bool_]] | None:
    share = (0.0, 0.02, 0.05)[place % 3]
    return random.random(count) < share if share else None
