"""Ids of traces and spans as columns of hex."""

from __future__ import annotations

from binascii import hexlify
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.observe.intake.otlp_layout import Bools

TRACE_ID: Final = 16
SPAN_ID: Final = 8

_ZERO: Final = bytes(SPAN_ID)


def ids(raws: Sequence[bytes], size: int) -> pa.Array:
    """Return ids in hex, null where there is none of ``size`` bytes, or all are zero.

    >>> ids([bytes(range(8)), b"", bytes(8), b"abc"], 8).to_pylist()
    ['0001020304050607', None, None, None]
    """
    whole = b"".join(raws)
    sizes = list(map(len, raws))
    good = sizes.count(size)
    if good + sizes.count(0) < len(raws) or _ZERO in whole:
        nothing = bytes(size)
        raws = [raw if len(raw) == size and raw != nothing else b"" for raw in raws]
        whole, sizes = b"".join(raws), list(map(len, raws))
        good = sizes.count(size)
    return in_hex(whole, np.frombuffer(bytes(sizes), np.uint8) > 0, size)


def in_hex(whole: bytes, given: Bools, size: int) -> pa.Array:
    """Return ids in hex, null where none is given.

    Args:
        whole: the ids that are given, one behind the other.
        given: where one is, shape (rows,).
        size: bytes of an id.

    >>> in_hex(bytes(range(8)), np.array([False, True]), 8).to_pylist()
    [None, '0001020304050607']
    """
    ends = np.zeros(len(given) + 1, np.int32)
    np.cumsum(given, out=ends[1:])
    ends *= 2 * size
    missing = len(whole) < size * len(given)
    valid = pa.py_buffer(np.packbits(given, bitorder="little")) if missing else None
    buffers = [valid, pa.py_buffer(ends), pa.py_buffer(hexlify(whole))]
    return pa.Array.from_buffers(pa.string(), len(given), buffers)


def has_zero(whole: bytes) -> bool:
    """Return whether an id that is all zero may be among those."""
    return _ZERO in whole
