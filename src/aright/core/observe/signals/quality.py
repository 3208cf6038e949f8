"""Quality: the mean of a graded outcome, such as clicks, by unit.

Values outside [0, 1], such as stars, are scaled by the range that the first of them had, but for the wildest
hundredth at either end.

Source: the mean over units as in A. Deng, U. Knoblich, J. Lu, Applying the delta method in metric analytics,
KDD 2018.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from aright.core.observe.signals.values import FloatArray

PREFIX: Final = "quality:"
VALUES_FOR_SCALE: Final = 200
"""Values from which a scale is made."""


def learn(values: FloatArray) -> tuple[float, float]:
    """Return the smallest and the largest value to expect; (0, 1) where all are within.

    One in a hundred at either end is not listened to: a single click of 5 does not make clicks stars.

    >>> stars, clicks = np.array([1.0, 5.0, 3.0]), np.array([0.0, 1.0] * 99 + [5.0])
    >>> learn(np.array([0.0, 1.0])), learn(stars), learn(clicks)
    ((0.0, 1.0), (1.0, 5.0), (0.0, 1.0))
    """
    wild = len(values) // 100
    ends = np.partition(values, [wild, len(values) - 1 - wild])
    low, high = float(ends[wild]), float(ends[len(values) - 1 - wild])
    return (0.0, 1.0) if low >= 0 and high <= 1 else (low, high if high > low else low + 1)


def scaled(values: FloatArray, scale: tuple[float, float]) -> FloatArray:
    """Return values in [0, 1]; those beyond the scale are at its ends.

    >>> scaled(np.array([1.0, 4.0, 9.0]), (1.0, 5.0))
    array([0.  , 0.75, 1.  ])
    """
    low, high = scale
    return np.clip((values - low) / (high - low), 0.0, 1.0)
