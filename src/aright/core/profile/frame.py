"""Frames: the frozen shift and scale in which a column's numbers are binned.

The bins are those of a float's own exponent and first seven mantissa bits, so they are fine beside zero and
coarse far from it: values around 10,000 fall into bins 64 wide, and a shift of one standard deviation of 1
would vanish. A frame moves the reference's median to zero first. It is taken once, from the reference, and
stored with the counts; only counts of one frame can be compared or merged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aright.core.profile.columns import NUMBER, chunks_of, kind_of, plain_numbers, values_of

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.profile.bins import Floats

_SAMPLE = 4_096
_SPREADS = 8.0


class FrameMismatchError(ValueError):
    """Two profiles were binned in different frames, so their counts cannot be compared or merged."""


@dataclass(frozen=True, slots=True)
class ScaleFrame:
    """A frozen affine frame: a number ``x`` is binned as ``(x - centre) / scale``.

    Attributes:
        centre: the reference's median (in the column's unit).
        scale: the reference's interquartile range, or 1 where that is zero; always positive.
    """

    centre: float
    scale: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.centre) and np.isfinite(self.scale) and self.scale > 0):
            raise ValueError(
                f"a frame needs a finite centre and a finite scale above 0, not {self.centre}, {self.scale}: "
                "take it from the reference with frame_of()"
            )


def frame_of(array: pa.Array | pa.ChunkedArray) -> ScaleFrame | None:
    """Return the frame that a reference column needs, or None where its raw bins are fine enough.

    Median and interquartile range come from about 4,096 evenly spaced values: a frame has to be near the
    data, not exact. Centring is done only when |median| > 8 interquartile ranges. Columns that are not
    numbers need no frame.

    >>> import pyarrow as pa
    >>> frame_of(pa.array([10_000.0, 10_001.0, 10_002.0]))
    ScaleFrame(centre=10001.0, scale=1.0)
    >>> frame_of(pa.array([-1.0, 0.5, 3.0])) is None
    True
    """
    if kind_of(array.type) != NUMBER:
        return None
    values = _sample(array)
    if not len(values):
        return None
    low, median, high = (float(q) for q in np.quantile(values, (0.25, 0.5, 0.75)))
    spread = high - low
    if not abs(median) > _SPREADS * spread:
        return None
    return ScaleFrame(centre=median, scale=spread if spread > 0 else 1.0)


def _sample(array: pa.Array | pa.ChunkedArray) -> Floats:
    """Return about ``_SAMPLE`` finite values, evenly spaced over the column."""
    step = max(1, len(array) // _SAMPLE)
    parts = [np.empty(0)]
    offset = 0
    for chunk in chunks_of(array):
        start = -offset % step
        plain = plain_numbers(chunk)
        picked = values_of(plain)[start::step].astype(np.float64)
        if plain.null_count:
            places = plain.offset + np.arange(start, len(plain), step)
            bitmap = np.frombuffer(plain.buffers()[0], np.uint8)
            picked = picked[(bitmap[places >> 3] >> (places & 7)) & 1 != 0]
        parts.append(picked)
        offset += len(chunk)
    values = np.concatenate(parts)
    return values[np.isfinite(values)]
