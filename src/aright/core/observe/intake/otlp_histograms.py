"""Histograms of OTLP: exponential ones to explicit bounds, counts to quantiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

FINEST: Final = 2
"""Scale to which finer exponential histograms are merged: four buckets for each doubling."""

_SCALES: Final = (-10, 20)  # that the data model knows


def explicit(
    scale: int, positive: tuple[int, Sequence[int]], others: int, threshold: float
) -> tuple[list[float], list[int]]:
    """Return the bounds and counts of an exponential histogram; its bounds are the same whatever its scale.

    Bucket ``i`` of scale ``s`` holds what is above ``2**(i / 2**s)`` and not above ``2**((i + 1) / 2**s)``:
    a coarser scale's bounds are among a finer one's.
    https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram

    Args:
        scale: as it was sent.
        positive: index of the first bucket, and the counts of it and those that follow.
        others: how many were not above ``threshold``.
        threshold: below it all counts as zero.

    >>> explicit(3, (0, [1, 2, 3]), 4, 0.0)
    ([0.0, 1.0, 1.189207115002721, 1.4142135623730951], [4, 0, 3, 3, 0])
    """
    offset, counts = positive
    scale = max(min(scale, _SCALES[1]), _SCALES[0])
    fine = max(scale - FINEST, 0)
    merged: dict[int, int] = {}
    for at, count in enumerate(counts, offset):
        if count:
            merged[at >> fine] = merged.get(at >> fine, 0) + count
    width = 2.0 ** -min(scale, FINEST)
    bounds, found = [max(threshold, 0.0)], [others]
    reached = None
    for at in sorted(merged):
        low, high = (_power(each * width) for each in (at, at + 1))
        if reached != at and low > bounds[-1]:
            bounds.append(low)
            found.append(0)
        if high > bounds[-1]:
            bounds.append(high)
            found.append(merged[at])
        else:
            found[-1] += merged[at]
        reached = at + 1
    return bounds, [*found, 0]


def quantile(bounds: Sequence[float], counts: Sequence[int], share: float) -> float | None:
    """Return a quantile, spread evenly within its bucket; ``None`` where there is no observation.

    What lies in the last bucket is taken to be at the greatest bound, as Prometheus has it.

    >>> quantile([1.0, 2.0], [50, 50, 0], 0.75), quantile([1.0], [0, 3], 0.5), quantile([], [3], 0.5)
    (1.5, 1.0, None)
    """
    laid = np.cumsum(np.array(counts, np.float64))
    if not bounds or laid[-1] <= 0:
        return None
    rank = share * laid[-1]
    at = int(np.searchsorted(laid, rank))
    if at >= len(bounds):
        return bounds[-1]
    low = bounds[at - 1] if at else min(0.0, bounds[0])
    below = float(laid[at - 1]) if at else 0.0
    return float(low + (bounds[at] - low) * (rank - below) / (float(laid[at]) - below))


def _power(exponent: float) -> float:
    """Return 2 to a power, and the largest or smallest float beyond them."""
    return float(2.0 ** min(max(exponent, -1_000.0), 1_000.0))
