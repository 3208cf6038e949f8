"""Hashes of texts, the same in every run and process."""

from __future__ import annotations

from itertools import pairwise
from typing import Final, TypeAlias
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Hashes: TypeAlias = npt.NDArray[np.uint64]
_Sums: TypeAlias = npt.NDArray[np.uint32]

_LONGEST: Final = 64
"""Texts of more bytes than this are summed one by one."""

_FEW: Final = 512
"""Of so many texts the same: for these arrays take longer to set up than to fill."""

_ONES: Final = np.uint32(0xFFFF_FFFF)
_BYTE: Final = np.uint32(0xFF)
_STEP: Final[_Sums] = np.array([crc32(bytes([byte ^ 0xFF])) ^ 0xFF00_0000 for byte in range(256)], np.uint32)
"""What one more byte does to a CRC-32 (D. V. Sarwate, Communications of the ACM 31, 1988)."""


def hash_texts(texts: pa.Array | pa.ChunkedArray) -> Hashes:
    """Return an even 64-bit hash of each text, shape (rows,); null hashes like the empty text.

    A CRC-32, stirred: of a hundred thousand units about one pair shares a hash and counts as one. It is no
    protection against somebody who looks for such pairs on purpose.

    >>> import pyarrow as pa
    >>> one, other, again = hash_texts(pa.array(["u1", "u2", "u1"])).tolist()
    >>> one == again, one == other
    (True, False)
    """
    plain = pc.fill_null(texts.cast(pa.large_string()), "")
    chunks = plain.chunks if isinstance(plain, pa.ChunkedArray) else [plain]
    sums = np.concatenate([np.zeros(0, np.uint32), *(_sums(chunk) for chunk in chunks)])
    return stir(sums.astype(np.uint64))


def _sums(texts: pa.LargeStringArray) -> _Sums:
    """Return the CRC-32 of each text, of many byte by byte over all of them: faster than one by one."""
    if not len(texts):
        return np.zeros(0, np.uint32)
    _, ends, data = texts.buffers()
    places = np.frombuffer(ends, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    octets = np.frombuffer(data if data is not None else b"", np.uint8)
    if len(texts) <= _FEW:
        raw = octets.data
        return np.array([crc32(raw[a:b]) for a, b in pairwise(places.tolist())], dtype=np.uint32)
    begin, lengths = places[:-1], np.diff(places)
    sums = np.full(len(texts), _ONES)
    longest = int(lengths.max())
    for at in range(min(longest, _LONGEST)):
        going: npt.NDArray[np.int64] | slice = (
            slice(None) if at < int(lengths.min()) else np.flatnonzero(lengths > at)
        )
        now = sums[going]
        sums[going] = _STEP[(now ^ octets[begin[going] + at]) & _BYTE] ^ (now >> np.uint32(8))
    sums ^= _ONES
    for row in np.flatnonzero(lengths > _LONGEST).tolist():
        sums[row] = crc32(octets[places[row] : places[row + 1]].tobytes())
    return sums


def stir(values: Hashes) -> Hashes:
    """Return values whose every bit depends on all bits of the input, one to one.

    Source: G. L. Steele, D. Lea, C. H. Flood, Fast splittable pseudorandom number generators, OOPSLA 2014.

    >>> stir(np.array([0, 1], dtype=np.uint64)).tolist()
    [0, 6238072747940578789]
    """
    mixed = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)), dtype=np.uint64)
