"""Entropy of exposure: 1 where all items shown are shown equally often, towards 0 where few have it all.

It is taken over the items that were known at first, from as many lists in every window, and divided by the
logarithm of how many items these lists could show at most, so that it lies in [0, 1].

Source: C. E. Shannon, A mathematical theory of communication (1948); for recommenders, G. Shani, A.
Gunawardana, Evaluating recommendation systems, in Recommender Systems Handbook (2011), section 8.3.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from aright.core.observe.signals.values import FloatArray

NAME: Final = "exposure_entropy"


def count(shown: FloatArray, lists: int) -> tuple[float, float]:
    """Return (lists, lists × entropy), from how often each known item is in so many lists.

    >>> count(np.array([1.0, 1.0, 1.0, 1.0]), 2), count(np.array([2.0, 0.0, 0.0, 0.0]), 2)
    ((2.0, 2.0), (2.0, 0.0))
    """
    total = float(shown.sum())
    most = min(total, len(shown))
    if most < 2:
        return 0.0, 0.0
    shares = shown[shown > 0] / total
    entropy = abs(float(shares @ np.log(shares))) / float(np.log(most))
    return float(lists), lists * min(entropy, 1.0)
