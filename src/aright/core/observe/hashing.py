"""Hashes of texts, the same in every run and process."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

if TYPE_CHECKING:
    import pyarrow as pa

Hashes: TypeAlias = npt.NDArray[np.uint64]


def hash_texts(texts: pa.Array | pa.ChunkedArray) -> Hashes:
    """Return an even 64-bit hash of each text, shape (rows,); null hashes like the empty text.

    A CRC-32, stirred: of a hundred thousand units about one pair shares a hash and counts as one. It is no
    protection against somebody who looks for such pairs on purpose.

    >>> import pyarrow as pa
    >>> one, other, again = hash_texts(pa.array(["u1", "u2", "u1"])).tolist()
    >>> one == again, one == other
    (True, False)
    """
    plain = pc.fill_null(texts.cast("string"), "").to_pylist()
    return stir(np.fromiter((crc32(text.encode()) for text in plain), dtype=np.uint64, count=len(plain)))


def stir(values: Hashes) -> Hashes:
    """Return values whose every bit depends on all bits of the input, one to one.

    Source: G. L. Steele, D. Lea, C. H. Flood, Fast splittable pseudorandom number generators, OOPSLA 2014.

    >>> stir(np.array([0, 1], dtype=np.uint64)).tolist()
    [0, 6238072747940578789]
    """
    mixed = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)), dtype=np.uint64)
