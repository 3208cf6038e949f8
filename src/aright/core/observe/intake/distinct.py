"""Whether texts repeat, asked a column at a time.

Ids mostly have one length: then each is a few machine words, mixed into one that is sorted; only where two of
those are the same is a hash table built. Five times faster than building it always, and as exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow.compute as pc

if TYPE_CHECKING:
    import pyarrow as pa

_LONGEST: Final = 64  # bytes: longer texts have too many words for this to pay
_FEW: Final = 32
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio (Knuth, TAOCP 3, 6.4)
_SHIFT: Final = np.uint64(29)


def are_distinct(texts: pa.StringArray) -> bool:
    """Return whether no text is there twice; there may be no null.

    >>> import pyarrow as pa
    >>> are_distinct(pa.array([f"{n:04}" for n in range(100)])), are_distinct(pa.array(["a", "b", "a"]))
    (True, False)
    """
    if len(texts) <= _FEW:
        return len(set(texts.to_pylist())) == len(texts)
    cells = _cells(texts)
    if cells is not None and 0 < cells.shape[1] <= _LONGEST:
        words = _mixed(cells)
        words.sort()
        if (words[1:] != words[:-1]).all():
            return True
    return bool(pc.count_distinct(texts).as_py() == len(texts))


def are_equal(texts: pa.StringArray) -> bool:
    """Return whether all texts are the same and long enough to tell; ``False`` may also mean "ask again".

    >>> import pyarrow as pa
    >>> are_equal(pa.array(["shop", "shop"])), are_equal(pa.array(["shop", "desk"]))
    (True, False)
    """
    cells = _cells(texts)
    return cells is not None and bool(len(cells)) and bool((cells == cells[0]).all())


def _cells(texts: pa.StringArray) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]] | None:
    """Return the texts as rows of bytes, ``None`` where their lengths differ."""
    offsets = np.frombuffer(texts.buffers()[1], np.int32, len(texts) + 1, 4 * texts.offset)
    first, last = int(offsets[0]), int(offsets[-1])
    width = (last - first) // max(len(texts), 1)
    if not width or (offsets[1:] - offsets[:-1] != width).any():
        return None
    return np.frombuffer(texts.buffers()[2], np.uint8, last - first, first).reshape(len(texts), width)


def _mixed(
    cells: np.ndarray[tuple[int, int], np.dtype[np.uint8]],
) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    padded = np.zeros((len(cells), -(-cells.shape[1] // 8) * 8), np.uint8)
    padded[:, : cells.shape[1]] = cells
    mixed = np.zeros(len(cells), np.uint64)
    for word in padded.view(np.uint64).T:
        mixed ^= word
        mixed *= _MIX
        mixed ^= mixed >> _SHIFT
    return mixed
