"""The bins of numbers: the upper 16 bits of a float32, renumbered so that their order is the numbers' order.

Sign, exponent and seven bits of mantissa: bins need no edges chosen in advance, are the same for every
column and every window, and are never wider than 1/128 of the value in them. So counts of any two windows
merge and compare without looking at the data twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from aright.core.profile.frame import ScaleFrame

RAW_BINS: Final = 65_536
ZERO: Final = 0x8000
"""The ordered key of zero; every key below it holds negative numbers."""

INVALID_BELOW: Final = 0x007F
INVALID_ABOVE: Final = 0xFF80
"""Ordered keys up to the one and from the other are those of infinity and NaN."""

LARGEST: Final = float(np.finfo(np.float32).max)
"""Finite numbers beyond this (only float64 has them) count as this."""

Keys: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint16]]
Counts: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]
Floats: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float64]]


def sparse(raw: Counts) -> tuple[Keys, Counts]:
    """Return the ordered keys that hold anything, ascending, and their counts.

    Args:
        raw: counts over raw ``bits >> 16``, shape (65536,). Minus zero is zero: its bin joins the one of plus
            zero, in place. A count of 0 is left out.
    """
    raw[0] += raw[ZERO]
    raw[ZERO] = 0
    used = np.flatnonzero(raw != 0)  # ten times as fast as on the counts themselves
    keys = ordered_keys(used.astype(np.uint16))
    order = np.argsort(keys)
    return keys[order], raw[used[order]]


def ordered_keys(raw: Keys) -> Keys:
    """Return raw ``bits >> 16`` renumbered so that a larger number never has a smaller key.

    >>> bits = np.array([-2.0, -0.0, 0.0, 1.0], np.float32).view(np.uint32) >> 16
    >>> ordered_keys(bits.astype(np.uint16)).tolist()
    [16383, 32768, 32768, 49024]
    """
    negative = raw >= ZERO
    keys = np.where(negative, 0xFFFF - raw, raw + np.uint16(ZERO)).astype(np.uint16)
    keys[keys == ZERO - 1] = ZERO
    return keys


def edges(keys: Keys, frame: ScaleFrame | None) -> tuple[Floats, Floats]:
    """Return the lower and the upper edge of each bin, in the column's own unit; each of ``keys``' shape.

    >>> low, high = edges(np.array([49024], np.uint16), None)
    >>> float(low[0]), float(high[0])
    (1.0, 1.0078125)
    """
    wide = keys.astype(np.int64)
    below = wide < ZERO
    near = np.where(below, 0x7FFF - wide, wide - ZERO)  # of the magnitude's two edges, the one beside zero
    inner, outer = _magnitude(near), _magnitude(near + 1)
    low = np.where(below, -outer, inner)
    high = np.where(below, -inner, outer)
    low[wide == ZERO] = -outer[wide == ZERO]
    if frame is None:
        return low, high
    return frame.centre + frame.scale * low, frame.centre + frame.scale * high


def _magnitude(upper: Counts) -> Floats:
    """Return the float32 with these upper 16 bits, lower ones zero; past the finite ones comes 2^128."""
    bits = (upper << 16).astype(np.uint32)
    values = bits.view(np.float32).astype(np.float64)
    return np.where(upper >= 0x7F80, 2.0**128, values)
