"""The scale on which a series is judged: centred, in robust spreads, with its far tails drawn in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]

_BEND: Final = 3.0
_SMALLEST_SHARE: Final = 1e-4


@dataclass(frozen=True, slots=True)
class SeriesFrame:
    """3·asinh((value − centre) / (3·scale)): a straight line near the centre, a logarithm far from it.

    Attributes:
        centre: the median.
        scale: a robust standard deviation, > 0.
    """

    centre: float
    scale: float

    def __call__(self, values: FloatArray) -> FloatArray:
        """Return the framed values, any shape."""
        return np.asarray(_BEND * np.arcsinh((values - self.centre) / (_BEND * self.scale)), dtype=np.float64)

    def back(self, framed: float) -> float:
        """Return the value of a framed one.

        >>> frame = SeriesFrame(10.0, 2.0)
        >>> round(frame.back(float(frame(np.array(14.0)))), 6)
        14.0
        """
        return self.centre + _BEND * self.scale * float(np.sinh(framed / _BEND))


def frame_of(values: FloatArray) -> SeriesFrame:
    """Return the frame of finite values, shape (n,), n ≥ 1.

    The scale is the median absolute deviation, or where most values are equal the standard deviation, and at
    least a ten-thousandth of the centre, so that the last digits of a near-constant series mean nothing.

    >>> frame_of(np.array([1.0, 2.0, 3.0, 4.0, 500.0])).centre
    3.0
    """
    centre = float(np.median(values))
    off = np.abs(values - centre)
    scale = 1.4826 * float(np.median(off))
    if scale <= _SMALLEST_SHARE * abs(centre):
        scale = float(values.std())
    return SeriesFrame(centre, max(scale, _SMALLEST_SHARE * abs(centre), 1e-9))
