"""Validity bitmaps as masks as wide as the values, so that null slots are filled without a branch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

Words: TypeAlias = np.ndarray[tuple[int], np.dtype[Any]]  # uint32 or uint64

_BITS: Final = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little")
_SPREAD: Final = {
    np.dtype(np.uint32): _BITS.astype(np.uint32) * np.uint32(0xFFFF_FFFF),
    np.dtype(np.uint64): _BITS.astype(np.uint64) * np.uint64(0xFFFF_FFFF_FFFF_FFFF),
}
"""For each byte of a bitmap the eight masks of its rows."""


def row_masks(part: pa.Array, buffer: Words) -> Words:
    """Return one mask per row, all bits set where it holds a value and none where it is null.

    Args:
        part: an array that has a validity bitmap.
        buffer: room for its rows and 15 more, of the masks' dtype; overwritten.

    >>> import pyarrow as pa
    >>> (row_masks(pa.array([1, None, 3]), np.empty(18, np.uint32)) != 0).tolist()
    [True, False, True]
    """
    first, shift = divmod(part.offset, 8)
    size = (shift + len(part) + 7) // 8
    packed = np.frombuffer(part.buffers()[0], np.uint8)[first : first + size]
    np.take(_SPREAD[buffer.dtype], packed, axis=0, out=buffer[: 8 * size].reshape(size, 8), mode="clip")
    return buffer[shift : shift + len(part)]


def null_places(part: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the places of the null rows of an array that has a validity bitmap.

    >>> import pyarrow as pa
    >>> null_places(pa.array([1, None, 3, None])[1:]).tolist()
    [0, 2]
    """
    first, shift = divmod(part.offset, 8)
    size = (shift + len(part) + 7) // 8
    packed = np.frombuffer(part.buffers()[0], np.uint8)[first : first + size]
    return np.flatnonzero(np.unpackbits(packed, bitorder="little")[shift : shift + len(part)] == 0)


def fill(values: Words, masks: Words, filling: int, out: Words) -> None:
    """Write ``values`` to ``out``, with the bits ``filling`` where the mask is empty; all of one shape."""
    if not filling:
        np.bitwise_and(values, masks, out=out)
        return
    bits = values.dtype.type(filling)
    np.bitwise_xor(values, bits, out=out)
    np.bitwise_and(out, masks, out=out)
    np.bitwise_xor(out, bits, out=out)
