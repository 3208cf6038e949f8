"""The CUSUM that knows the mean, the spread, the size and the direction of a shift: nothing can be faster."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bench.streams_data import Random


def threshold(shift: float, run_length: float) -> float:
    """Return the limit with which a one-sided CUSUM of reference value shift / 2 has the run length.

    Source: D. Siegmund, Sequential Analysis (1985), (2.58): ARL = (exp(2Δb) − 2Δb − 1) / (2Δ²) with
    Δ = shift / 2 and b = limit + 1.166.

    >>> round(threshold(1.0, 50_000), 2)
    8.96
    """
    half = shift / 2
    low, high = 0.0, 200.0 / half
    for _ in range(100):
        middle = (low + high) / 2
        power = min(2 * half * (middle + 1.166), 700.0)
        if (math.exp(power) - power - 1) / (2 * half**2) < run_length:
            low = middle
        else:
            high = middle
    return low


def mean_delay(random: Random, shift: float, run_length: float, runs: int) -> float:
    """Return the mean number of rows until it tells a shift that begins after 1,000 healthy rows."""
    limit = threshold(shift, run_length)
    value, delay = np.zeros(runs), np.zeros(runs)
    for _ in range(1_000):
        value = np.maximum(value + random.normal(size=runs) - shift / 2, 0.0)
    going = np.ones(runs, dtype=np.bool_)
    while going.any():
        value = np.maximum(value + random.normal(size=runs) + shift / 2, 0.0)
        delay += going
        going &= value < limit
    return float(delay.mean())
