"""Block variance: how much more sums over long blocks vary than independent values would let them."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.stats.overdispersion import chi_square_quantile

FloatArray: TypeAlias = npt.NDArray[np.float64]

_FEWEST_BLOCKS: Final = 6


def inflation(values: FloatArray, lengths: FloatArray, *, confidence: float) -> FloatArray:
    """Return for each block length the variance of sums over what white noise of variance 1 gives, ≥ 1.

    Args:
        values: should be white with variance 1, shape (n,).
        lengths: lengths of interest, in values, shape (k,). Where fewer than six blocks fit, the longest
            length that fits is used.
        confidence: probability that white noise is given exactly 1: only what is surely more is inflated.

    Lengths are tried as powers of two, and what a shorter block shows holds for longer ones too. Source: the
    batch-means estimate of the long-run variance, e.g. J. M. Flegal, G. L. Jones, Annals of Statistics 38
    (2010).

    >>> noise = np.random.default_rng(5).normal(size=4_096)
    >>> inflation(noise, np.array([2.0, 100.0]), confidence=0.99)
    array([1., 1.])
    >>> inflation(np.repeat(noise, 8), np.array([1.0, 8.0, 64.0]), confidence=0.99).round(0)
    array([1., 8., 9.])
    """
    found: list[float] = []
    largest = 1.0
    length, sums = 1, values
    while len(sums) >= _FEWEST_BLOCKS or not found:
        freedom = np.array([float(max(len(sums), 1))])
        ratio = float((sums * sums).mean() / length) if len(sums) else 1.0
        surely = float(chi_square_quantile(confidence, freedom)[0]) / float(freedom[0])
        largest = max(largest, ratio) if ratio > surely else largest
        found.append(largest)
        even = len(sums) // 2 * 2
        sums = sums[:even].reshape(-1, 2).sum(axis=1)
        length *= 2
    place = np.clip(np.ceil(np.log2(np.maximum(lengths, 1.0))).astype(np.int64), 0, len(found) - 1)
    return np.array(found)[place]
